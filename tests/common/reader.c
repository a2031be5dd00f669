/* Reader: hostile bytes, guard page behind. */
#include "test.h"

TEST(reads_little_and_big)
{
    struct span s = test_guarded(SPAN_OF("\x01\x02\x03\x04\x05\x06\x07\x08"));
    struct reader r = reader_of(s);
    assert_int_equal(reader_u16le(&r), 0x0201);
    assert_int_equal(reader_u16be(&r), 0x0304);
    assert_int_equal(reader_u32le(&r), 0x08070605);
    assert_false(r.bad);
    assert_int_equal(reader_left(&r), 0);
}

TEST(past_the_end_is_zero_and_bad_for_good)
{
    struct span s = test_guarded(SPAN_OF("abc"));
    struct reader r = reader_of(s);
    assert_int_equal(reader_u32le(&r), 0);
    assert_true(r.bad);
    assert_int_equal(reader_u8(&r), 0);
    assert_int_equal(reader_take(&r, 1).len, 0);
    r = reader_from(s, 4);
    assert_true(r.bad);
    r = reader_of(s);
    reader_skip(&r, UINT64_MAX);
    assert_true(r.bad);
}

TEST(find_stays_inside)
{
    struct span s = test_guarded(SPAN_OF("abcabc"));
    assert_int_equal(span_find(s, SPAN_OF("bc"), 2), 4);
    assert_true(span_find(s, SPAN_OF("cx"), 0) == SIZE_MAX);
    assert_true(span_find(s, SPAN_OF("a"), 7) == SIZE_MAX);
    assert_int_equal(span_find_last(s, SPAN_OF("abc")), 3);
}

TEST(claims_do_not_overflow)
{
    uint64_t out = 7;
    assert_false(add_u64(UINT64_MAX, 1, &out));
    assert_int_equal(out, 7);
    assert_false(mul_u64(UINT64_MAX, 2, &out));
    assert_true(mul_u64(3, 4, &out));
    assert_int_equal(out, 12);
}
