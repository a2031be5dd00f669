/* The YARA front end as a whole: rules in, IR as text out. */
#include "front.h"
#include "test.h"

/* The dump of rules in namespace "ns"; fails when anything is said. */
static void expect(const char *source, const char *dump)
{
    struct front f;
    front_open(&f);
    front_add(&f, "r.yar", "ns", test_guarded(span_text(source)));
    assert_true(f.ok);
    assert_string_equal(front_diags(&f), "");
    assert_string_equal(front_dump(&f), dump);
    front_close(&f);
}

/* What is said about a source, warnings and errors. */
static void expect_says(const char *source, const char *diags)
{
    struct front f;
    front_open(&f);
    front_add(&f, "r.yar", "ns", test_guarded(span_text(source)));
    assert_true(f.ok);
    assert_string_equal(front_diags(&f), diags);
    front_close(&f);
}

TEST(a_whole_rule)
{
    expect("private global rule a : t1 t2 {\n"
           " meta: x = 1 y = -2 z = \"t\\n\" w = true v = 1.5\n"
           " strings: $a = \"abc\" wide $b = { 41 ?? } private $c = /x+/is\n"
           " condition: all of them and #a > 2\n}\n",
           "private global rule ns:a : t1 t2\n"
           "  meta x = 1\n  meta y = -2\n  meta z = \"t\\x0a\"\n  meta w = true\n"
           "  meta v = 1.500000\n"
           "  string $a text \"abc\" wide\n  string $b hex \" 41 ?? \" ascii private\n"
           "  string $c regex \"x+\" ascii nocase dotall\n"
           "  condition (and [(of all [(found $a) (found $b) (found $c)]) (> (count $a) 2)])\n");
}

TEST(every_bad_rule_is_named)
{
    expect_says("rule a { condition: x }\nrule b { condition: true }\nrule c { condition: y }\n",
                "r.yar:1:21: error: unknown name \"x\"\nr.yar:3:21: error: unknown name \"y\"\n");
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
        "r.yar:1:21: error: unknown name \"x\"\n"
        "r.yar:3:21: note: left out, because it refers to rule \"a\", which was refused\n"
        "r.yar:4:32: note: left out, because it refers to rule \"c\", which was refused\n");
    assert_string_equal(front_dump(&f), "rule ns:b\n  condition true\n");
    front_close(&f);
}
