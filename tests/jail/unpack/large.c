/* Files of 10 GB, made as they are read: bounded time and memory, every part seen or named. */
#include "collect_sink.h"
#include "make_stream.h"
#include "make_tar.h"
#include "make_zip.h"
#include "test.h"

#include <sys/resource.h>

static const char marker[] = "marker-behind-ten-gigabytes";
static const uint64_t ten_gb = UINT64_C(10) << 30;

/* A file of: head, zeros or a repeated pattern, tail. */
struct made {
    struct buf head, tail;
    struct span pattern; /* empty: zeros */
    uint64_t middle;     /* bytes */
    uint8_t *window;
    uint64_t fetched;
};

static void put(struct made *m, uint8_t *to, uint64_t at, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint64_t here = at + i;
        struct span from = {NULL, 0};
        size_t n = len - i;
        if (here < m->head.len)
            from = span_cut(buf_get(&m->head), here, n);
        else if (here >= m->head.len + m->middle)
            from = span_cut(buf_get(&m->tail), here - m->head.len - m->middle, n);
        else if (m->pattern.len)
            from = span_cut(m->pattern, (here - m->head.len) % m->pattern.len, n);
        uint64_t left = m->head.len + m->middle - here;
        if (here < m->head.len + m->middle && here >= m->head.len && n > left)
            n = left;
        if (from.at) {
            n = n < from.len ? n : from.len;
            memcpy(to + i, from.at, n);
        } else {
            memset(to + i, 0, n);
        }
        i += n;
    }
}

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct made *m = ctx;
    free(m->window);
    m->window = malloc(len);
    m->fetched += len;
    put(m, m->window, at, len);
    return span_make(m->window, len);
}

static void start(struct made *m, uint64_t middle)
{
    *m = (struct made){.middle = middle};
    buf_init(&m->head, 0);
    buf_init(&m->tail, 0);
}

static void run(struct collect *c, struct made *m)
{
    collect_init(c);
    collect_run_source(
        c,
        (struct source){.size = m->head.len + m->middle + m->tail.len, .fetch = fetch, .ctx = m});
    assert_int_equal(c->err, ERR_NONE);
    assert_int_equal(c->budget.held_used, 0);
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    assert_true(usage.ru_maxrss < 700 << 10); /* KiB: held at most, and the rest of the program */
    free(m->window);
    buf_done(&m->head);
    buf_done(&m->tail);
}

TEST(tar_with_a_member_of_ten_gigabytes)
{
    struct made m;
    start(&m, ten_gb);
    make_tar_member(
        &m.head, &(struct make_tar_member){
                     .name = "zeros", .format = MAKE_TAR_GNU, .base256 = true, .size_lie = ten_gb});
    make_tar_member(&m.tail, &(struct make_tar_member){.name = "marker.txt",
                                                       .bytes = span_text(marker),
                                                       .format = MAKE_TAR_USTAR});
    make_tar_end(&m.tail);
    struct collect c;
    run(&c, &m);
    assert_int_equal(c.object_count, 3);
    assert_int_equal(collect_find(&c, "zeros")->size, ten_gb);
    assert_true(span_equal(collect_find(&c, "marker.txt")->bytes, span_text(marker)));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}

/* 10 GB of zeros, packed to about 10 MB: the beginning is looked at, the rest is named. */
TEST(zip_with_a_bomb_of_ten_gigabytes)
{
    struct buf chunk;
    buf_init(&chunk, 0);
    uint8_t *zeros = calloc(1, 16 << 20);
    make_deflate_open(&chunk, span_make(zeros, 16 << 20));
    struct buf packed;
    buf_init(&packed, 0);
    for (int i = 0; i < 640; i++)
        buf_span(&packed, buf_get(&chunk));
    make_deflate(&packed, SPAN_OF("end"));
    struct make_member member = {.name = "zeros",
                                 .bytes = span_text(marker),
                                 .packed = buf_get(&packed),
                                 .method = 8,
                                 .lies_local = true,
                                 .lies_central = true,
                                 .full_lie = 0xfffffffe};
    struct made m;
    start(&m, 0);
    make_zip(&m.head, &(struct make_zip){0}, &member, 1);
    struct collect c;
    run(&c, &m);
    assert_int_equal(c.object_count, 2);
    assert_int_equal(collect_find(&c, "zeros")->size, LIMIT_OBJECT_BYTES);
    assert_int_equal(collect_gaps(&c, GAP_TOO_BIG), 1);
    assert_int_equal(c.gap_count, 1);
    collect_done(&c);
    buf_done(&chunk);
    buf_done(&packed);
    free(zeros);
}

TEST(gzip_of_noise_through_the_window)
{
    size_t len = 20 << 20;
    uint8_t *noise = malloc(len);
    for (size_t i = 0; i < len; i++)
        noise[i] = (uint8_t)(test_random() >> 32);
    struct made m;
    start(&m, 0);
    make_gzip(&m.head, span_make(noise, len), "noise");
    struct collect c;
    run(&c, &m);
    assert_int_equal(c.object_count, 2);
    assert_int_equal(c.objects[1].size, len);
    assert_true(span_equal(c.objects[1].bytes, span_make(noise, COLLECT_BYTES)));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
    free(noise);
}

/* 10 GB of zeros that begin as a tar, a zip, a gzip, an ar: no time is lost in them. */
TEST(ten_gigabytes_behind_a_beginning)
{
    for (int kind = 0; kind < 4; kind++) {
        struct made m;
        start(&m, ten_gb);
        if (kind == 0)
            make_tar_member(&m.head, &(struct make_tar_member){.name = "a",
                                                               .bytes = span_text(marker),
                                                               .format = MAKE_TAR_USTAR});
        if (kind == 1)
            make_zip_one(&m.head, "a", span_text(marker), 8);
        if (kind == 2)
            make_gzip(&m.head, span_text(marker), "a");
        if (kind == 3) {
            make_ar_start(&m.head, false);
            make_ar_member(&m.head, "a", span_text(marker));
        }
        struct collect c;
        run(&c, &m);
        assert_int_equal(collect_parts_with(&c, marker), 1);
        assert_true(kind == 0 || kind == 2 || c.gap_count > 0);
        collect_done(&c);
    }
}
