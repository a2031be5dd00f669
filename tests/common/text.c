/* Text of strangers: escaping, JSON, numbers. */
#include "common/text.h"

#include "test.h"

static void escaped(struct span in, const char *want)
{
    struct buf b;
    buf_init(&b, 0);
    text_escape(&b, test_guarded(in));
    buf_byte(&b, 0);
    assert_string_equal((char *)b.at, want);
    buf_done(&b);
}

TEST(escapes_what_could_lie_on_a_terminal)
{
    escaped(SPAN_OF("plain"), "plain");
    escaped(SPAN_OF("\033[2J"), "\\x1b[2J");
    escaped(SPAN_OF("a\nb\r"), "a\\x0ab\\x0d");
    escaped(SPAN_OF("back\\slash"), "back\\\\slash");
    escaped(SPAN_OF("\xc3\xa4"), "\xc3\xa4");
    escaped(SPAN_OF("\xc3"), "\\xc3");
    escaped(SPAN_OF("\xe2\x80\xae"
                    "exe.txt"),
            "\\xe2\\x80\\xaeexe.txt"); /* right-to-left override */
    escaped(SPAN_OF("\xef\xbb\xbf"), "\\xef\\xbb\\xbf");
    escaped(SPAN_OF("\xc2\x9b"), "\\xc2\\x9b"); /* C1 control: CSI */
}

TEST(escape_into_cuts_at_whole_escapes)
{
    struct span bad = SPAN_OF("\x01\x02\x03\x04\x05\x06\x07\x08");
    for (size_t size = 1; size < 40; size++) {
        char out[64];
        memset(out, 'Z', sizeof out);
        text_escape_into(out, size, bad);
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], 'Z');
        size_t n = strlen(out);
        if (n < 32 && n > 3) { /* shortened: whole escapes, then dots */
            assert_string_equal(out + n - 3, "...");
            assert_int_equal((n - 3) % 4, 0);
        }
    }
}

static void as_json(struct span in, const char *want, bool whole)
{
    struct buf b;
    buf_init(&b, 0);
    assert_int_equal(text_json(&b, test_guarded(in)), whole);
    buf_byte(&b, 0);
    assert_string_equal((char *)b.at, want);
    buf_done(&b);
}

TEST(json_strings)
{
    as_json(SPAN_OF("a\"b\\c"), "\"a\\\"b\\\\c\"", true);
    as_json(SPAN_OF("\n\t\x01\x7f"), "\"\\n\\t\\u0001\\u007f\"", true);
    as_json(SPAN_OF("\xff"
                    "x"),
            "\"\xef\xbf\xbdx\"", false);
    as_json(SPAN_OF("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
            false);                                                      /* surrogate */
    as_json(SPAN_OF("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", false); /* overlong */
    as_json(SPAN_OF("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"", true);
    as_json(SPAN_OF("\xf4\x90\x80\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
            false);
}

TEST(base64_there_and_back)
{
    for (size_t len = 0; len < 70; len++) {
        uint8_t bytes[70];
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)test_random();
        struct buf text, back;
        buf_init(&text, 0);
        buf_init(&back, 0);
        text_base64(&text, span_make(bytes, len));
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_true(text_unbase64(&back, buf_get(&text)));
        assert_true(span_equal(buf_get(&back), span_make(bytes, len)));
        buf_done(&text);
        buf_done(&back);
    }
}

TEST(base64_refuses_what_is_not_canonical)
{
    static const char *const bad[] = {
        "A", "AA", "AAA", "A===", "AB==", "AAB=", "AA=A", "A A=", "AAAA=", "=AAA", "AA-_"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf b;
        buf_init(&b, 0);
        buf_text(&b, "kept");
        assert_false(text_unbase64(&b, span_text(bad[i])));
        assert_int_equal(b.len, 4);
        buf_done(&b);
    }
}

TEST(numbers_are_whole_or_refused)
{
    uint64_t v = 7;
    assert_true(text_u64(SPAN_OF("18446744073709551615"), &v) && v == UINT64_MAX);
    v = 7;
    assert_false(text_u64(SPAN_OF("18446744073709551616"), &v));
    assert_false(text_u64(SPAN_OF(""), &v));
    assert_false(text_u64(SPAN_OF("1 "), &v));
    assert_false(text_u64(SPAN_OF("-1"), &v));
    assert_int_equal(v, 7);
    assert_true(text_hex_u64(SPAN_OF("fFfFffffffffffff"), &v) && v == UINT64_MAX);
    assert_false(text_hex_u64(SPAN_OF("10000000000000000"), &v));
}

TEST(sizes)
{
    static const struct {
        const char *text;
        uint64_t want;
    } good[] = {{"0", 0},          {"64", 64},         {"64B", 64},
                {"64K", 65536},    {"64kb", 65536},    {"64KiB", 65536},
                {"10M", 10485760}, {"2G", 2147483648}, {"1T", UINT64_C(1) << 40}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        uint64_t v = 1;
        assert_true(text_size(span_text(good[i].text), &v));
        assert_true(v == good[i].want);
    }
    static const char *const bad[] = {"",    "K",    "1X", "1KK", "1.5M", "-1", "99999999999T",
                                      "1 K", "1KiBB"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t v;
        assert_false(text_size(span_text(bad[i]), &v));
    }
}

TEST(lines_and_fields)
{
    struct span rest = SPAN_OF("one\r\ntwo\n\nlast"), line;
    static const char *const want[] = {"one", "two", "", "last"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(text_line(&rest, &line));
        assert_true(span_equal(line, span_text(want[i])));
    }
    assert_false(text_line(&rest, &line));
    rest = SPAN_OF("a::c");
    static const char *const fields[] = {"a", "", "c"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(text_field(&rest, ':', &line));
        assert_true(span_equal(line, span_text(fields[i])));
    }
    assert_false(text_field(&rest, ':', &line));
}
