/* Tokens, numbers, escapes, places. */
#include "jail/compile/yara_lex.h"

#include "common/limits.h"

#include "jail/compile/yara_greed.h"
#include "jail/compile/yara_text.h"
#include "test.h"

static struct yara_token first(struct arena *a, const char *source)
{
    struct yara_token t;
    struct yara_lex lex = yara_lex_of(test_guarded(span_text(source)), a);
    yara_lex_next(&lex, &t);
    return t;
}

TEST(kinds)
{
    static const struct {
        const char *source;
        int kind;
    } rows[] = {
        {"", YT_END},         {"a", YT_NAME},      {"_a1", YT_NAME},
        {"rule", YT_RULE},    {"rules", YT_NAME},  {"uint8", YT_READ},
        {"int32be", YT_READ}, {"uint64", YT_NAME}, {"int8bebe", YT_NAME},
        {"at", YT_WORD_AT},   {"xor", YT_XOR},     {"all", YT_ALL},
        {"$", YT_STRING_ID},  {"$a*", YT_WILD},    {"#a*", YT_COUNT},
        {"@a", YT_OFFSET},    {"!a", YT_LENGTH},   {"!=", YT_NE},
        {"..", YT_DOTS},      {".", '.'},          {"<<", YT_SHL},
        {"<", '<'},           {"=", '='},          {"==", YT_EQ},
        {"1", YT_INT},        {"1.5", YT_FLOAT},   {"1..2", YT_INT},
        {"\"a\"", YT_TEXT},   {"/a/", YT_REGEX},   {"{", '{'},
        {"\x80", YT_BAD},     {"\"a", YT_BAD},     {"\"a\n\"", YT_BAD},
        {"/a", YT_BAD},       {"\"\\", YT_BAD},    {"/\\", YT_BAD},
        {"/* open", YT_END},  {"// line", YT_END}, {"/* */ /**/ x", YT_NAME},
    };
    struct arena *a = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct yara_token t = first(a, rows[i].source);
        if (t.kind != rows[i].kind)
            print_error("%s: kind %d\n", rows[i].source, t.kind);
        assert_int_equal(t.kind, rows[i].kind);
    }
    arena_free(a);
}

TEST(numbers)
{
    static const struct {
        const char *text;
        size_t len;
        int64_t value;
        bool refused;
    } rows[] = {
        {"0", 1, 0, false},
        {"017", 3, 17, false},
        {"1_000_", 5, 1000, false},
        {"0x7fffffffffffffff", 18, INT64_MAX, false},
        {"0x8000000000000000", 18, 0, true},
        {"0xfg", 3, 15, false},
        {"0x", 1, 0, false},
        {"0o777", 5, 511, false},
        {"0o8", 1, 0, false},
        {"9223372036854775807", 19, INT64_MAX, false},
        {"9223372036854775808", 19, 0, true},
        {"2KB", 3, 2048, false},
        {"2MBx", 3, 2 << 20, false},
        {"2kb", 1, 2, false},
        {"8796093022208MB", 15, 0, true},
        {"1..2", 1, 1, false},
        {"1.x", 1, 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct yara_number n = yara_text_number(test_guarded(span_text(rows[i].text)));
        assert_int_equal(n.len, rows[i].len);
        assert_int_equal(n.error != NULL, rows[i].refused);
        assert_false(n.is_float);
        if (!n.error)
            assert_int_equal(n.i, rows[i].value);
    }
}

TEST(fractions)
{
    struct yara_number n = yara_text_number(SPAN_OF("12.5x"));
    assert_true(n.is_float);
    assert_int_equal(n.len, 4);
    assert_true(n.f > 12.49 && n.f < 12.51);
    n = yara_text_number(SPAN_OF("1_0.2_5"));
    assert_true(n.f > 10.249 && n.f < 10.251);
    char many[500];
    memset(many, '1', sizeof many);
    many[1] = '.';
    assert_non_null(yara_text_number(span_make(many, sizeof many)).error);
    assert_null(yara_text_number(span_make(many, 200)).error);
}

TEST(lines_and_columns)
{
    struct arena *a = arena_new(0);
    struct yara_token t;
    struct yara_lex lex = yara_lex_of(span_text("a\r\n  b /* x\n */ c = { 41\n  42 } d"), a);
    static const struct {
        const char *text;
        uint32_t line, column;
    } rows[] = {{"a", 1, 1}, {"b", 2, 3}, {"c", 3, 5}, {"=", 3, 7}, {"{ 41\n  42 }", 3, 9},
                {"d", 4, 8}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        yara_lex_next(&lex, &t);
        assert_true(span_equal(t.source, span_text(rows[i].text)));
        assert_int_equal(t.line, rows[i].line);
        assert_int_equal(t.column, rows[i].column);
        if (t.kind == YT_HEX) {
            uint32_t line, column;
            yara_lex_place(&lex, &t, t.at + 7, &line, &column);
            assert_int_equal(line, 4);
            assert_int_equal(column, 3);
        }
    }
    yara_lex_next(&lex, &t);
    assert_int_equal(t.kind, YT_END);
    arena_free(a);
}

TEST(words_have_names)
{
    assert_string_equal(yara_lex_kind(YT_RULE), "'rule'");
    assert_string_equal(yara_lex_kind(YT_XOR), "'xor'");
    assert_string_equal(yara_lex_kind('('), "'('");
    assert_string_equal(yara_lex_kind(YT_END), "the end of the file");
    assert_string_equal(yara_lex_kind(99999), "a sign");
}

TEST(names_end)
{
    char name[300];
    struct arena *a = arena_new(0);
    memset(name, 'n', sizeof name);
    name[128] = 0;
    assert_int_equal(first(a, name).kind, YT_NAME);
    name[128] = 'n';
    name[129] = 0;
    assert_int_equal(first(a, name).kind, YT_BAD);
    name[0] = '$';
    assert_int_equal(first(a, name).kind, YT_STRING_ID);
    char *longer = arena_alloc(a, LIMIT_STRING_BYTES + 2, 1);
    assert_non_null(longer);
    memset(longer, 'n', LIMIT_STRING_BYTES + 1);
    longer[0] = '$';
    assert_int_equal(first(a, longer).kind, YT_BAD);
    longer[LIMIT_STRING_BYTES] = 0;
    assert_int_equal(first(a, longer).kind, YT_STRING_ID);
    arena_free(a);
}

TEST(greed)
{
    static const struct {
        const char *text;
        size_t at;
    } rows[] = {
        {"a*b+c?d{2}", SIZE_MAX},
        {"a*?b+?c??d{2}?", SIZE_MAX},
        {"a*b*?", 3},
        {"a??b?", 4},
        {"a{2}b*?", 5},
        {"[a*]b*?", SIZE_MAX},
        {"[]*]b*?", SIZE_MAX},
        {"[^]*]b*?", SIZE_MAX},
        {"\\*b*?", SIZE_MAX},
        {"a{x}b*?", SIZE_MAX},
        {"[\\]*]b*?", SIZE_MAX},
        {"", SIZE_MAX},
        {"[a", SIZE_MAX},
        {"a\\", SIZE_MAX},
        {"a{1,3}b{,4}?", 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(yara_greed_mixed(test_guarded(span_text(rows[i].text))), rows[i].at);
}
