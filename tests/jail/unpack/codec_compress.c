/* compress (.Z): widths, clear codes, and streams that lie. */
#include "collect_sink.h"
#include "make_stream.h"
#include "test.h"

static uint8_t text[70000];

static void fill(void)
{
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * i / 7 + i);
}

TEST(each_width_with_and_without_clear)
{
    static const unsigned clears[] = {0, 1, 7, 8, 300, 5000};
    fill();
    for (unsigned width = 9; width <= 16; width++)
        for (int i = 0; i < 6; i++) {
            struct buf file;
            buf_init(&file, 0);
            make_compress(&file, span_make(text, sizeof text), width, clears[i]);
            struct collect c;
            collect_init(&c);
            collect_run(&c, buf_get(&file));
            assert_int_equal(c.objects[0].type, TYPE_COMPRESS);
            assert_int_equal(c.object_count, 2);
            assert_true(span_equal(c.objects[1].bytes, span_make(text, sizeof text)));
            assert_int_equal(c.gap_count, 0);
            struct collect w;
            collect_init(&w);
            collect_run_windowed(&w, buf_get(&file), UINT64_MAX);
            assert_true(span_equal(w.objects[1].bytes, span_make(text, sizeof text)));
            collect_done(&w);
            collect_done(&c);
            buf_done(&file);
        }
}

static unsigned gaps_of(struct span file, enum gap_kind kind)
{
    struct collect c;
    collect_init(&c);
    collect_run(&c, test_guarded(file));
    unsigned count = collect_gaps(&c, kind);
    collect_done(&c);
    return count;
}

TEST(codes_that_do_not_exist)
{
    assert_int_equal(gaps_of(SPAN_OF("\x1f\x9d\x90\x01\x03"), GAP_DAMAGED), 1); /* 257 first */
    assert_int_equal(gaps_of(SPAN_OF("\x1f\x9d\x90\x41\xfe\x07"), GAP_DAMAGED), 1);
    assert_int_equal(gaps_of(SPAN_OF("\x1f\x9d\x91 17 bits"), GAP_METHOD), 1);
    assert_int_equal(gaps_of(SPAN_OF("\x1f\x9d\x88 8 bits"), GAP_METHOD), 1);
    assert_int_equal(gaps_of(SPAN_OF("\x1f\x9d"), GAP_DAMAGED), 1);
}

/* "aaaa...": each code is the one about to be defined. */
TEST(code_that_is_defined_by_itself)
{
    struct collect c;
    collect_init(&c);
    /* codes of 9 bits, low bits first: 97, 257, 258 */
    uint32_t codes = 97u | 257u << 9 | 258u << 18;
    uint8_t file[] = {0x1f, 0x9d, 0x90, 0, 0, 0, 0};
    for (size_t i = 0; i < 4; i++)
        file[3 + i] = (uint8_t)(codes >> (8 * i));
    collect_run(&c, test_guarded(span_make(file, sizeof file)));
    assert_true(span_equal(c.objects[1].bytes, SPAN_OF("aaaaaa")));
    assert_int_equal(c.gap_count, 0);
    collect_done(&c);
}
