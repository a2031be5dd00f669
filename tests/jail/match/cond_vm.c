/* Conditions against what yara says of them, one small rule each; then what the table cannot say.
 */
#include "scan_rules.h"
#include "test.h"

#define TEXT "hello abcabc world abc"

static const struct cond_case {
    bool is_true;
    const char *condition;
} cases[] = {
#define CASE(is_true, condition) {is_true, condition},
#include "cond_cases.def"
#undef CASE
};

static bool names(const char *condition, char string)
{
    char set[4] = {'$', string, 0, 0};
    if (strstr(condition, "them") || strstr(condition, set))
        return true;
    for (const char *sign = "#@!"; *sign; sign++) {
        set[0] = *sign;
        if (strstr(condition, set))
            return true;
    }
    return false;
}

static void make_rule(char *out, size_t size, const char *condition)
{
    bool a = names(condition, 'a'), b = names(condition, 'b');
    (void)snprintf(out, size, "rule r { %s%s%s condition: %s }", a || b ? "strings:" : "",
                   a ? " $a = \"abc\"" : "", b ? " $b = \"zzz\"" : "", condition);
}

static unsigned run_cases(unsigned flags)
{
    struct buf out;
    unsigned wrong = 0;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rule[600];
        make_rule(rule, sizeof rule, cases[i].condition);
        const char *got = rules_try(&out, rule, test_guarded(SPAN_OF(TEXT)), flags);
        if (strcmp(got, cases[i].is_true ? "r " : "") != 0) {
            wrong++;
            print_message("# %s: got \"%s\"\n", cases[i].condition, got);
        }
    }
    buf_done(&out);
    return wrong;
}

TEST(conditions_are_what_yara_says)
{
    print_message("# %zu conditions\n", sizeof cases / sizeof cases[0]);
    assert_int_equal(run_cases(0), 0);
}

TEST(conditions_are_the_same_without_gates_and_anchors)
{
    assert_int_equal(run_cases(SCAN_EXHAUSTIVE), 0);
}

static void expect(const char *rules, const char *bytes, const char *want)
{
    struct buf out;
    buf_init(&out, 0);
    assert_string_equal(rules_try(&out, rules, test_guarded(span_text(bytes)), 0), want);
    assert_string_equal(rules_try(&out, rules, test_guarded(span_text(bytes)), SCAN_EXHAUSTIVE),
                        want);
    buf_done(&out);
}

TEST(rules_refer_to_earlier_rules)
{
    expect("rule a { strings: $s = \"one\" condition: $s } rule b { condition: a }"
           "rule c { condition: not a } rule d { condition: b and not c }",
           "one", "a b d ");
    expect("rule a { strings: $s = \"one\" condition: $s } rule b { condition: a }"
           "rule c { condition: not a } rule d { condition: b and not c }",
           "two", "c ");
    expect("rule a1 { strings: $s = \"one\" condition: $s } rule a2 { strings: $s = \"two\" "
           "condition: $s }"
           "rule one_of { condition: any of (a*) } rule every { condition: all of (a*) }"
           "rule nothing { condition: none of (a*) } rule both { condition: 2 of (a1, a2) }",
           "two", "a2 one_of ");
}

TEST(private_rules_are_not_reported)
{
    expect("private rule a { strings: $s = \"one\" condition: $s } rule b { condition: a }", "one",
           "b ");
}

TEST(a_global_rule_that_fails_silences_its_namespace)
{
    const char *rules = "global rule g { condition: filesize > 3 }"
                        "rule a { strings: $s = \"one\" condition: $s }";
    expect(rules, "one", "");
    expect(rules, "one two", "g a ");
    expect("private global rule g { strings: $s = \"two\" condition: $s }"
           "rule a { strings: $s = \"one\" condition: $s }",
           "one two", "a ");
}

TEST(loops_over_variables_with_and_tuples)
{
    expect("rule a { condition: for any i in (1, filesize, 7) : (i == 3) }", "one", "a ");
    expect("rule a { condition: any of (filesize == 3, filesize == 4) }", "one", "a ");
    expect("rule a { condition: all of (filesize == 3, filesize == 4) }", "one", "");
    expect("rule a { condition: with n = filesize + 1 : (n == 4) }", "one", "a ");
}

TEST(a_loop_without_end_is_cut_with_a_gap)
{
    expect("rule a { condition: for all i in (0..9000000000000000000) : (i >= 0) }"
           "rule b { condition: filesize == 3 }",
           "one", "!timed-out b ");
}

TEST(matches_are_given_in_order)
{
    struct buf out;
    buf_init(&out, 0);
    const char *rules =
        "rule a { strings: $x = \"abc\" $p = \"wor\" private condition: any of them }";
    assert_string_equal(rules_try(&out, rules, SPAN_OF(TEXT), SCAN_MATCHES),
                        "a $x@6+3 $x@9+3 $x@19+3 ");
    assert_string_equal(rules_try(&out, rules, SPAN_OF(TEXT), SCAN_MATCHES | SCAN_FAST),
                        "a $x@6+3 ");
    buf_done(&out);
}

TEST(a_windowed_object_is_the_same)
{
    struct compiled c;
    struct buf out;
    buf_init(&out, 0);
    rules_compile(
        &c,
        "import \"hash\" rule a { strings: $x = \"abc\" condition: #x == 3 and uint8(21) == 0x63 }"
        "rule b { condition: hash.md5(0, filesize) == \"3e12f7ffdb6eee9fdf38c6b6f2ff1d4c\" }"
        "rule c { condition: filesize == 22 }");
    assert_int_equal(c.err, ERR_NONE);
    rules_scan_windowed(buf_get(&c.image), SPAN_OF(TEXT), LIMIT_VIEW_BYTES, 0, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.at, "a c ");
    buf_done(&out);
    rules_done(&c);
}
