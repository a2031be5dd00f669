/* ZIP: honest archives of every method, and those that lie. */
#include "collect_sink.h"
#include "make_stream.h"
#include "make_zip.h"
#include "test.h"

static const char marker[] = "marker-in-a-zip: sphinx of black quartz, judge my vow, judge my vow";

static void scan(struct collect *c, const struct make_zip *zip, const struct make_member *members,
                 unsigned count)
{
    struct buf file;
    buf_init(&file, 0);
    make_zip(&file, zip, members, count);
    collect_init(c);
    collect_run(c, test_guarded(buf_get(&file)));
    assert_int_equal(c->err, ERR_NONE);
    assert_int_equal(c->objects[0].type, TYPE_ZIP);
    assert_int_equal(c->budget.held_used, 0);
    /* Through a window the same is seen. */
    struct collect w;
    collect_init(&w);
    collect_run_windowed(&w, buf_get(&file), UINT64_MAX);
    assert_int_equal(w.object_count, c->object_count);
    assert_int_equal(w.gap_count, c->gap_count);
    for (uint32_t i = 0; i < w.object_count; i++)
        assert_true(span_equal(w.objects[i].bytes, c->objects[i].bytes));
    assert_int_equal(w.budget.held_used, 0);
    collect_done(&w);
    buf_done(&file);
}

static void scan_one(struct collect *c, struct make_member m)
{
    m.name = "a.txt";
    if (!m.bytes.at)
        m.bytes = span_text(marker);
    scan(c, &(struct make_zip){0}, &m, 1);
}

TEST(every_method_with_and_without_descriptor)
{
    static const uint16_t methods[] = {0, 8, 12, 14, 93, 95};
    for (int i = 0; i < 12; i++) {
        struct collect c;
        scan_one(&c, (struct make_member){.method = methods[i / 2], .flags = i % 2 ? 8 : 0});
        assert_int_equal(c.object_count, 2);
        assert_true(span_equal(collect_find(&c, "a.txt")->bytes, span_text(marker)));
        assert_int_equal(c.gap_count, 0);
        collect_done(&c);
    }
}

