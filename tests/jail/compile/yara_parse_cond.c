/* Operators, precedence, constants, types. */
#include "front_expect.h"
#include "test.h"

TEST(precedence)
{
    static const struct front_case cases[] = {
        {"(true)", "true"},
        {"true and false", "(and [true false])"},
        {"(true or false and not true)", "(or [true (and [false (not true)])])"},
        {"not filesize == 1", "(not (== filesize 1))"},
        {"not $a and $b", "(and [(not (found $a)) (found $b)])"},
        {"defined filesize == 1", "(defined (== filesize 1))"},
        {"filesize + 1 * 2 > 3 - filesize", "(> (+ filesize 2) (- 3 filesize))"},
        {"filesize | 1 ^ filesize & 2 << filesize == 5",
         "(== (| filesize (^ 1 (& filesize (<< 2 filesize)))) 5)"},
        {"filesize - 1 - 2 == 3", "(== (- (- filesize 1) 2) 3)"},
        {"-filesize * ~filesize == 1", "(== (* (neg filesize) (~ filesize)) 1)"},
        {"filesize \\ 2 % 3 == 1", "(== (% (\\ filesize 2) 3) 1)"},
        {"#a*2 > 4", "(> (* (count $a) 2) 4)"},
        {"#a!=1", "(!= (count $a) 1)"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(constants_are_computed)
{
    static const struct front_case cases[] = {
        {"filesize == 1 + 2 * 3 - 4 \\ 2 % 3", "(== filesize 5)"},
        {"filesize == -(5) + ~1", "(== filesize -7)"},
        {"filesize == 1 << 63", "(== filesize -9223372036854775808)"},
        {"filesize == 1 << 64", "(== filesize 0)"},
        {"filesize == -8 >> 1", "(== filesize -4)"},
        {"filesize == 0xff & 0x0f | 0x10 ^ 1", "(== filesize 31)"},
        {"filesize == 1KB + 2MB", "(== filesize 2098176)"},
        {"filesize == 0o17 + 1_000", "(== filesize 1015)"},
        {"filesize > 1.5 + 1", "(> (float-of filesize) (+ 1.500000 (float-of 1)))"},
        {"filesize > -1.5", "(> (float-of filesize) -1.500000)"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(values_as_conditions)
{
    static const struct front_case cases[] = {
        {"filesize", "(true-of filesize)"},
        {"1.5", "(true-of 1.500000)"},
        {"ext_s", "(true-of (external ext_s))"},
        {"ext_b and ext_i == 1", "(and [(true-of (external ext_b)) (== (external ext_i) 1)])"},
        {"not ext_b", "(not (true-of (external ext_b)))"},
        {"r1 and not r2", "(and [(rule r1) (not (rule r2))])"},
        {"defined ext_f", "(defined (external ext_f))"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(texts)
{
    static const struct front_case cases[] = {
        {"ext_s contains \"a\"", "(contains (external ext_s) \"a\")"},
        {"ext_s icontains \"a\"", "(icontains (external ext_s) \"a\")"},
        {"ext_s startswith \"a\"", "(startswith (external ext_s) \"a\")"},
        {"ext_s istartswith \"a\"", "(istartswith (external ext_s) \"a\")"},
        {"ext_s endswith \"a\"", "(endswith (external ext_s) \"a\")"},
        {"ext_s iendswith \"a\"", "(iendswith (external ext_s) \"a\")"},
        {"ext_s iequals \"a\"", "(iequals (external ext_s) \"a\")"},
        {"ext_s < \"a\\x41\\n\"", "(< (external ext_s) \"aA\\x0a\")"},
        {"ext_s matches /a\\/b/is", "(matches (external ext_s) (regex /a\\\\/b/is))"},
        {"ext_s.len() == 3", "(== (len (external ext_s)) 3)"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(reads)
{
    static const struct front_case cases[] = {
        {"uint8(0) == 1", "(== (read uint8 0) 1)"},
        {"int16be(1) == 1", "(== (read int16be 1) 1)"},
        {"uint32(uint32(0x3c)) == 1", "(== (read uint32 (read uint32 60)) 1)"},
        {"int32(0) == 1", "(== (read int32 0) 1)"},
        {"float32(0) > 1", "(> (read float32 0) (float-of 1))"},
        {"float64be(0) > 1.0", "(> (read float64be 0) 1.000000)"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(wrong_types_have_their_place)
{
    static const struct front_case cases[] = {
        {"1 == \"a\"", "3: error: type mismatch: operator == between an integer and a text"},
        {"\"a\" + 1", "1: error: type mismatch: operator + takes numbers, not a text"},
        {"1 + ($a)", "6: error: type mismatch: operator + takes numbers, not a condition"},
        {"1.5 % 2", "1: error: wrong type \"float\" for % operator: operator % takes integers, not "
                    "a fraction"},
        {"~\"a\"",
         "2: error: wrong type \"string\" for ~ operator: operator ~ takes integers, not a text"},
        {"1 contains \"a\"", "1: error: wrong type \"integer\" for contains operator: operator "
                             "contains takes texts, not an integer"},
        {"\"a\" matches \"a\"",
         "13: error: expected a regular expression behind matches, found \"\"a\"\""},
        {"1 == 1 == 1",
         "3: error: type mismatch: operator == takes numbers or texts, not a condition"},
        {"uint8(\"a\")", "7: error: the offset to read at must be an integer, not a text"},
        {"defined math",
         "9: error: defined asks about a value, not a structure, array or dictionary"},
    };
    front_expect_refused(FRONT_CASES(cases));
}

TEST(constants_that_cannot_be)
{
    static const struct front_case cases[] = {
        {"1 \\ 0", "3: error: division by zero in \"1 \\ 0\""},
        {"filesize % 0", "10: error: division by zero"},
        {"1 << -1", "3: error: shift by a negative number in \"1 << -1\""},
        {"9223372036854775807 + 1", "21: error: integer overflow in \"9223372036854775807 + 1\""},
        {"9223372036854775808", "1: error: number past 9223372036854775807"},
        {"0xffffffffffffffff", "1: error: number past 9223372036854775807"},
        {"9007199254740992KB", "1: error: number past 9223372036854775807"},
    };
    front_expect_refused(FRONT_CASES(cases));
}

TEST(what_was_expected)
{
    static const struct front_case cases[] = {
        {"1 2", "3: error: expected an operator or '}' behind the condition, found \"2\""},
        {"nothing", "1: error: undefined identifier \"nothing\""},
        {"$c", "1: error: undefined string \"$c\""},
        {"\xc3\xa9", "1: error: byte that is not ASCII outside a text or comment"},
        {"ext_s == \"a", "10: error: text without its closing quote"},
        {"ext_s == \"\\q\"", "10: error: unknown escape in a text: expected \\\" \\\\ \\t \\n \\r "
                             "or \\x and two hex digits"},
    };
    front_expect_refused(FRONT_CASES(cases));
    front_expect_says("rule a { condition: }",
                      "r.yar:1:21: error: expected a condition or a value, found \"}\"\n");
    front_expect_says("rule a { condition: true and }",
                      "r.yar:1:30: error: expected a condition or a value, found \"}\"\n");
    front_expect_says("rule a { condition: (true }",
                      "r.yar:1:27: error: expected ')', found \"}\"\n");
}

static void nested(const char *open, size_t times, const char *core, const char *close,
                   const char *want)
{
    struct buf b;
    struct front f;
    buf_init(&b, 0);
    buf_text(&b, "rule a { condition: ");
    for (size_t i = 0; i < times; i++)
        buf_text(&b, open);
    buf_text(&b, core);
    for (size_t i = 0; i < times; i++)
        buf_text(&b, close);
    buf_text(&b, " }");
    front_open(&f);
    front_add(&f, "r.yar", "ns", test_guarded(buf_get(&b)));
    assert_true(f.ok);
    if (*want)
        assert_non_null(strstr(front_diags(&f), want));
    else
        assert_string_equal(front_diags(&f), "");
    (void)front_dump(&f);
    front_close(&f);
    buf_done(&b);
}

TEST(depth_is_bounded)
{
    nested("(", 100, "true", ")", "");
    nested("(", 1000000, "true", ")", "nested more than 250 levels");
    nested("not ", 240, "true", "", "");
    nested("not ", 1000000, "true", "", "nested more than 250 levels");
    nested("-", 1000000, "1", "", "nested more than 250 levels");
    nested("uint8(", 1000000, "1", ")", "nested more than 250 levels");
    nested("math.abs(", 1000000, "1", ")", "undefined identifier");
    nested("", 900, "filesize", "+filesize", "");
    nested("", 1000000, "filesize", "+filesize", "condition too deep");
    nested("", 100000, "true", " or true", "");
    nested("true and (", 1000000, "true", ")", "nested more than 250 levels");
    nested("for any i in (1,", 100000, "true", ")", "expected");
}
