/* gzip, bzip2, xz, lzma-alone and zstd: whole, concatenated, cut, damaged, too big. */
#include "collect_sink.h"
#include "make_stream.h"
#include "test.h"

typedef void maker(struct buf *out, struct span bytes);

static void gzip(struct buf *out, struct span bytes)
{
    make_gzip(out, bytes, "inner.txt");
}

static const struct kind {
    maker *make;
    enum object_type type;
    bool joins; /* streams one after the other make one part */
} kinds[] = {
    {gzip, TYPE_GZIP, false},      {make_bzip2, TYPE_BZIP2, true}, {make_xz, TYPE_XZ, true},
    {make_lzma, TYPE_LZMA, false}, {make_lz4, TYPE_LZ4, true},     {make_zstd, TYPE_ZSTD, true},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const char marker[] = "marker-in-a-stream: the quick brown fox jumps over the lazy dog";

static void run(struct collect *c, const struct buf *file, bool is_windowed)
{
    collect_init(c);
    if (is_windowed)
        collect_run_windowed(c, buf_get(file), UINT64_MAX);
    else
        collect_run(c, test_guarded(buf_get(file)));
    assert_int_equal(c->err, ERR_NONE);
}

TEST(whole_streams)
{
    for (int i = 0; i < KINDS * 2; i++) {
        const struct kind *k = &kinds[i / 2];
        struct buf file;
        buf_init(&file, 0);
        k->make(&file, span_text(marker));
        struct collect c;
        run(&c, &file, i % 2);
        assert_int_equal(c.object_count, 2);
        assert_int_equal(c.objects[0].type, k->type);
        assert_int_equal(c.objects[1].type, TYPE_TEXT);
        assert_true(span_equal(c.objects[1].bytes, span_text(marker)));
        assert_int_equal(c.gap_count, 0);
        assert_int_equal(c.budget.held_used, 0);
        collect_done(&c);
        buf_done(&file);
    }
}

TEST(concatenated_streams_make_one_part)
{
    for (int i = 0; i < KINDS; i++) {
        if (!kinds[i].joins)
            continue;
        struct buf file;
        buf_init(&file, 0);
        kinds[i].make(&file, SPAN_OF("first half, "));
        kinds[i].make(&file, SPAN_OF("second half"));
        struct collect c;
        run(&c, &file, false);
        assert_int_equal(c.object_count, 2);
        assert_true(span_equal(c.objects[1].bytes, SPAN_OF("first half, second half")));
        assert_int_equal(c.gap_count, 0);
        collect_done(&c);
        buf_done(&file);
    }
}

/* Every prefix: never a crash, and never silent unless it is whole. */
TEST(every_prefix_has_its_gap)
{
    for (int i = 0; i < KINDS; i++) {
        struct buf file;
        buf_init(&file, 0);
        kinds[i].make(&file, span_text(marker));
        for (size_t len = 18; len < file.len; len++) {
            struct collect c;
            collect_init(&c);
            collect_run(&c, test_guarded(span_cut(buf_get(&file), 0, len)));
            assert_int_equal(c.err, ERR_NONE);
            if (c.gap_count == 0)
                print_message("kind %d, %zu of %zu bytes: no gap\n", i, len, file.len);
            assert_true(c.gap_count > 0);
            collect_done(&c);
        }
        buf_done(&file);
    }
}

TEST(bytes_behind_are_named)
{
    for (int i = 0; i < KINDS; i++) {
        struct buf file;
        buf_init(&file, 0);
        kinds[i].make(&file, span_text(marker));
        buf_text(&file, "something else behind");
        struct collect c;
        run(&c, &file, false);
        assert_int_equal(collect_parts_with(&c, "lazy dog"), 1);
        assert_true(collect_gaps(&c, GAP_DAMAGED) > 0);
        collect_done(&c);
        buf_done(&file);
    }
}

TEST(damaged_byte_is_a_gap)
{
    for (int i = 0; i < KINDS; i++) {
        struct buf file;
        buf_init(&file, 0);
        kinds[i].make(&file, span_text(marker));
        file.at[file.len / 2] ^= 0x55;
        struct collect c;
        run(&c, &file, false);
        /* lzma-alone has no checksum at all */
        assert_true(c.gap_count > 0 || kinds[i].type == TYPE_LZMA);
        collect_done(&c);
        buf_done(&file);
    }
}

/* 64 MiB of zeros against a ceiling of 1 MiB: the beginning is there, the rest is named. */
TEST(bomb_ends_at_the_ceiling)
{
    size_t len = 64 << 20;
    uint8_t *zeros = calloc(1, len);
    for (int i = 0; i < KINDS; i++) {
        struct buf file;
        buf_init(&file, 0);
        kinds[i].make(&file, span_make(zeros, len));
        struct collect c;
        collect_init(&c);
        c.budget.object_bytes = 1 << 20;
        collect_run(&c, buf_get(&file));
        assert_int_equal(c.object_count, 2);
        assert_int_equal(c.objects[1].size, 1 << 20);
        assert_int_equal(collect_gaps(&c, GAP_TOO_BIG), 1);
        assert_false(c.budget.spent);
        assert_int_equal(c.budget.held_used, 0);
        collect_done(&c);
        buf_done(&file);
    }
    free(zeros);
}

/* Gaps when the file cannot be read to its end through the window. */
TEST(refused_bytes_are_named)
{
    uint8_t *noise = malloc(3 << 20);
    for (size_t i = 0; i < 3 << 20; i++)
        noise[i] = (uint8_t)test_random();
    struct buf file;
    buf_init(&file, 0);
    make_gzip(&file, span_make(noise, 3 << 20), NULL);
    struct collect c;
    collect_init(&c);
    collect_run_windowed(&c, buf_get(&file), 2 << 20);
    assert_true(collect_gaps(&c, GAP_TRUNCATED) > 0);
    assert_true(collect_gaps(&c, GAP_CHANGED) > 0);
    collect_done(&c);
    buf_done(&file);
    free(noise);
}

/* The head of a Kotlin metadata file: properties, dictionary and size of an lzma-alone stream, by
 * chance. */
TEST(what_only_looks_like_lzma_is_no_gap)
{
    uint8_t bytes[443];
    struct buf file;
    struct collect c;
    memset(bytes, 0x0a, sizeof bytes);
    memcpy(bytes, "\0\0\0\3\0\0\1\0\0\0\0\0\0\0\0\7\x0a\xf4\1\x0a\6kotlin", 27);
    buf_init(&file, 0);
    buf_put(&file, bytes, sizeof bytes);
    run(&c, &file, false);
    assert_int_equal(c.object_count, 1);
    assert_int_equal(c.gap_count, 0);
    assert_int_equal(c.budget.held_used, 0);
    collect_done(&c);
    buf_done(&file);
}
