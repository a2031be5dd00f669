/* The walk through containers: order, depth, ceilings, and memory given back. */
#include "collect_sink.h"
#include "make_stream.h"
#include "make_zip.h"
#include "test.h"

static const char marker[] = "marker-deep-inside";

/* `levels` zips around the marker. */
static void nest(struct buf *out, unsigned levels)
{
    struct buf inner;
    buf_init(&inner, 0);
    buf_text(out, marker);
    for (unsigned i = 0; i < levels; i++) {
        buf_clear(&inner);
        buf_span(&inner, buf_get(out));
        buf_clear(out);
        make_zip_one(out, i == 0 ? "marker.txt" : "inner.zip", buf_get(&inner), i % 2 ? 0 : 8);
    }
    buf_done(&inner);
}

TEST(a_file_that_is_no_container)
{
    struct collect c;
    collect_init(&c);
    collect_run(&c, SPAN_OF("hello, world\n"));
    assert_int_equal(c.err, ERR_NONE);
    assert_int_equal(c.object_count, 1);
    assert_int_equal(c.totals.objects, 1);
    assert_int_equal(c.totals.bytes, 13);
    assert_int_equal(c.objects[0].type, TYPE_TEXT);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(an_empty_file)
{
    struct collect c;
    collect_init(&c);
    collect_run(&c, (struct span){NULL, 0});
    assert_int_equal(c.object_count, 1);
    assert_int_equal(c.objects[0].type, TYPE_EMPTY);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

TEST(ids_parents_and_depths)
{
    struct buf inner, outer;
    buf_init(&inner, 0);
    buf_init(&outer, 0);
    make_zip_one(&inner, "b.txt", span_text(marker), 8);
    struct make_member m[3] = {{.name = "a.txt", .bytes = SPAN_OF("first"), .method = 8},
                               {.name = "in.zip", .bytes = buf_get(&inner), .method = 0},
                               {.name = "c.txt", .bytes = SPAN_OF("last"), .method = 8}};
    make_zip(&outer, &(struct make_zip){0}, m, 3);
    struct collect c;
    collect_init(&c);
    collect_run(&c, buf_get(&outer));
    assert_int_equal(c.object_count, 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(c.objects[i].id, i);
    assert_int_equal(collect_find(&c, "b.txt")->parent, collect_find(&c, "in.zip")->id);
    assert_int_equal(collect_find(&c, "b.txt")->depth, 2);
    assert_int_equal(collect_find(&c, "c.txt")->parent, 0);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&inner);
    buf_done(&outer);
}

TEST(as_deep_as_allowed)
{
    struct buf file;
    buf_init(&file, 0);
    nest(&file, (unsigned)LIMIT_DEPTH);
    struct collect c;
    collect_init(&c);
    collect_run(&c, buf_get(&file));
    assert_int_equal(collect_parts_with(&c, marker) > 0, 1);
    assert_non_null(collect_find(&c, "marker.txt"));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    buf_done(&file);
}

TEST(two_hundred_deep_is_too_deep)
{
    struct buf file;
    buf_init(&file, 0);
    nest(&file, 200);
    struct collect c;
    collect_init(&c);
    collect_run(&c, buf_get(&file));
    assert_int_equal(c.object_count, LIMIT_DEPTH + 1);
    assert_int_equal(collect_gaps(&c, GAP_TOO_DEEP), 1);
    assert_int_equal(c.gap_count, 1);
    assert_int_equal(c.budget.held_used, 0);
    collect_done(&c);
    buf_done(&file);
}

TEST(depth_zero_opens_nothing)
{
    struct buf file;
    buf_init(&file, 0);
    make_zip_one(&file, "a", span_text(marker), 0);
    struct collect c;
    collect_init(&c);
    c.budget.depth = 0;
    collect_run(&c, buf_get(&file));
    assert_int_equal(c.object_count, 1);
    assert_int_equal(collect_gaps(&c, GAP_TOO_DEEP), 1);
    collect_done(&c);
    buf_done(&file);
}

TEST(too_many_parts)
{
    struct make_member m[100];
    for (int i = 0; i < 100; i++)
        m[i] = (struct make_member){.name = "x", .bytes = SPAN_OF("y"), .method = 0};
    struct buf file;
    buf_init(&file, 0);
    make_zip(&file, &(struct make_zip){0}, m, 100);
    struct collect c;
    collect_init(&c);
    c.budget.objects = 10;
    collect_run(&c, buf_get(&file));
    assert_int_equal(c.object_count, 10);
    assert_int_equal(collect_gaps(&c, GAP_TOO_MANY), 1);
    collect_done(&c);
    buf_done(&file);
}

/* As many gaps as a file may have, then one more that says so. */
TEST(too_many_gaps)
{
    struct make_member m[100];
    for (int i = 0; i < 100; i++)
        m[i] = (struct make_member){
            .name = "x", .bytes = SPAN_OF("y"), .packed = SPAN_OF("z"), .method = 9};
    struct buf file;
    buf_init(&file, 0);
    make_zip(&file, &(struct make_zip){0}, m, 100);
    struct collect c;
    collect_init(&c);
    c.budget.objects = 10;
    collect_run(&c, buf_get(&file));
    assert_int_equal(c.gap_count, 11);
    assert_int_equal(c.gaps[10].kind, GAP_TOO_MANY);
    collect_done(&c);
    buf_done(&file);
}

TEST(closed_types_are_named)
{
    struct collect c;
    collect_init(&c);
    collect_run(&c, SPAN_OF("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on, of a kind nobody opens"));
    assert_int_equal(c.object_count, 1);
    assert_int_equal(c.gap_count, collect_gaps(&c, GAP_NOT_OPENED) + collect_gaps(&c, GAP_DAMAGED) +
                                      collect_gaps(&c, GAP_TRUNCATED));
    assert_true(c.gap_count > 0);
    collect_done(&c);
}

/* Zeros, packed twice: the outer container is small, the inner one claims gigabytes. */
TEST(layered_bomb)
{
    struct buf inner, middle, outer;
    buf_init(&inner, 0);
    buf_init(&middle, 0);
    buf_init(&outer, 0);
    uint8_t *zeros = calloc(1, 64 << 20);
    make_gzip(&inner, span_make(zeros, 64 << 20), NULL);
    struct make_member m[20];
    for (int i = 0; i < 20; i++)
        m[i] = (struct make_member){.name = "z.gz", .bytes = buf_get(&inner), .method = 8};
    make_zip(&outer, &(struct make_zip){0}, m, 20);
    struct collect c;
    collect_init(&c);
    c.budget.total_bytes = 200 << 20;
    collect_run(&c, buf_get(&outer));
    assert_true(c.budget.spent);
    assert_true(c.totals.bytes <= (201 << 20) + outer.len);
    assert_int_equal(collect_gaps(&c, GAP_TOO_BIG), 1);
    assert_int_equal(c.budget.held_used, 0);
    collect_done(&c);
    buf_done(&inner);
    buf_done(&middle);
    buf_done(&outer);
    free(zeros);
}

/* Steps run out while input that yields nothing is read again and again. */
TEST(steps_bound_input)
{
    struct buf file;
    buf_init(&file, 0);
    uint8_t *noise = malloc(1 << 20);
    for (size_t i = 0; i < 1 << 20; i++)
        noise[i] = (uint8_t)test_random();
    make_gzip(&file, span_make(noise, 1 << 20), NULL);
    file.at[file.len - 1] ^= 0xff; /* spoils the size, so that the slow way is taken */
    struct collect c;
    collect_init(&c);
    c.budget.steps = 1 << 18;
    collect_run(&c, buf_get(&file));
    assert_true(c.budget.spent);
    assert_int_equal(collect_gaps(&c, GAP_TIMED_OUT), 1);
    collect_done(&c);
    buf_done(&file);
    free(noise);
}

/* A program, a picture, a text, a tar: each with an archive behind it, which other readers find. */
TEST(archive_behind_something_else)
{
    static const char *const heads[] = {"\177ELF and so on", "GIF89a and so on", "just text\n"};
    for (int i = 0; i < 4; i++) {
        struct buf file;
        buf_init(&file, 0);
        if (i < 3)
            buf_text(&file, heads[i]);
        else
            make_gzip(&file, SPAN_OF("a member"), "first");
        make_zip_one(&file, "hidden.txt", span_text(marker), 8);
        for (int is_windowed = 0; is_windowed < 2; is_windowed++) {
            struct collect c;
            collect_init(&c);
            if (is_windowed)
                collect_run_windowed(&c, buf_get(&file), UINT64_MAX);
            else
                collect_run(&c, test_guarded(buf_get(&file)));
            assert_true(c.objects[0].type != TYPE_ZIP);
            assert_true(span_equal(collect_find(&c, "hidden.txt")->bytes, span_text(marker)));
            assert_true(i < 3 || collect_find(&c, "first") != NULL);
            assert_int_equal(c.gap_count, i < 3 ? 0 : 1);
            assert_int_equal(c.budget.held_used, 0);
            collect_done(&c);
        }
        buf_done(&file);
    }
}

/* The end record alone, as in a program that knows ZIP, is no archive. */
TEST(no_archive_behind)
{
    struct collect c;
    collect_init(&c);
    collect_run(&c, SPAN_OF("some text PK\5\6\0\0\0\0\1\0\1\0\x2e\0\0\0\0\0\0\0\0\0 "));
    assert_int_equal(c.object_count, 1);
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}
