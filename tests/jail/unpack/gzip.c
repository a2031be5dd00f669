/* gzip: members, names, trailers, what stands behind. */
#include "collect_sink.h"
#include "make_stream.h"
#include "test.h"

static const char marker[] = "marker-in-a-gzip: the five boxing wizards jump quickly";

TEST(gzip_name_and_members)
{
    struct buf file;
    buf_init(&file, 0);
    make_gzip(&file, span_text("one"), "one.txt");
    make_gzip(&file, span_text(marker), "two.txt");
    buf_put(&file, "\0\0\0\0", 4);
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_int_equal(c.object_count, 3);
    assert_non_null(collect_find(&c, "one.txt"));
    assert_true(span_equal(collect_find(&c, "two.txt")->bytes, span_text(marker)));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&file);
}

TEST(total_ceiling_spends_the_budget)
{
    size_t len = 4 << 20;
    uint8_t *zeros = calloc(1, len);
    struct buf file;
    buf_init(&file, 0);
    make_gzip(&file, span_make(zeros, len), NULL);
    make_gzip(&file, SPAN_OF("never reached"), NULL);
    struct collect c;
    collect_init(&c);
    c.budget.total_bytes = 1 << 20;
    collect_run(&c, buf_get(&file));
    assert_true(c.budget.spent);
    assert_int_equal(c.object_count, 2);
    assert_int_equal(collect_gaps(&c, GAP_TOO_BIG), 1);
    collect_done(&c);
    buf_done(&file);
    free(zeros);
}

TEST(every_header_field)
{
    struct buf file;
    buf_init(&file, 0);
    /* extra field of 3 bytes, name, comment, header checksum */
    buf_put(&file, "\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x03\0abcname.txt\0comment\0\x12\x34", 34);
    make_deflate(&file, span_text(marker));
    buf_u32le(&file, make_crc32(span_text(marker)));
    buf_u32le(&file, (uint32_t)strlen(marker));
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(buf_get(&file)));
    assert_non_null(collect_find(&c, "name.txt"));
    assert_true(span_equal(collect_find(&c, "name.txt")->bytes, span_text(marker)));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&file);
}

TEST(wrong_checksum_and_size)
{
    for (size_t back = 1; back <= 8; back++) {
        struct buf file;
        buf_init(&file, 0);
        make_gzip(&file, span_text(marker), NULL);
        file.at[file.len - back] ^= 1;
        struct collect c;
        collect_init(&c);
        collect_run(&c, test_guarded(buf_get(&file)));
        assert_int_equal(collect_parts_with(&c, marker), 1);
        assert_int_equal(collect_gaps(&c, GAP_DAMAGED), 1);
        collect_done(&c);
        buf_done(&file);
    }
}
