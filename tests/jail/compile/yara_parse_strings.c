/* The strings section: kinds, modifiers, names. */
#include "front_expect.h"
#include "test.h"

#include <stdio.h>

#define OTHER "!@#$%^&*(){}[].,|ABCDEFGHIJ0LMNOPQRSTUVWXYZabcdefghijklmnopqrstu"

/* $a = IN against the dump of the string, behind its name. */
TEST(strings_as_understood)
{
    static const struct front_case cases[] = {
        {"\"abc\"", "text \"abc\" ascii"},
        {"\"a\\\"\\\\\\t\\x00\\xfF\"", "text \"a\"\\\\\\x09\\x00\\xff\" ascii"},
        {"\"abc\" wide", "text \"abc\" wide"},
        {"\"abc\" wide ascii nocase fullword private",
         "text \"abc\" ascii wide nocase fullword private"},
        {"\"abc\" xor", "text \"abc\" ascii xor(0-255)"},
        {"\"abc\" xor(7)", "text \"abc\" ascii xor(7-7)"},
        {"\"abc\" xor(0x01-0xff) wide", "text \"abc\" wide xor(1-255)"},
        {"\"abc\" base64", "text \"abc\" ascii base64"},
        {"\"abc\" base64wide(\"" OTHER "\")", "text \"abc\" ascii base64wide(\"" OTHER "\")"},
        {"{ 41 [2-4] 42 }", "hex \" 41 [2-4] 42 \" ascii"},
        {"{ 41 /* } */ 42 }", "hex \" 41 /* } */ 42 \" ascii"},
        {"/ab+c/", "regex \"ab+c\" ascii"},
        {"/ab+c/is wide nocase", "regex \"ab+c\" wide nocase dotall"},
        {"/a\\/b/", "regex \"a\\\\/b\" ascii"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char source[400], dump[400];
        (void)snprintf(source, sizeof source, "rule a { strings: $a = %s condition: $a }",
                       cases[i].in);
        (void)snprintf(dump, sizeof dump, "rule ns:a\n  string $a %s\n  condition (found $a)\n",
                       cases[i].out);
        front_expect_dump(source, dump);
    }
}

/* Columns count from the first byte behind "$a = ", which is column 24 of the source. */
TEST(strings_refused)
{
    static const struct front_case cases[] = {
        {"\"\"", "24: error: empty string \"$a\""},
        {"\"abc\" nocase xor", "37: error: invalid modifier combination: xor nocase"},
        {"\"abc\" base64 nocase", "37: error: invalid modifier combination: base64 nocase"},
        {"\"abc\" base64 fullword", "37: error: invalid modifier combination: base64 fullword"},
        {"\"abc\" xor base64wide", "34: error: invalid modifier combination: base64wide xor"},
        {"\"abc\" wide wide", "35: error: duplicated modifier wide"},
        {"{ 41 42 } wide", "34: error: modifier wide does not go with a hex string"},
        {"/abc/ xor", "30: error: modifier xor does not go with a regular expression"},
        {"\"abc\" xor(256)", "34: error: invalid xor range: past 255"},
        {"\"abc\" xor(1-256)", "36: error: invalid xor range: past 255"},
        {"\"abc\" xor(2-1)", "34: error: xor lower bound exceeds upper bound"},
        {"\"abc\" xor(1.5)", "34: error: expected a number, found \"1.5\""},
        {"\"abc\" base64(\"ab\")", "37: error: length of base64 alphabet must be 64, not 2"},
        {"\"abc\" base64 base64wide(\"" OTHER "\")",
         "19: error: can not specify multiple alphabets"},
        {"\"a\\z\"", "24: error: unknown escape in a text: expected \\\" \\\\ \\t \\n \\r or \\x "
                     "and two hex digits"},
        {"\"abc", "24: error: text without its closing quote"},
        {"/abc", "24: error: regular expression without its closing slash"},
        {"/a+b*?/",
         "28: error: greedy and ungreedy quantifiers can't be mixed in a regular expression"},
        {"abc", "24: error: expected a text, a hex string or a regular expression behind '=', "
                "found \"abc\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char source[400], says[400];
        (void)snprintf(source, sizeof source, "rule a { strings: $a = %s\ncondition: $a }",
                       cases[i].in);
        (void)snprintf(says, sizeof says, "r.yar:1:%s\n", cases[i].out);
        front_expect_says(source, says);
    }
}

TEST(hex_strings_have_places_too)
{
    struct front f;
    front_open(&f);
    front_add(&f, "r.yar", "ns",
              span_text("rule a { strings: $a = { 41\n 42 /* \n */ zz } condition: $a }"));
    assert_memory_equal(front_diags(&f), "r.yar:3:5: error: ", 18);
    front_close(&f);
}

TEST(names_of_strings)
{
    front_expect_says("rule a { strings: $a = \"a\"\n $a = \"b\" condition: $a }",
                      "r.yar:2:2: error: duplicated string identifier \"$a\"\n");
    front_expect_says("rule a { strings: $a = \"a\"\n $b = \"b\" condition: $a }",
                      "r.yar:2:2: error: unreferenced string \"$b\"\n");
    front_expect_says("rule a { strings: $ = \"a\" condition: true }",
                      "r.yar:1:19: error: unreferenced string \"$\"\n");
    front_expect_says("rule a { strings: $_b = \"a\" condition: true }", "");
    front_expect_says("rule a { strings: $ = \"a\" $ = \"b\" condition: all of them }", "");
    front_expect_says(
        "rule a { strings: condition: true }",
        "r.yar:1:19: error: expected a string such as $a = \"text\", found \"condition\"\n");
}

/* Past the few that are searched one by one, names are found through a map. */
TEST(many_strings)
{
    struct buf b;
    struct front f;
    buf_init(&b, 0);
    buf_text(&b, "rule a { strings:");
    for (int i = 0; i < 10000; i++)
        buf_print(&b, " $s%d = \"text%d\"", i, i);
    buf_text(&b, " condition: ($s0 or $s23 or $s24 or $s9999) and 2 of them }");
    front_open(&f);
    assert_int_equal(front_add(&f, "r.yar", "ns", buf_get(&b)), 0);
    assert_int_equal(f.fe.ir->rules[0].string_count, 10000);
    const struct ir_expr * or = f.fe.ir->rules[0].condition->list[0];
    assert_int_equal(or->list[0]->string, 0);
    assert_int_equal(or->list[1]->string, 23);
    assert_int_equal(or->list[3]->string, 9999);
    front_close(&f);
    b.len -= strlen(" condition: ($s0 or $s23 or $s24 or $s9999) and 2 of them }");
    buf_text(&b, " $s5 = \"a\" condition: 2 of them }");
    front_open(&f);
    assert_int_equal(front_add(&f, "r.yar", "ns", buf_get(&b)), 1);
    assert_non_null(strstr(front_diags(&f), "duplicated string identifier \"$s5\""));
    front_close(&f);
    b.len -= strlen(" $s5 = \"a\" condition: 2 of them }");
    buf_text(&b, " $more = \"a\" condition: 2 of them }");
    front_open(&f);
    assert_int_equal(front_add(&f, "r.yar", "ns", buf_get(&b)), 1);
    assert_non_null(strstr(front_diags(&f), "more than 10000 strings"));
    front_close(&f);
    buf_done(&b);
}

/* --yara-x */
TEST(stricter_for_yara_x)
{
    static const struct front_case cases[] = {
        {"rule a { strings: $a = \"ab\" base64 condition: $a }",
         "r.yar:1:19: error: a base64 text needs 3 bytes at least\n"},
        {"rule a { strings: $a = \"ab\" condition: @a[0] == 1 }",
         "r.yar:1:43: error: matches are counted from 1\n"},
        {"rule a { condition: true } rule b { condition: 1 of (a*) }",
         "r.yar:1:54: error: rule* in a set is not YARA-X\n"},
        {"rule a { strings: $a = /a+b*?/ condition: $a }", ""},
        {"rule a { strings: $a = \"abc\" base64 base64wide(\"" OTHER "\") condition: $a }", ""},
        {"rule a { condition: for any f in (1.5, 2.5) : ( f > 1 ) }", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct front f;
        front_open(&f);
        f.in.yara_x = true;
        front_add(&f, "r.yar", "ns", span_text(cases[i].in));
        assert_string_equal(front_diags(&f), cases[i].out);
        front_close(&f);
        front_open(&f);
        assert_int_equal(front_add(&f, "r.yar", "ns", span_text(cases[i].in)) == 0,
                         *cases[i].out != 0);
        front_close(&f);
    }
}

/* --strict-escape warns, and the rule is still taken. */
TEST(strict_escapes)
{
    static const struct front_case cases[] = {
        {"rule a { strings: $a = /a\\q/ condition: $a }",
         "r.yar:1:26: warning: unknown escape sequence\n"},
        {"rule a { condition: \"a\" matches /\\w\\y/ }",
         "r.yar:1:36: warning: unknown escape sequence\n"},
        {"rule a { strings: $a = /\\\\q\\.\\x41\\w\\/b/ condition: $a }", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct front f;
        front_open(&f);
        f.in.strict_escape = true;
        assert_int_equal(front_add(&f, "r.yar", "ns", span_text(cases[i].in)), 0);
        assert_string_equal(front_diags(&f), cases[i].out);
        assert_int_equal(f.fe.ir->rule_count, 1);
        front_close(&f);
    }
}
