/* tar: every dialect, names and sizes of every kind, damage, and what stands behind the end. */
#include "collect_sink.h"
#include "make_tar.h"
#include "test.h"

static const char marker[] = "marker-in-a-tar: pack my box with five dozen liquor jugs";

static struct make_tar_member member(const char *name)
{
    return (struct make_tar_member){
        .name = name, .bytes = span_text(marker), .format = MAKE_TAR_USTAR};
}

static void scan(struct collect *c, const struct buf *file)
{
    collect_init(c);
    collect_run(c, test_guarded(buf_get(file)));
    assert_int_equal(c->err, ERR_NONE);
    assert_int_equal(c->objects[0].type, TYPE_TAR);
    assert_int_equal(c->budget.held_used, 0);
    struct collect w;
    collect_init(&w);
    collect_run_windowed(&w, buf_get(file), UINT64_MAX);
    assert_int_equal(w.object_count, c->object_count);
    assert_int_equal(w.gap_count, c->gap_count);
    for (uint32_t i = 0; i < w.object_count; i++) {
        assert_true(span_equal(w.objects[i].bytes, c->objects[i].bytes));
        assert_true(span_equal(w.objects[i].name, c->objects[i].name));
    }
    assert_int_equal(w.budget.held_used, 0);
    collect_done(&w);
}

TEST(each_dialect)
{
    for (int format = MAKE_TAR_V7; format <= MAKE_TAR_GNU; format++) {
        for (int base256 = 0; base256 < 2; base256++) {
            struct buf file;
            buf_init(&file, 0);
            struct make_tar_member m = member("a.txt"), folder = member("d/");
            m.format = folder.format = (enum make_tar_format)format;
            m.base256 = base256;
            folder.kind = '5';
            folder.bytes = (struct span){NULL, 0};
            make_tar_member(&file, &folder);
            make_tar_member(&file, &m);
            m.name = "b.txt";
            make_tar_member(&file, &m);
            make_tar_end(&file);
            struct collect c;
            scan(&c, &file);
            assert_int_equal(c.object_count, 3);
            assert_true(span_equal(collect_find(&c, "b.txt")->bytes, span_text(marker)));
            assert_int_equal(c.gap_count, 0);
            collect_done(&c);
            buf_done(&file);
        }
    }
}

TEST(long_names)
{
    char name[700];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    for (int i = 0; i < 3; i++) {
        struct buf file;
        buf_init(&file, 0);
        struct make_tar_member m = member("short");
        if (i == 0)
            make_tar_long(&file, name);
        if (i == 1)
            make_tar_pax(&file, "path", name);
        if (i == 2)
            m.prefix = "some/folder";
        make_tar_member(&file, &m);
        m.name = "next";
        m.prefix = NULL;
        make_tar_member(&file, &m);
        make_tar_end(&file);
        struct collect c;
        scan(&c, &file);
        assert_non_null(collect_find(&c, i == 2 ? "some/folder/short" : name));
        assert_non_null(collect_find(&c, "next"));
        assert_int_equal(c.gap_count, 0);
        collect_done(&c);
        buf_done(&file);
    }
}

/* The header says 0, as it must for files of 8 GiB; the pax record says how many. */
TEST(size_from_pax)
{
    struct buf file;
    buf_init(&file, 0);
    char text[16];
    (void)snprintf(text, sizeof text, "%zu", strlen(marker));
    make_tar_pax(&file, "size", text);
    size_t at = file.len;
    struct make_tar_member m = member("a");
    make_tar_member(&file, &m);
    struct make_tar_member zero = m;
    zero.bytes.len = 0;
    struct buf header;
    buf_init(&header, 0);
    make_tar_member(&header, &zero);
    memcpy(file.at + at, header.at, 512);
    make_tar_end(&file);
    struct collect c;
    scan(&c, &file);
    assert_true(span_equal(collect_find(&c, "a")->bytes, span_text(marker)));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&header);
    buf_done(&file);
}

TEST(members_behind_the_end_are_seen)
{
    struct buf file;
    buf_init(&file, 0);
    struct make_tar_member m = member("before");
    m.bytes = SPAN_OF("nothing");
    make_tar_member(&file, &m);
    make_tar_end(&file);
    make_tar_end(&file);
    m = member("behind");
    make_tar_member(&file, &m);
    make_tar_end(&file);
    struct collect c;
    scan(&c, &file);
    assert_non_null(collect_find(&c, "behind"));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&file);
}

TEST(damaged_header_is_looked_past)
{
    struct buf file;
    buf_init(&file, 0);
    struct make_tar_member m = member("one");
    make_tar_member(&file, &m);
    m.name = "broken";
    m.bad_sum = true;
    make_tar_member(&file, &m);
    m = member("three");
    make_tar_member(&file, &m);
    make_tar_end(&file);
    struct collect c;
    scan(&c, &file);
    assert_non_null(collect_find(&c, "one"));
    assert_non_null(collect_find(&c, "three"));
    assert_int_equal(collect_gaps(&c, GAP_DAMAGED), 1);
    collect_done(&c);
    buf_done(&file);
}

