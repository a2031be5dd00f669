/* JSON read in place: what is refused, and what is found in a text that is not. Texts end at a
 * guard page. */
#include "jail/facts/json.h"
#include "test.h"

#include "common/limits.h"

static const char *fault(const char *text)
{
    return json_fault(test_guarded(span_text(text)));
}

/* jansson 2.14 reads all of these. */
TEST(well_formed)
{
    static const char *const good[] = {
        "[]",
        "{}",
        " \t\r\n[ ] \n",
        "[0,-0,1,-1,1.5,-1.5e3,1E+2,0e0,1e-999,0.0001e311,0.0e99999999999999999999]",
        "[9223372036854775807,-9223372036854775808]",
        "[true,false,null]",
        "{\"a\":{\"b\":[{}]},\"a\":2,\"\":\"\"}",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u0000\\ud83d\\ude00\"]",
        "[\"\xc3\xa9\x7f\"]",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (fault(good[i]))
            TEST_FAIL("%s: %s\n", good[i], fault(good[i]));
}

TEST(refused)
{
    static const char *const bad[] = {
        "",
        "1",
        "\"a\"",
        "true",
        "[",
        "]",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{1:2}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1,}",
        "{\"a\":1]",
        "{a:1}",
        "[] x",
        "[][]",
        "[01]",
        "[-]",
        "[1.]",
        "[.5]",
        "[1e]",
        "[+1]",
        "[1e309]",
        "[0.01e311]",
        "[truex]",
        "[nul]",
        "[\"]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\n\"]",
        "[\"\xff\"]",
        "[\"\\ud800\"]",
        "[\"\\udc00\"]",
        "[\"\\ud800\\u0041\"]",
        "[\"\xed\xa0\x80\"]",
        "{\"\\u0000\":1}",
        "[9223372036854775808]",
        "[-9223372036854775809]",
        "\xef\xbb\xbf[]",
        "[1e99999999999999999999]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!fault(bad[i]))
            TEST_FAIL("accepted: %s\n", bad[i]);
}

static const char *nested(size_t depth)
{
    char *text = malloc(2 * depth + 1);
    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = 0;
    const char *got = fault(text);
    free(text);
    return got;
}

TEST(depth)
{
    assert_null(nested(LIMIT_JSON_DEPTH));
    assert_non_null(nested(LIMIT_JSON_DEPTH + 1));
    assert_non_null(nested(100000));
}

/* Every beginning of a text is refused, and nothing is read behind it. */
TEST(truncated)
{
    static const char whole[] = "{\"a\":[1,-2.5e1,\"x\\u00e9\\ud83d\\ude00\",true,{}],\"b\":null}";
    assert_null(fault(whole));
    for (size_t n = 0; n < sizeof whole - 1; n++)
        assert_non_null(json_fault(test_guarded(span_make(whole, n))));
}

static void expect_text(struct span value, struct arena *a, const char *want)
{
    struct span got;
    bool bad = false;
    assert_true(json_text(value, a, &got, &bad));
    assert_false(bad);
    if (!span_equal(got, span_text(want)))
        TEST_FAIL("%.*s, not %s\n", (int)got.len, (const char *)got.at, want);
}

TEST(looking_inside)
{
    static const char text[] =
        " {\"a\" : [ \"x,]}\" , 12 , {\"k\":\"\\u00e9\\n\\ud83d\\ude00\\\\\"} , [] ] ,"
        "\"b\":1,\"b\":-7,\"\\u0063\":{\"d\":\"e\"},\"big\":1e3} ";
    struct arena *a = arena_new(0);
    struct span all = test_guarded(span_text(text)), value;
    assert_null(json_fault(all));
    struct span root = json_root(all);
    struct json_items items = json_items(json_get(root, SPAN_OF("a")));
    assert_true(json_next(&items, &value));
    expect_text(value, a, "x,]}");
    int64_t n = 0;
    assert_true(json_next(&items, &value) && json_int(value, &n));
    assert_int_equal(n, 12);
    assert_true(json_next(&items, &value));
    expect_text(json_get(value, SPAN_OF("k")), a, "\xc3\xa9\n\xf0\x9f\x98\x80\\");
    assert_true(json_next(&items, &value));
    struct json_items none = json_items(value);
    struct span nothing;
    assert_false(json_next(&none, &nothing));
    assert_false(json_next(&items, &value));
    /* the last of a name counts; a name may be written with escapes */
    assert_true(json_int(json_get(root, SPAN_OF("b")), &n));
    assert_int_equal(n, -7);
    expect_text(json_get(json_get(root, SPAN_OF("c")), SPAN_OF("d")), a, "e");
    assert_false(json_int(json_get(root, SPAN_OF("big")), &n));
    assert_int_equal(json_get(root, SPAN_OF("z")).len, 0);
    assert_int_equal(json_get(json_get(root, SPAN_OF("a")), SPAN_OF("b")).len, 0);
    bool bad = false;
    assert_false(json_text(json_get(root, SPAN_OF("b")), a, &value, &bad));
    arena_free(a);
}
