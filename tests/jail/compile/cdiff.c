/* Differences between containers: what scripts make, what does not fit, and files that are none. */
#include "jail/compile/cdiff.h"

#include "make_stream.h"
#include "test.h"

#include "common/crypto.h"

struct fixture {
    struct arena *arena;
    struct cvd cvd;
    struct why why;
    struct buf shown;
};

static void fixture_open(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_new(0)};
    assert_non_null(f->arena);
    buf_init(&f->shown, 0);
    f->cvd.members = arena_array(f->arena, struct cvd_member, 2);
    f->cvd.members[0] = (struct cvd_member){SPAN_OF("x.ndb"), SPAN_OF("a1 x\nb2\r\nc3\nd4\n")};
    f->cvd.members[1] = (struct cvd_member){SPAN_OF("y.ndb"), SPAN_OF("l1")};
    f->cvd.count = f->cvd.cap = 2;
    f->cvd.manifest = SPAN_OF("m\n");
    f->cvd.manifest_name = SPAN_OF("x.info");
}

static void fixture_close(struct fixture *f)
{
    buf_done(&f->shown);
    arena_free(f->arena);
}

static void show(struct fixture *f, struct span name, struct span bytes)
{
    buf_span(&f->shown, name);
    buf_byte(&f->shown, '=');
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t b = span_byte(bytes, i);
        buf_byte(&f->shown, b == '\n' ? '/' : b == '\r' ? 'R' : b);
    }
    buf_byte(&f->shown, ' ');
}

/* "name=lines name=lines ..." or what does not fit. */
static const char *run(struct fixture *f, const char *script)
{
    struct cdiff d = {.script = test_guarded(span_text(script))};
    fixture_open(f);
    if (cdiff_apply(&d, f->arena, &f->cvd, &f->why) != ERR_NONE) {
        buf_text(&f->shown, f->why.text);
    } else {
        for (uint32_t i = 0; i < f->cvd.count; i++)
            show(f, f->cvd.members[i].name, f->cvd.members[i].bytes);
        show(f, f->cvd.manifest_name, f->cvd.manifest);
    }
    buf_byte(&f->shown, 0);
    return (const char *)f->shown.at;
}

#define SAME "x.ndb=a1 x/b2R/c3/d4/ y.ndb=l1 x.info=m/ "

