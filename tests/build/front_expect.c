/* Short ways to say what a front end must make of a rule. */
#include "front_expect.h"

#include "test.h"

#include <inttypes.h>

static const char before[] =
    "import \"math\"\nrule r1 { condition: true }\nrule r2 { condition: true }\n"
    "rule t { strings: $a = \"a\" $b = \"b\" $b2 = \"c\" $ = \"d\" condition:\n";
/* Uses all strings, so that none is missed; the condition under test comes first. */
static const char after[] = "\n or all of them }\n";
enum { CONDITION_LINE = 5 };

static void add_condition(struct front *f, const char *condition)
{
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, before);
    buf_text(&b, condition);
    buf_text(&b, after);
    front_open(f);
    front_add(f, "r.yar", "ns", test_guarded(buf_get(&b)));
    assert_true(f->ok);
    buf_done(&b);
}

/* "(or [X (of all ...)])" without what was put around X. */
static struct span inner(const char *dump)
{
    struct span s = span_text(dump);
    size_t from = span_find(s, SPAN_OF("condition (or ["), span_find(s, SPAN_OF("rule ns:t"), 0));
    size_t to =
        span_find_last(s, SPAN_OF(" (of all [(found $a) (found $b) (found $b2) (found $<3>)]"));
    if (from == SIZE_MAX || to == SIZE_MAX)
        return s;
    from += sizeof "condition (or [" - 1;
    return span_cut(s, from, to - from);
}

void front_expect_conditions(const struct front_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct front f;
        add_condition(&f, cases[i].in);
        struct span got = inner(front_dump(&f));
        const char *said = front_diags(&f);
        bool same = !*said && span_equal(got, span_text(cases[i].out));
        if (!same)
            print_error("%s\n got: %.*s%s\nwant: %s\n", cases[i].in, (int)got.len,
                        (const char *)got.at, said, cases[i].out);
        assert_true(same);
        front_close(&f);
    }
}

void front_expect_refused(const struct front_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct front f;
        char want[400], head[32];
        add_condition(&f, cases[i].in);
        (void)snprintf(head, sizeof head, "r.yar:%d:", CONDITION_LINE);
        (void)snprintf(want, sizeof want, "%s%s\n", head, cases[i].out);
        const char *said = front_diags(&f);
        bool same = strncmp(said, want, strlen(want)) == 0;
        if (!same)
            print_error("%s\n got: %swant: %s\n", cases[i].in, said, want);
        assert_true(same);
        front_close(&f);
    }
}

void front_expect_says(const char *source, const char *diags)
{
    struct front f;
    front_open(&f);
    front_add(&f, "r.yar", "ns", test_guarded(span_text(source)));
    assert_true(f.ok);
    assert_string_equal(front_diags(&f), diags);
    front_close(&f);
}

void front_expect_dump(const char *source, const char *dump)
{
    struct front f;
    front_open(&f);
    front_add(&f, "r.yar", "ns", test_guarded(span_text(source)));
    assert_true(f.ok);
    assert_string_equal(front_diags(&f), "");
    assert_string_equal(front_dump(&f), dump);
    front_close(&f);
}
