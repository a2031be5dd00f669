/* Case files: every kind of line, and every way to write one wrongly. */
#include "user/rule_cases.h"

#include "common/buf.h"

#include "test.h"

static struct rule_cases parse(const char *text)
{
    struct rule_cases c;
    struct why why = {0};
    assert_int_equal(rule_cases_init(&c, &why), ERR_NONE);
    struct span guarded = test_guarded(span_text(text));
    enum err err = rule_cases_parse(&c, "a.case", guarded, &why);
    if (err != ERR_NONE)
        print_message("%s\n", why.text);
    assert_int_equal(err, ERR_NONE);
    return c;
}

static void expect_bytes(const struct rule_cases *c, uint32_t number, const char *bytes, size_t len)
{
    assert_true(number < c->count);
    assert_int_equal(c->items[number].bytes.len, len);
    assert_memory_equal(c->items[number].bytes.at, bytes, len);
}

static void expect_refused(const char *text, const char *place, const char *reason)
{
    struct rule_cases c;
    struct why why = {0};
    assert_int_equal(rule_cases_init(&c, &why), ERR_NONE);
    assert_int_equal(rule_cases_parse(&c, "a.case", span_text(text), &why), ERR_USAGE);
    assert_non_null(strstr(why.text, place));
    assert_non_null(strstr(why.text, reason));
    rule_cases_done(&c);
}

TEST(every_kind_of_line)
{
    struct rule_cases c = parse("# remark\n"
                                "\n"
                                "rule A\n"
                                "hit first\n"
                                "|one\n"
                                "+two\n"
                                "+ three\n"
                                "x 00 fF7f\n"
                                "* 3 41 42\n"
                                "@ 24\n"
                                "miss second\n"
                                "+|#x");
    assert_int_equal(c.count, 2);
    expect_bytes(&c, 0,
                 "one\ntwo three\0\xff\x7f"
                 "ABABAB\0",
                 24);
    expect_bytes(&c, 1, "|#x", 3);
    assert_true(c.items[0].hit && !c.items[1].hit);
    assert_int_equal(c.items[0].line, 4);
    assert_int_equal(c.items[1].line, 11);
    assert_true(span_equal(c.items[1].rule, SPAN_OF("A")));
    assert_true(span_equal(c.items[1].title, SPAN_OF("second")));
    assert_true(span_equal(c.items[1].file, SPAN_OF("a.case")));
    rule_cases_done(&c);
}

TEST(near_misses_from_the_first_hit)
{
    struct rule_cases c = parse("rule A\n"
                                "hit first\n"
                                "+abcabc\n"
                                "hit another\n"
                                "+zzz\n"
                                "miss without b\n"
                                "- b\n"
                                "miss both\n"
                                "~ a => xyz\n"
                                "- c\n"
                                "miss at the end\n"
                                "~ bc => \n");
    assert_int_equal(c.count, 5);
    expect_bytes(&c, 2, "acac", 4);
    expect_bytes(&c, 3, "xyzbxyzb", 8);
    expect_bytes(&c, 4, "aa", 2);
    expect_bytes(&c, 0, "abcabc", 6);
    rule_cases_done(&c);
}

TEST(each_rule_has_its_own_first_hit)
{
    struct rule_cases c = parse("rule A\nhit a\n+aaa\n\nrule B\nhit b\n+bbb\nmiss c\n~ b => c\n");
    assert_int_equal(c.count, 3);
    expect_bytes(&c, 2, "ccc", 3);
    assert_true(span_equal(c.items[2].rule, SPAN_OF("B")));
    rule_cases_done(&c);
}

TEST(a_carriage_return_belongs_to_the_case)
{
    struct rule_cases c = parse("rule A\nhit a\n|x\r\n");
    expect_bytes(&c, 0, "x\r\n", 3);
    rule_cases_done(&c);
}

TEST(an_empty_case_is_one)
{
    struct rule_cases c = parse("rule A\nmiss nothing at all\n");
    expect_bytes(&c, 0, "", 0);
    rule_cases_done(&c);
}

TEST(what_is_wrong_is_named_with_its_line)
{
    expect_refused("hit a\n", "a.case:1", "no rule");
    expect_refused("rule \n", "a.case:1", "without a name");
    expect_refused("rule A\nloose\n", "a.case:2", "outside");
    expect_refused("rule A\nhit a\n?x\n", "a.case:3", "not a line");
    expect_refused("rule A\nhit a\nx 4\n", "a.case:3", "hexadecimal");
    expect_refused("rule A\nhit a\nx zz\n", "a.case:3", "hexadecimal");
    expect_refused("rule A\nhit a\nx\n", "a.case:3", "hexadecimal");
    expect_refused("rule A\nhit a\n* 41\n", "a.case:3", "hexadecimal");
    expect_refused("rule A\nhit a\n* many 41\n", "a.case:3", "count");
    expect_refused("rule A\nhit a\n* 99999999999 41\n", "a.case:3", "too many");
    expect_refused("rule A\nhit a\n* 18446744073709551615 41 41\n", "a.case:3", "too many");
    expect_refused("rule A\nhit a\n@ -1\n", "a.case:3", "offset");
    expect_refused("rule A\nhit a\n@ 99999999999\n", "a.case:3", "offset");
    expect_refused("rule A\nhit a\n+abc\n@ 2\n", "a.case:4", "longer already");
    expect_refused("rule A\nhit a\n- b\n", "a.case:3", "no earlier hit");
    expect_refused("rule A\nhit a\n+a\nmiss b\n- b\n", "a.case:5", "not there");
    expect_refused("rule A\nhit a\n+a\nmiss b\n~ a\n", "a.case:5", "no =>");
    expect_refused("rule A\nhit a\n+a\nmiss b\n~  => x\n", "a.case:5", "not there");
}

TEST(a_case_has_a_longest_length)
{
    struct buf text;
    buf_init(&text, 0);
    buf_text(&text, "rule A\nhit a\n");
    for (int i = 0; i < 3; i++)
        buf_text(&text, "* 8000000 41\n");
    buf_byte(&text, 0);
    expect_refused((const char *)text.at, "a.case", "too long");
    buf_done(&text);
}

/* Any bytes at all end in cases or in a refusal with a line. */
TEST(noise_ends_in_a_refusal_or_in_cases)
{
    static const char letters[] = "rule A\nhit miss |+x*@-~ => 0419af\n\n#";
    for (int round = 0; round < 3000; round++) {
        char text[120];
        size_t len = test_random() % (sizeof text - 1);
        size_t start = (size_t)snprintf(text, sizeof text, round % 2 ? "rule A\nhit a\n+a\n" : "");
        for (size_t i = start; i < len; i++)
            text[i] = letters[test_random() % (sizeof letters - 1)];
        struct rule_cases c;
        struct why why = {0};
        assert_int_equal(rule_cases_init(&c, &why), ERR_NONE);
        len = len > start ? len : start;
        enum err err = rule_cases_parse(&c, "a.case", test_guarded(span_make(text, len)), &why);
        assert_true(err == ERR_NONE || (err == ERR_USAGE && strstr(why.text, "a.case:")));
        rule_cases_done(&c);
    }
}