TEST(scripts)
{
    static const struct {
        const char *script, *out;
    } cases[] = {
        {"", SAME},
        {"# nothing\nOPEN x.ndb\nCLOSE\n", SAME},
        {"OPEN x.ndb\nADD z\nADD  two words \nCLOSE",
         "x.ndb=a1 x/b2R/c3/d4/z/ two words / y.ndb=l1 x.info=m/ "},
        {"OPEN y.ndb\nADD z\nCLOSE\n", "x.ndb=a1 x/b2R/c3/d4/ y.ndb=l1z/ x.info=m/ "},
        {"OPEN n.hdb\nADD z\nCLOSE\n", "x.ndb=a1 x/b2R/c3/d4/ y.ndb=l1 n.hdb=z/ x.info=m/ "},
        {"OPEN x.info\nXCHG 1 m new one\nCLOSE\n",
         "x.ndb=a1 x/b2R/c3/d4/ y.ndb=l1 x.info=new one/ "},
        {"OPEN x.ndb\nDEL 1 a\nDEL 4 d4\nCLOSE\n", "x.ndb=b2R/c3/ y.ndb=l1 x.info=m/ "},
        {"OPEN x.ndb\nDEL 4 d\nDEL 1 a1 x y\nADD t\nCLOSE\n",
         "x.ndb=b2R/c3/t/ y.ndb=l1 x.info=m/ "},
        {"OPEN x.ndb\nXCHG 3 c3  z w \nXCHG 1 a q\nCLOSE\n",
         "x.ndb=q/b2R/ z w /d4/ y.ndb=l1 x.info=m/ "},
        {"OPEN x.ndb\nDEL 1 a\nXCHG 1 a q\nCLOSE\n", "x.ndb=q/b2R/c3/d4/ y.ndb=l1 x.info=m/ "},
        {"OPEN x.ndb\nXCHG 1 a q\nDEL 1 a\nCLOSE\n", "x.ndb=b2R/c3/d4/ y.ndb=l1 x.info=m/ "},
        {"OPEN x.ndb\nXCHG 1 a \nCLOSE\n", "x.ndb=/b2R/c3/d4/ y.ndb=l1 x.info=m/ "},
        {"MOVE x.ndb y.ndb 2 b 4 d4\n", "x.ndb=a1 x/ y.ndb=l1b2R/c3/d4/ x.info=m/ "},
        {"UNLINK x.ndb\n", "y.ndb=l1 x.info=m/ "},
        {"OPEN x.ndb\nADD z\n", "line 2: a file is open at the end"},
        {"OPEN x.ndb\nOPEN y.ndb\n", "line 2: a file is open already"},
        {"ADD z\n", "line 1: no file is open"},
        {"DEL 1 a\n", "line 1: no file is open"},
        {"CLOSE\n", "line 1: no file is open"},
        {"OPEN x.ndb\nCLOSE x\n", "line 2: no file is open"},
        {"OPEN ../x.ndb\n", "line 1: no name of a file"},
        {"OPEN \n", "line 1: no name of a file"},
        {"OPEN x_y\n", "line 1: no name of a file"},
        {"OPEN x.ndb\nDEL 1\n", "line 2: expected a line's number and its beginning"},
        {"OPEN x.ndb\nDEL a 1\n", "line 2: expected a line's number and its beginning"},
        {"OPEN x.ndb\nXCHG 1 a\n", "line 2: expected a line's number and its beginning"},
        {"OPEN x.ndb\nDEL 1 b\nCLOSE\n", "line 3: a line to change is not what it should be"},
        {"OPEN x.ndb\nDEL 1 a1 x\nDEL 3 c3x\nCLOSE\n",
         "line 4: a line to change is not what it should be"},
        {"OPEN x.ndb\nDEL 5 x\nCLOSE\n", "line 3: a line to change is not there"},
        {"OPEN x.ndb\nDEL 0 x\nCLOSE\n", "line 3: a line to change is not there"},
        {"OPEN n.ndb\nDEL 1 x\nCLOSE\n", "line 3: no such file to edit"},
        {"OPEN y.ndb\nDEL 1 l1\nCLOSE\n",
         "line 3: the last line of a file that it edits has no end"},
        {"UNLINK q.ndb\n", "line 1: no such file to unlink"},
        {"OPEN x.ndb\nUNLINK x.ndb\n", "line 2: a file is open"},
        {"MOVE x.ndb y.ndb 1 a 1 a\n", "line 1: expected two files and two lines"},
        {"MOVE x.ndb x.ndb 1 a 2 b\n", "line 1: expected two files and two lines"},
        {"MOVE x.ndb y.ndb 1 a 2\n", "line 1: expected two files and two lines"},
        {"MOVE x.ndb n.ndb 1 a 2 b\n", "line 1: no such file to move lines of"},
        {"MOVE x.ndb y.ndb 1 b 2 b\n", "line 1: a line to move is not what it should be"},
        {"MOVE x.ndb y.ndb 1 a 2 a\n", "line 1: a line to move is not what it should be"},
        {"MOVE x.ndb y.ndb 1 a 9 z\n", "line 1: a line to move is not there"},
        {"FOO x\n", "line 1: no such command"},
        {"\nOPEN x.ndb\n", "line 1: no such command"},
        {"OPEN x.ndb\r\nCLOSE\r\n", "line 1: no name of a file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        if (strcmp(run(&f, cases[i].script), cases[i].out) != 0)
            print_message("case %zu: %s\n", i, cases[i].script);
        assert_string_equal((const char *)f.shown.at, cases[i].out);
        fixture_close(&f);
    }
}

/* NULL when it can be read. */
static const char *open_text(struct span file, struct cdiff *d, struct arena *a, struct why *why)
{
    return cdiff_open(test_guarded(file), a, d, why) == ERR_NONE ? NULL : why->text;
}

TEST(files)
{
    struct arena *a = arena_new(0);
    struct cdiff d;
    struct why why = {0};
    struct buf file, gz;
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    buf_init(&file, 0);
    buf_init(&gz, 0);
    make_gzip(&gz, SPAN_OF("OPEN x.ndb\nCLOSE\n"), NULL);
    buf_text(&file, "ClamAV-Diff:12:17:");
    buf_span(&file, buf_get(&gz));
    buf_text(&file, ":abc");
    assert_null(open_text(buf_get(&file), &d, a, &why));
    assert_int_equal(d.version, 12);
    assert_true(span_equal(d.script, SPAN_OF("OPEN x.ndb\nCLOSE\n")));
    assert_false(d.is_signed);
    for (size_t len = 0; len < file.len; len++) { /* cut anywhere: another signature, or nothing */
        struct why other = {0};
        const char *says = open_text(span_cut(buf_get(&file), 0, len), &d, a, &other);
        assert_true(says != NULL || len >= file.len - 4);
    }
    file.at[16] = '8';
    assert_string_equal(open_text(buf_get(&file), &d, a, &why), "what it holds is damaged");
    file.at[0] = 'c';
    struct why again = {0};
    assert_string_equal(open_text(buf_get(&file), &d, a, &again),
                        "it does not begin as a difference of ClamAV's");
    buf_done(&file);
    buf_done(&gz);
    arena_free(a);
}
