/* Modules: fields, calls, overloads. */
#include "front_expect.h"
#include "test.h"

TEST(calls_pick_their_overload)
{
    static const struct front_case cases[] = {
        {"math.abs(-filesize) == 1", "(== (call abs(i>i) (module math) [(neg filesize)]) 1)"},
        {"math.entropy(0, filesize) > 7",
         "(> (call entropy(ii>f) (module math) [0 filesize]) (float-of 7))"},
        {"math.entropy(\"abc\") > 7.5", "(> (call entropy(s>f) (module math) [\"abc\"]) 7.500000)"},
        {"math.to_number(filesize > 1) == 1",
         "(== (call to_number(b>i) (module math) [(> filesize 1)]) 1)"},
        {"math.in_range(1.0, 0.5, 1.5)",
         "(true-of (call in_range(fff>i) (module math) [1.000000 0.500000 1.500000]))"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(names_that_are_not_there)
{
    static const struct front_case cases[] = {
        {"math.nothing", "6: error: invalid field name \"nothing\""},
        {"math.abs(1).x", "13: error: \"abs\" is not a structure: .x behind it"},
        {"math.abs(1)[0]", "12: error: \"abs\" is not an array or dictionary: [ behind it"},
        {"math()", "5: error: '(' behind something that is not a function"},
        {"math", "1: error: expected a condition, found a structure, array or dictionary"},
        {"hash.md5(0, 1)", "1: error: undefined identifier \"hash\""},
        {"ext_i.x", "7: error: \"\" is not a structure: .x behind it"},
    };
    front_expect_refused(FRONT_CASES(cases));
}

TEST(arguments_have_exact_types)
{
    static const struct front_case cases[] = {
        {"math.in_range(1, 2, 3)", "6: error: wrong arguments for function \"in_range\": it takes "
                                   "(fff) (i integer, f fraction, s text, r "
                                   "regular expression, b condition)"},
        {"math.abs(1,)", "12: error: expected a condition or a value, found \")\""},
    };
    front_expect_refused(FRONT_CASES(cases));
}

TEST(imports)
{
    front_expect_says("import \"nothing\"\nrule a { condition: nothing.x }",
                      "r.yar:1:8: error: unknown module \"nothing\"\n"
                      "r.yar:2:21: error: undefined identifier \"nothing\"\n");
    front_expect_says("import math\nrule a { condition: true }",
                      "r.yar:1:8: error: expected a module's name in quotes behind import, found "
                      "\"math\"\n");
    front_expect_says("rule a { condition: math.abs(1) == 1 } import \"math\"",
                      "r.yar:1:21: error: undefined identifier \"math\"\n");
    front_expect_dump("import \"math\" rule math { condition: math.abs(1) == 1 }",
                      "rule ns:math\n  condition (== (call abs(i>i) (module math) [1]) 1)\n");
}
