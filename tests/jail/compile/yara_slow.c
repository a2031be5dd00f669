/* Strings that YARA warns of and their next neighbours that it does not: asked of 4.2.3 and 4.5.2.
 * tests/system/yara_warnings.py compares many more. */
#include "jail/compile/yara_slow.h"

#include "test.h"

struct row {
    const char *text;
    uint32_t flags;
    bool poor;
};

static bool is_poor(enum ir_string_kind kind, const struct row *row, bool *dots)
{
    struct arena *a = arena_new(0);
    struct re_error error;
    struct ir_string s = {.kind = kind, .flags = row->flags, .text = span_text(row->text)};
    assert_non_null(a);
    if (!(s.flags & IR_WIDE))
        s.flags |= IR_ASCII;
    if (s.flags & IR_XOR)
        s.xor_max = 255;
    if (kind != IR_TEXT)
        s.re = kind == IR_HEX ? hexpat_parse(s.text, a, &error)
                              : regex_parse(s.text, false, a, &error);
    assert_true(kind == IR_TEXT || s.re);
    *dots = kind == IR_REGEXP && yara_slow_has_dot_star(s.re, a);
    bool poor = yara_slow_is_poor(&s, a);
    arena_free(a);
    return poor;
}

static void check(enum ir_string_kind kind, const struct row *rows, size_t count)
{
    bool dots;
    for (size_t i = 0; i < count; i++)
        if (is_poor(kind, &rows[i], &dots) != rows[i].poor)
            TEST_FAIL("%s: %d is wrong", rows[i].text, !rows[i].poor);
}

TEST(texts)
{
    static const struct row rows[] = {
        {"a", 0, true},          {"ab", 0, false},          {"aa", 0, false},
        {"a ", 0, true},         {"    ", 0, true},         {"    x", 0, false},
        {"\x90\x90", 0, true},   {"\x90\x90\x90", 0, true}, {"\x90\x90\x90\x90", 0, false},
        {"a", IR_WIDE, true},    {"ab", IR_WIDE, false},    {"ab", IR_XOR, true},
        {"abcd", IR_XOR, false}, {"aaaa", IR_XOR, true},    {"abc", IR_BASE64, false},
        {"a", IR_BASE64, true},
    };
    check(IR_TEXT, rows, sizeof rows / sizeof rows[0]);
}

TEST(hex_strings)
{
    static const struct row rows[] = {
        {"61 62", 0, false},
        {"61 ?? 62", 0, true},
        {"61 ?? 62 63", 0, false},
        {"62 cc", 0, true},
        {"62 cc [1] 61", 0, false},
        {"62 cc [2] 61", 0, true},
        {"~61 62", 0, true},
        {"?1 61", 0, true},
        {"(61 62 | 63)", 0, true},
        {"(61 62 | 63 64)", 0, false},
        {"61 62 63 [201] 64", 0, true},
        {"61 62 63 [200] 64", 0, false},
    };
    check(IR_HEX, rows, sizeof rows / sizeof rows[0]);
}

TEST(regular_expressions)
{
    static const struct row rows[] = {
        {"[ab]c", 0, true},  {"a+", 0, true},       {"a{2}", 0, false}, {"\\w\\w\\w\\w", 0, true},
        {"(ab|c)", 0, true}, {"(ab|cd)", 0, false}, {"a.b", 0, true},   {"a.bc", 0, false},
        {"ab?c", 0, true},   {"abc?", 0, false},    {"x|", 0, true},    {"ab\\b", 0, false},
    };
    check(IR_REGEXP, rows, sizeof rows / sizeof rows[0]);
}

TEST(dots_without_bound)
{
    static const struct row rows[] = {
        {"ab.*cd", 0, true},      {"ab.+cd", 0, true},     {"ab.{3,}cd", 0, true},
        {"ab.{3,9}cd", 0, false}, {"a(b.*c)d", 0, true},   {"ab(.)*cd", 0, false},
        {"ab(c.*)?d", 0, false},  {"(a.*b|cd)", 0, false}, {"ab[^x]*c", 0, false},
        {".*", 0, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool dots;
        (void)is_poor(IR_REGEXP, &rows[i], &dots);
        if (dots != rows[i].poor)
            TEST_FAIL("%s: %d is wrong", rows[i].text, dots);
    }
}

/* Four copies of each level of four: the work ends. */
TEST(nesting_is_no_trap)
{
    static char text[8 * 40 + 8];
    size_t n = 0;
    for (int i = 0; i < 40; i++)
        text[n++] = '(';
    text[n++] = 'a';
    for (int i = 0; i < 40; i++) {
        static const char tail[] = "){9}";
        for (size_t k = 0; k < 4; k++)
            text[n++] = tail[k];
    }
    struct row row = {text, 0, false};
    bool dots;
    assert_false(is_poor(IR_REGEXP, &row, &dots));
}

TEST(where_all_behind_the_atom_has_one_length)
{
    static const struct row rows[] = {
        {"x(ab|abcd)", 0, true}, {"\\w{0,3}?c", 0, true},  {".*abc", 0, true}, {"..b+?", 0, true},
        {"a.?", 0, false},       {"c{,2}?", 0, false},     {"\\w+", 0, false}, {"..b+", 0, false},
        {"abc.*d", 0, false},    {"(ab|cd.*)x", 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *a = arena_new(0);
        struct re_error error;
        struct re_list nodes;
        struct re *re = regex_parse(span_text(rows[i].text), false, a, &error);
        assert_true(re && re_postorder(re, a, &nodes));
        re_measure(&nodes);
        if (yara_slow_ends_alike(re, a) != rows[i].poor)
            TEST_FAIL("%s: %d is wrong", rows[i].text, !rows[i].poor);
        arena_free(a);
    }
}
