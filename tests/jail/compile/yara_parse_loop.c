/* of, for, with, sets. */
#include "front_expect.h"
#include "test.h"

TEST(of_sets)
{
    static const struct front_case cases[] = {
        {"any of them", "(of any [(found $a) (found $b) (found $b2) (found $<3>)])"},
        {"all of ($b*)", "(of all [(found $b) (found $b2)])"},
        {"none of ($a, $b*)", "(of none [(found $a) (found $b) (found $b2)])"},
        {"2 of ($a,$b)", "(of some 2 [(found $a) (found $b)])"},
        {"#a + 1 of ($*)",
         "(of some (+ (count $a) 1) [(found $a) (found $b) (found $b2) (found $<3>)])"},
        {"50% of ($a,$b)", "(of percent 50 [(found $a) (found $b)])"},
        {"ext_i % of ($a)", "(of percent (external ext_i) [(found $a)])"},
        {"any of ($)", "(of any [(found $<3>)])"},
        {"any of (r1, r2)", "(of any [(rule r1) (rule r2)])"},
        {"2 of (r*)", "(of some 2 [(rule r1) (rule r2)])"},
        {"any of ($a,$b) in (0..filesize)", "(of any in 0 filesize [(found $a) (found $b)])"},
        {"any of ($a) at filesize - 1", "(of any at (- filesize 1) [(found $a)])"},
        {"1 of (filesize > 1, $a at 0, r1)",
         "(of some 1 [(> filesize 1) (found-at $a 0) (rule r1)])"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(places_of_strings)
{
    static const struct front_case cases[] = {
        {"$a at 1 + filesize", "(found-at $a (+ 1 filesize))"},
        {"$a in (1..filesize)", "(found-in $a 1 filesize)"},
        {"#a in (1..2) == 1", "(== (count-in $a 1 2) 1)"},
        {"@a < @a[2]", "(< (offset $a 1) (offset $a 2))"},
        {"!a == !a[#a]", "(== (length $a 1) (length $a (count $a)))"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(for_of)
{
    static const struct front_case cases[] = {
        {"for any of ($a,$b) : ( $ at 0 and # > 1 and @ < ![2] )",
         "(for-of any (and [(found-at $ 0) (> (count $) 1) (< (offset $ 1) (length $ 2))]) "
         "[(found $a) (found $b)])"},
        {"for 2 of ($b*) : ( $a )", "(for-of some 2 (found $a) [(found $b) (found $b2)])"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(for_in)
{
    static const struct front_case cases[] = {
        {"for any i in (1..#a) : ( @a[i] == i )",
         "(for-in any range 0+1 (== (offset $a (var 0)) (var 0)) [1 (count $a)])"},
        {"for all i in (1, filesize) : ( i )",
         "(for-in all values 0+1 (true-of (var 0)) [1 filesize])"},
        {"for none s in (\"a\", \"b\") : ( s == ext_s )",
         "(for-in none values 0+1 (== (var 0) (external ext_s)) [\"a\" \"b\"])"},
        {"for 2 i in (1..2) : ( for any j in (i..3) : ( i == j ) )",
         "(for-in some range 0+1 2 (for-in any range 1+1 (== (var 0) (var 1)) [(var 0) 3]) [1 2])"},
        {"with x = filesize, y = x + 1 : ( x > y )",
         "(with 0+2 (> (var 0) (var 1)) [filesize (+ (var 0) 1)])"},
    };
    front_expect_conditions(FRONT_CASES(cases));
}

TEST(loops_that_cannot_be)
{
    static const struct front_case cases[] = {
        {"101% of them", "1: error: percentage must be between 1 and 100 (inclusive)"},
        {"-1 of them", "1: error: -1 is less than none"},
        {"1.5 of them",
         "1: error: the number of what must be true must be an integer, not a fraction"},
        {"any of ($c)", "9: error: undefined string \"$c\""},
        {"any of ($c*)", "9: error: undefined string \"$c*\""},
        {"any of (x*)", "9: error: undefined identifier \"x\": no rule so far begins so"},
        {"any of (1)",
         "9: error: expected a string's name, a rule's name or a condition, found an integer"},
        {"any of (r1) at 0",
         "13: error: expected an operator or '}' behind the condition, found \"at\""},
        {"any them", "5: error: expected 'of', found \"them\""},
        {"$a in (2..1)", "8: error: range lower bound must be less than upper bound"},
        {"$a in (-1..1)", "8: error: range begins below 0"},
        {"$", "1: error: wrong use of anonymous string"},
        {"for any of them : ( for any of them : ( $ ) )",
         "29: error: 'for <quantifier> of <string set>' loops can't be nested"},
        {"for any of (r1) : ( true )", "13: error: expected a string's name, found \"r1\""},
        {"for any i in (1, \"a\") : ( true )", "18: error: a text among values of another type"},
        {"for any i in (true) : ( true )", "15: error: a condition among values to loop over"},
        {"for any i, j in (1..2) : ( true )",
         "12: error: this loop has one value at a time, not two"},
        {"for any i, j, k in (1..2) : ( true )", "15: error: a loop has two names at most"},
        {"for any i in math : ( true )", "14: error: not iterable: no array or dictionary"},
        {"for any i in (1..2) : ( for any i in (1..2) : ( true ) )",
         "33: error: duplicated loop identifier \"i\""},
        {"for any i in (1..2) : true", "23: error: expected '(', found \"true\""},
        {"with x = /a/ : ( true )",
         "10: error: a name stands for a value, not for a regular expression"},
    };
    front_expect_refused(FRONT_CASES(cases));
}

TEST(warnings)
{
    static const struct front_case cases[] = {
        {"0 of them", "1: warning: consider using \"none\" keyword, it is less ambiguous."},
        {"9 of them", "1: warning: expression always false - requesting 9 of 4."},
        {"all of ($b*) at 0", "1: warning: multiple strings at an offset is usually false."},
        {"\"a\"", "1: warning: using literal string \"a\" in a boolean operation."},
        {"entrypoint == 1", "1: warning: using deprecated \"entrypoint\" keyword. Use the "
                            "\"entry_point\" function from PE "
                            "module instead."},
        {"t", "1: warning: rule \"t\" refers to itself: always false here"},
    };
    front_expect_refused(FRONT_CASES(cases));
}

TEST(four_loops_and_no_more)
{
    front_expect_says(
        "rule a { condition: for any a in (1..2) : ( for any b in (1..2) : ( for any c in "
        "(1..2) : ( for any d in (1..2) : ( a + b + c + d == 4 ) ) ) ) }",
        "");
    front_expect_says(
        "rule a { condition: for any a in (1..2) : ( for any b in (1..2) : ( for any c in "
        "(1..2) : ( for any d in (1..2) : (\nfor any e in (1..2) : ( true ) ) ) ) ) }",
        "r.yar:2:1: error: loop nesting limit exceeded: four\n");
}

TEST(wildcards_close_behind_them)
{
    front_expect_says(
        "rule a1 { condition: true } rule b { condition: any of (a*) }\n"
        "rule a2 { condition: true }",
        "r.yar:2:6: error: rule identifier \"a2\" matches previously used wildcard rule set\n");
}
