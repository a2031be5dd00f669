/* The YARA front end as a whole: rules in, IR as text out. */
#include "front_expect.h"
#include "test.h"

TEST(a_whole_rule)
{
    front_expect_dump("private global rule a : t1 t2 {\n"
                      " meta: x = 1 y = -2 z = \"t\\n\" w = true v = 1.5\n"
                      " strings: $a = \"abc\" wide $b = { 41 ?? } private $c = /x+/is\n"
                      " condition: all of them and #a > 2\n}\n",
                      "private global rule ns:a : t1 t2\n"
                      "  meta x = 1\n  meta y = -2\n  meta z = \"t\\x0a\"\n  meta w = true\n"
                      "  meta v = 1.500000\n"
                      "  string $a text \"abc\" wide\n  string $b hex \" 41 ?? \" ascii private\n"
                      "  string $c regex \"x+\" ascii nocase dotall\n"
                      "  condition (and [(of all [(found $a) (found $b) (found $c)]) "
                      "(> (count $a) 2)])\n");
}

TEST(long_text_in_meta_only)
{
    front_expect_dump(
        "rule a { meta: x = \"\"\"one\n\"two\" \"\"\" y = 2 condition: true }",
        "rule ns:a\n  meta x = \"one\\x0a\"two\" \"\n  meta y = 2\n  condition true\n");
    front_expect_says("rule a { strings: $a = \"\"\"one\"\"\" condition: $a }",
                      "r.yar:1:24: error: empty string \"$a\"\n");
}

TEST(every_bad_rule_is_named)
{
    front_expect_says(
        "rule a { condition: x }\nrule b { condition: true }\nrule c { condition: y }\n"
        "rule d { strings: $a = \"open\n condition: $a }\n"
        "private rule e { condition: z }\nnonsense\nglobal private rule f { condition: v }",
        "r.yar:1:21: error: undefined identifier \"x\"\n"
        "r.yar:3:21: error: undefined identifier \"y\"\n"
        "r.yar:4:24: error: text without its closing quote\n"
        "r.yar:6:29: error: undefined identifier \"z\"\n"
        "r.yar:8:36: error: undefined identifier \"v\"\n");
}

TEST(good_rules_beside_bad_ones)
{
    struct front f;
    front_open(&f);
    front_add(&f, "r.yar", "ns",
              span_text("rule a { condition: x }\nrule b { condition: true }\n"
                        "rule c { condition: a or b }\nrule d { condition: any of (b, c) }\n"));
    assert_string_equal(
        front_diags(&f),
        "r.yar:1:21: error: undefined identifier \"x\"\n"
        "r.yar:3:21: note: left out, because it refers to rule \"a\", which was refused\n"
        "r.yar:4:32: note: left out, because it refers to rule \"c\", which was refused\n");
    assert_string_equal(front_dump(&f), "rule ns:b\n  condition true\n");
    front_close(&f);
}

TEST(spaces_keep_their_rules_apart)
{
    struct front f;
    front_open(&f);
    front_add(&f, "1.yar", "one", span_text("import \"math\" rule a { condition: true }"));
    front_add(&f, "2.yar", "two", span_text("rule a { condition: true } rule b { condition: a }"));
    front_add(&f, "3.yar", "one", span_text("rule b { condition: a and math.abs(1) == 1 }"));
    assert_string_equal(front_diags(&f), "");
    front_add(&f, "4.yar", "one", span_text("rule a { condition: true }"));
    front_add(&f, "5.yar", "two", span_text("rule c { condition: math.abs(1) == 1 }"));
    assert_string_equal(front_diags(&f),
                        "4.yar:1:6: error: duplicated identifier \"a\" (another file, line 1)\n"
                        "5.yar:1:21: error: undefined identifier \"math\"\n");
    front_close(&f);
}

TEST(headers)
{
    front_expect_says("rule a : t t { condition: true }",
                      "r.yar:1:12: error: duplicated tag identifier \"t\"\n");
    front_expect_says("rule a : { condition: true }",
                      "r.yar:1:10: error: expected a tag behind ':', found \"{\"\n");
    front_expect_says("rule a { condition: true }\nrule a { condition: true }",
                      "r.yar:2:6: error: duplicated identifier \"a\" (this file, line 1)\n");
    front_expect_says("rule ext_i { condition: true }",
                      "r.yar:1:6: error: duplicated identifier \"ext_i\": an external variable\n");
    front_expect_says(
        "rule a { }",
        "r.yar:1:10: error: expected 'meta', 'strings' or 'condition', found \"}\"\n");
    front_expect_says("rule none { condition: true }",
                      "r.yar:1:6: error: expected a name, found \"none\"\n");
    front_expect_says(
        "rule a { condition: true",
        "r.yar:1:25: error: expected an operator or '}' behind the condition, found the "
        "end of the file\n");
}

TEST(metas)
{
    front_expect_says("rule a { meta: condition: true }",
                      "r.yar:1:16: error: expected a name and '=' in the meta section, found "
                      "\"condition\"\n");
    front_expect_says("rule a { meta: x = y condition: true }",
                      "r.yar:1:20: error: expected a text, a number, true or false as the value, "
                      "found \"y\"\n");
    front_expect_says("rule a { meta: x = -true condition: true }",
                      "r.yar:1:21: error: expected a number behind '-', found \"true\"\n");
}

TEST(comments)
{
    front_expect_dump("/* a /* b */ // c\nrule /* d */ a { condition: /* } */ true // }\n} /* open",
                      "rule ns:a\n  condition true\n");
}

TEST(nothing_at_all)
{
    front_expect_dump("", "");
    front_expect_dump(" \t\r\n // only a comment", "");
}

/* Memory that ends early is reported as such, never as a wrong rule. */
TEST(memory_ends)
{
    static const char source[] =
        "import \"math\" rule a : t { meta: x = \"\\n\" strings: $a = \"a\\n\" $b = /a+/"
        " condition: for any i in (1..2) : ( #a > i and math.abs(i) == 1 ) and $b }";
    uint64_t quota = 3000;
    bool done = false;
    for (int step = 0; step < 4000 && !done; step++, quota += 40) {
        struct arena *a = arena_new(quota);
        struct compile_input in = {0};
        struct frontend fe = {.ir = ir_new(a), .in = &in};
        struct source_file file = {SPAN_OF("r.yar"), SPAN_OF("ns"), SPAN_OF(source), SOURCE_YARA};
        if (fe.ir) {
            done = yara_parse(&fe, &file);
            assert_int_equal(fe.errors, 0);
            assert_int_equal(fe.ir->rule_count, done ? 1 : fe.ir->rule_count);
        }
        arena_free(a);
    }
    assert_true(done);
}