TEST(many_members_folders_and_comment)
{
    struct make_member m[40];
    char names[40][16];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(names[i], sizeof names[i], i % 4 ? "d/f%d" : "d%d/", i);
        m[i] = (struct make_member){.name = names[i], .method = i % 2 ? 8 : 0};
        if (i % 4)
            m[i].bytes = span_text(marker);
    }
    struct collect c;
    scan(&c, &(struct make_zip){.comment = SPAN_OF("a comment, PK\5\6 and all")}, m, 40);
    assert_int_equal(c.object_count, 31);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(zip64)
{
    struct make_member m = {
        .name = "big", .bytes = span_text(marker), .method = 8, .is_zip64 = true};
    struct collect c;
    scan(&c, &(struct make_zip){.is_zip64 = true}, &m, 1);
    assert_int_equal(collect_parts_with(&c, marker), 1);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(bytes_before_the_archive)
{
    /* "PK" first, so that the type is found; nothing of it is a member. */
    struct make_member m = {.name = "a", .bytes = span_text(marker), .method = 8};
    struct collect c;
    scan(&c, &(struct make_zip){.before = SPAN_OF("PK\3\4 stub of some other program")}, &m, 1);
    assert_int_equal(collect_parts_with(&c, marker), 1);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(encrypted_is_named)
{
    struct collect c;
    scan_one(&c, (struct make_member){.method = 8, .flags = 1});
    assert_int_equal(c.object_count, 1);
    assert_true(collect_gap_says(&c, GAP_ENCRYPTED, "a.txt"));
    collect_done(&c);
    scan_one(&c, (struct make_member){.method = 99, .packed = SPAN_OF("xx")});
    assert_true(collect_gap_says(&c, GAP_ENCRYPTED, "a.txt"));
    collect_done(&c);
}

TEST(unknown_method_is_named)
{
    struct collect c;
    scan_one(&c, (struct make_member){.method = 9, .packed = SPAN_OF("deflate64 data")});
    assert_int_equal(c.object_count, 1);
    assert_true(collect_gap_says(&c, GAP_METHOD, "a.txt"));
    collect_done(&c);
}

/* Method 0 over deflate data, both sizes those of the packed data: others see noise. */
TEST(zombie_zip)
{
    struct buf packed;
    buf_init(&packed, 0);
    make_deflate(&packed, span_text(marker));
    struct collect c;
    scan_one(&c, (struct make_member){.packed = buf_get(&packed),
                                      .lies_local = true,
                                      .lies_central = true,
                                      .full_lie = (uint32_t)packed.len});
    assert_int_equal(collect_parts_with(&c, marker), 1);
    assert_true(collect_gaps(&c, GAP_DAMAGED) > 0);
    collect_done(&c);
    buf_done(&packed);
}

/* Method 8 over plain data. */
TEST(stored_data_called_deflate)
{
    struct collect c;
    scan_one(&c, (struct make_member){.packed = span_text(marker), .method = 8});
    assert_int_equal(collect_parts_with(&c, marker), 1);
    assert_true(c.gap_count > 0);
    collect_done(&c);
}

TEST(headers_that_disagree)
{
    for (int i = 0; i < 2; i++) { /* the lie is in the local header, then in the directory */
        struct collect c;
        scan_one(&c, (struct make_member){.method = 8,
                                          .method_lie = UINT16_MAX,
                                          .lies_local = i == 0,
                                          .lies_central = i == 1});
        assert_true(collect_parts_with(&c, marker) >= 1);
        assert_true(collect_gap_says(&c, GAP_DAMAGED, "disagree"));
        collect_done(&c);
        scan_one(&c, (struct make_member){.method = 8,
                                          .packed_lie = 3,
                                          .full_lie = 3,
                                          .lies_local = i == 0,
                                          .lies_central = i == 1});
        assert_true(collect_parts_with(&c, marker) >= 1);
        assert_true(collect_gap_says(&c, GAP_DAMAGED, "disagree"));
        collect_done(&c);
    }
}

TEST(sizes_too_small_or_too_large)
{
    static const uint32_t lies[] = {1, 5, 60, 4000, 0x7fffffff, 0xfffffffe};
    for (int i = 0; i < 12; i++) {
        struct collect c;
        scan_one(&c, (struct make_member){.method = i % 2 ? 8 : 0,
                                          .packed_lie = lies[i / 2],
                                          .full_lie = lies[i / 2],
                                          .lies_local = true,
                                          .lies_central = true});
        assert_true(c.gap_count > 0);
        if (i % 2 || lies[i / 2] > 100)
            assert_true(collect_parts_with(&c, marker) >= 1);
        collect_done(&c);
    }
}

TEST(no_data_says_the_header_but_there_are)
{
    for (uint16_t method = 0; method <= 8; method += 8) {
        struct collect c;
        scan_one(&c, (struct make_member){.method = method,
                                          .flags = 8,
                                          .lies_central = true,
                                          .packed_lie = UINT32_MAX,
                                          .full_lie = UINT32_MAX});
        assert_int_equal(collect_parts_with(&c, marker), 1);
        assert_true(collect_gap_says(&c, GAP_DAMAGED, "a.txt"));
        collect_done(&c);
    }
}

TEST(hidden_member)
{
    for (int i = 0; i < 4; i++) {
        struct make_member m[3] = {
            {.name = "seen", .bytes = SPAN_OF("nothing here"), .method = 8},
            {.name = "hidden", .bytes = span_text(marker), .is_unlisted = true},
            {.name = "seen too", .bytes = SPAN_OF("nothing here"), .method = 0},
        };
        m[1].method = i / 2 ? 8 : 0;
        m[1].flags = i % 2 ? 8 : 0;
        struct collect c;
        scan(&c, &(struct make_zip){0}, m, 3);
        assert_non_null(collect_find(&c, "hidden"));
        assert_true(span_equal(collect_find(&c, "hidden")->bytes, span_text(marker)));
        assert_true(collect_gap_says(&c, GAP_DAMAGED, "hidden"));
        assert_int_equal(c.object_count, 4);
        collect_done(&c);
    }
}

TEST(no_directory)
{
    struct make_member m[2] = {
        {.name = "one", .bytes = span_text(marker), .method = 8},
        {.name = "two", .bytes = span_text(marker), .method = 8, .flags = 8},
    };
    struct collect c;
    scan(&c, &(struct make_zip){.no_directory = true}, m, 2);
    assert_int_equal(collect_parts_with(&c, marker), 2);
    assert_int_equal(collect_gaps(&c, GAP_TRUNCATED), 1);
    collect_done(&c);
}

TEST(directory_elsewhere)
{
    struct make_member m = {.name = "a", .bytes = span_text(marker), .method = 8};
    m.offset_lie = 7;
    struct collect c;
    scan(&c, &(struct make_zip){0}, &m, 1);
    assert_int_equal(collect_parts_with(&c, marker), 1);
    assert_true(collect_gaps(&c, GAP_DAMAGED) > 0);
    collect_done(&c);
}

/* A thousand directory records over one stretch of data: the budget ends it. */
TEST(overlapping_members)
{
    enum { COUNT = 1000 };
    size_t len = 1 << 20;
    struct make_member *m = calloc(COUNT, sizeof *m);
    uint8_t *zeros = calloc(1, len);
    struct buf file;
    buf_init(&file, 0);
    m[0] = (struct make_member){.name = "x", .bytes = span_make(zeros, len), .method = 8};
    make_zip(&file, &(struct make_zip){.no_directory = true}, m, 1);
    struct buf directory;
    buf_init(&directory, 0);
    make_zip(&directory, &(struct make_zip){0}, m, 1);
    struct span record = span_cut(buf_get(&directory), file.len, directory.len - file.len - 22);
    uint32_t at = (uint32_t)file.len;
    for (int i = 0; i < COUNT; i++)
        buf_span(&file, record);
    uint32_t size = (uint32_t)file.len - at;
    buf_put(&file, "PK\5\6\0\0\0\0", 8);
    buf_u32le(&file, COUNT << 16 | COUNT);
    buf_u32le(&file, size);
    buf_u32le(&file, at);
    buf_u16le(&file, 0);
    struct collect c;
    collect_init(&c);
    c.budget.total_bytes = 16 << 20;
    collect_run(&c, buf_get(&file));
    assert_true(c.budget.spent);
    assert_true(c.object_count <= 18);
    assert_int_equal(collect_gaps(&c, GAP_TOO_BIG), 1);
    collect_done(&c);
    buf_done(&file);
    buf_done(&directory);
    free(zeros);
    free(m);
}

/* Each prefix of an archive of two members ends in a gap or shows both; none crashes. */
TEST(every_prefix)
{
    struct make_member m[2] = {{.name = "one", .bytes = span_text(marker), .method = 8},
                               {.name = "two", .bytes = span_text(marker), .method = 0}};
    struct buf file;
    buf_init(&file, 0);
    make_zip(&file, &(struct make_zip){0}, m, 2);
    for (size_t len = 4; len < file.len; len++) {
        struct collect c;
        collect_init(&c);
        collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, len)));
        assert_true(c.gap_count > 0);
        collect_done(&c);
    }
    buf_done(&file);
}

TEST(one_byte_changed_anywhere)
{
    struct make_member m[2] = {{.name = "one", .bytes = span_text(marker), .method = 8},
                               {.name = "two", .bytes = span_text(marker), .method = 14}};
    struct buf file;
    buf_init(&file, 0);
    make_zip(&file, &(struct make_zip){0}, m, 2);
    for (size_t at = 0; at < file.len; at++) {
        uint8_t old = file.at[at];
        file.at[at] = (uint8_t)(old ^ (1u << test_random() % 8));
        struct collect c;
        collect_init(&c);
        collect_run(&c, test_guarded(buf_get(&file)));
        /* Names, times and the like may change silently; data may not. */
        assert_true(c.gap_count > 0 || collect_parts_with(&c, marker) == 2 || at < 4);
        collect_done(&c);
        file.at[at] = old;
    }
    buf_done(&file);
}