/* Size claims up to 2^63: what is there is looked at, the rest is a gap. */
TEST(size_beyond_the_end)
{
    static const uint64_t lies[] = {4096, 1u << 30, UINT64_C(1) << 40, UINT64_MAX / 2};
    for (int i = 0; i < 4; i++) {
        struct buf file;
        buf_init(&file, 0);
        struct make_tar_member m = member("a");
        m.base256 = true;
        m.size_lie = lies[i];
        make_tar_member(&file, &m);
        struct collect c;
        scan(&c, &file);
        assert_int_equal(collect_parts_with(&c, marker), 1);
        assert_int_equal(collect_gaps(&c, GAP_TRUNCATED), 1);
        collect_done(&c);
        buf_done(&file);
    }
}

TEST(negative_size)
{
    struct buf file;
    buf_init(&file, 0);
    struct make_tar_member m = member("a");
    m.base256 = true;
    make_tar_member(&file, &m);
    uint32_t sum = 0;
    memset(file.at + 124, 0xff, 12);
    memset(file.at + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += file.at[i];
    (void)snprintf((char *)file.at + 148, 8, "%06o", sum);
    make_tar_end(&file);
    struct collect c;
    scan(&c, &file);
    assert_true(collect_gaps(&c, GAP_DAMAGED) > 0);
    collect_done(&c);
    buf_done(&file);
}

/* A hard link or folder with data: some readers skip them, some do not. */
TEST(data_behind_a_link)
{
    for (char kind = '1'; kind <= '6'; kind++) {
        struct buf file;
        buf_init(&file, 0);
        struct make_tar_member m = member("link");
        m.kind = kind;
        make_tar_member(&file, &m);
        m = member("file");
        make_tar_member(&file, &m);
        m.kind = kind;
        m.name = "header only";
        m.has_no_data = true;
        make_tar_member(&file, &m);
        m = member("last");
        make_tar_member(&file, &m);
        make_tar_end(&file);
        struct collect c;
        scan(&c, &file);
        assert_int_equal(collect_parts_with(&c, marker), 3);
        assert_int_equal(c.gap_count, 0);
        collect_done(&c);
        buf_done(&file);
    }
}

TEST(sparse_is_named)
{
    struct buf file;
    buf_init(&file, 0);
    struct make_tar_member m = member("holes");
    m.kind = 'S';
    m.format = MAKE_TAR_GNU;
    make_tar_member(&file, &m);
    make_tar_pax(&file, "GNU.sparse.major", "1");
    m = member("more holes");
    make_tar_member(&file, &m);
    make_tar_end(&file);
    struct collect c;
    scan(&c, &file);
    assert_int_equal(collect_parts_with(&c, marker), 2);
    assert_int_equal(collect_gaps(&c, GAP_METHOD), 2);
    collect_done(&c);
    buf_done(&file);
}

TEST(pax_records_that_lie)
{
    static const char *const bodies[] = {
        "999 path=x\n", "0 path=x\n", "5 a\n", "18446744073709551616 a=b\n", "9 path x\n", "x",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct buf file;
        buf_init(&file, 0);
        struct make_tar_member m = member("PaxHeaders/x");
        m.kind = 'x';
        m.bytes = span_text(bodies[i]);
        make_tar_member(&file, &m);
        m = member("a");
        make_tar_member(&file, &m);
        make_tar_end(&file);
        struct collect c;
        scan(&c, &file);
        assert_int_equal(collect_parts_with(&c, marker), 1);
        assert_int_equal(collect_gaps(&c, GAP_DAMAGED), 1);
        collect_done(&c);
        buf_done(&file);
    }
}

TEST(every_prefix)
{
    struct buf file;
    buf_init(&file, 0);
    make_tar_long(&file, "one");
    struct make_tar_member m = member("x");
    make_tar_member(&file, &m);
    make_tar_pax(&file, "path", "two");
    make_tar_member(&file, &m);
    for (size_t len = 512; len < file.len; len++) {
        struct collect c;
        collect_init(&c);
        collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, len)));
        assert_int_equal(c.err, ERR_NONE);
        /* Inside the data of a member; cut on a block's border or in padding, nothing is lost. */
        bool is_lost = (len / 512 == 3 || len / 512 == 7) && len % 512 < strlen(marker);
        if (is_lost && len % 512 != 0)
            assert_true(collect_gaps(&c, GAP_TRUNCATED) > 0);
        collect_done(&c);
    }
    buf_done(&file);
}
