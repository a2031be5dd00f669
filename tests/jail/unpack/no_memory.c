/* Each allocation of a scan fails once, in our code and in the libraries': no crash, nothing still
 * held, and never silently less than before. */
#include "collect_sink.h"
#include "make_stream.h"
#include "make_tar.h"
#include "make_zip.h"
#include "test.h"

static const char marker[] = "marker-in-every-part: jackdaws love my big sphinx of quartz";

#ifdef CANDOR_ASAN
TEST(needs_the_plain_allocator)
{
    skip(); /* the sanitizer's allocator is in its place */
}
#else
/* glibc's own, under names that an interposed malloc may call. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

static long countdown = -1; /* allocations until one fails; negative: none does */
static bool failed;

static bool is_refused(void)
{
    if (countdown < 0 || countdown-- > 0)
        return false;
    failed = true;
    return true;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return is_refused() ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t size)
{
    return is_refused() ? NULL : __libc_realloc(p, size);
}

static unsigned objects, gaps, markers;
static uint8_t window[1 << 16];
static struct span file_bytes;

static void on_object(__attribute__((unused)) void *ctx, const struct object *o)
{
    struct source s = o->source;
    objects++;
    markers += o->id > 0 && span_find(source_view(&s, 0, 4096), span_text(marker), 0) == 0;
}

static void on_gap(__attribute__((unused)) void *ctx, __attribute__((unused)) uint32_t object,
                   __attribute__((unused)) enum gap_kind kind, __attribute__((unused)) uint64_t at,
                   __attribute__((unused)) struct span detail)
{
    gaps++;
}

static struct span fetch(__attribute__((unused)) void *ctx, uint64_t at, size_t len)
{
    struct span got = span_cut(file_bytes, (size_t)at, len < sizeof window ? len : sizeof window);
    if (got.len)
        memcpy(window, got.at, got.len);
    return span_make(window, got.len);
}

static enum err scan(bool is_windowed, uint64_t *held)
{
    struct inspection in = {.source = source_of(file_bytes),
                            .sink = {.object = on_object, .gap = on_gap}};
    if (is_windowed)
        in.source = (struct source){.size = file_bytes.len, .fetch = fetch};
    budget_init(&in.budget);
    struct inspected got;
    struct why why = {0};
    objects = gaps = markers = 0;
    enum err err = inspect_file(&in, &got, &why);
    *held = in.budget.held_used;
    return err;
}

static void each_fails_once(const struct buf *file, unsigned want)
{
    file_bytes = buf_get(file);
    for (int is_windowed = 0; is_windowed < 2; is_windowed++) {
        long n = 0;
        do {
            uint64_t held = 1;
            failed = false;
            countdown = n++;
            enum err err = scan(is_windowed, &held);
            countdown = -1;
            assert_int_equal(held, 0);
            if (err == ERR_NONE && markers < want && gaps == 0)
                print_message("allocation %ld: %u of %u parts, no gap\n", n - 1, markers, want);
            assert_true(err == ERR_NOMEM || markers == want || gaps > 0);
        } while (failed && n < 100000);
        assert_int_equal(markers, want);
        assert_true(n > 3);
    }
}

TEST(streams)
{
    struct buf file;
    buf_init(&file, 0);
    make_gzip(&file, span_text(marker), "name");
    each_fails_once(&file, 1);
    buf_clear(&file);
    make_bzip2(&file, span_text(marker));
    each_fails_once(&file, 1);
    buf_clear(&file);
    make_xz(&file, span_text(marker));
    each_fails_once(&file, 1);
    buf_clear(&file);
    make_lzma(&file, span_text(marker));
    each_fails_once(&file, 1);
    buf_clear(&file);
    make_zstd(&file, span_text(marker));
    each_fails_once(&file, 1);
    buf_clear(&file);
    make_lz4(&file, span_text(marker));
    each_fails_once(&file, 1);
    buf_clear(&file);
    make_compress(&file, span_text(marker), 16, 0);
    each_fails_once(&file, 1);
    buf_done(&file);
}

TEST(archives)
{
    static const uint16_t methods[] = {0, 8, 12, 14, 93, 95};
    struct make_member m[6];
    for (int i = 0; i < 6; i++)
        m[i] = (struct make_member){
            .name = "m", .bytes = span_text(marker), .method = methods[i], .is_unlisted = i == 1};
    struct buf file, inner;
    buf_init(&file, 0);
    buf_init(&inner, 0);
    make_zip(&file, &(struct make_zip){0}, m, 6);
    each_fails_once(&file, 6);
    buf_span(&inner, buf_get(&file));
    buf_clear(&file);
    make_tar_long(&file, "long");
    make_tar_member(&file, &(struct make_tar_member){.name = "t", .bytes = span_text(marker)});
    make_tar_member(&file, &(struct make_tar_member){.name = "z", .bytes = buf_get(&inner)});
    make_tar_end(&file);
    each_fails_once(&file, 7);
    buf_clear(&file);
    make_ar_start(&file, false);
    make_ar_member(&file, "//", SPAN_OF("long/\n"));
    make_ar_member(&file, "/0", span_text(marker));
    each_fails_once(&file, 1);
    buf_done(&file);
    buf_done(&inner);
}
#endif
