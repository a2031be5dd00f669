/* Parts of conditions that need no string, beside strings: such a rule is no longer evaluated for
 * every object, and is found all the same. */
#include "scan_rules.h"
#include "test.h"

static const char rules[] =
    "import \"pe\" import \"math\"\n"
    "rule hash_or_text { strings: $a = \"marker-one\" condition: pe.imphash() == "
    "\"d41d8cd98f00b204e9800998ecf8427e\" or $a }\n"
    "rule size_or_both { strings: $a = \"marker-two\" $b = \"marker-three\" condition: "
    "filesize == 100 or all of them }\n"
    "rule one_of { strings: $a = \"marker-four\" condition: any of (filesize == 101, $a) }\n"
    "rule loop { strings: $a = \"marker-five\" condition: for any i in (1..2) : "
    "(filesize == 100 + i or $a) }\n"
    "rule nested { strings: $a = \"marker-six\" condition: uint8(0) == 0x58 and (math.mean(0, "
    "filesize) > 120.0 or ($a and filesize > 5)) }\n"
    "rule asks { strings: $a = \"marker-seven\" condition: size_or_both or $a }\n"
    "rule negated { strings: $a = \"marker-eight\" condition: not filesize > 3 or $a }\n";

static bool is_always_of(const char *source, const char *name)
{
    struct compiled c;
    struct engine *e;
    bool always = false;
    rules_compile(&c, source);
    assert_int_equal(c.err, ERR_NONE);
    assert_int_equal(
        engine_open(&e, buf_get(&c.image), (struct engine_options){.costs = false}, &c.why),
        ERR_NONE);
    for (uint32_t i = 0; i < engine_rule_count(e); i++)
        if (span_equal(engine_rule(e, i).name, span_text(name)))
            always = engine_listing(e, i).always != 0;
    engine_close(e);
    rules_done(&c);
    return always;
}

static bool is_always(const char *name)
{
    return is_always_of(rules, name);
}

TEST(only_parts_bound_to_a_loop_or_rule_are_asked_always)
{
    assert_false(is_always("hash_or_text"));
    assert_false(is_always("size_or_both"));
    assert_false(is_always("one_of"));
    assert_false(is_always("nested"));
    assert_false(is_always("negated"));
    assert_true(is_always("loop"));
    assert_true(is_always("asks"));
}

static void expect(struct span bytes, const char *want)
{
    struct buf out;
    buf_init(&out, 0);
    assert_string_equal(rules_try(&out, rules, test_guarded(bytes), 0), want);
    assert_string_equal(rules_try(&out, rules, test_guarded(bytes), SCAN_EXHAUSTIVE), want);
    buf_done(&out);
}

TEST(either_side_wakes_the_rule)
{
    uint8_t bytes[102];
    memset(bytes, 'x', sizeof bytes);
    expect(span_make(bytes, 100), "size_or_both asks ");
    expect(span_make(bytes, 101), "one_of loop ");
    expect(span_make(bytes, 102), "loop ");
    expect(span_make(bytes, 99), "");
    expect(span_make(bytes, 3), "negated ");
    memset(bytes, 0xf0, sizeof bytes);
    bytes[0] = 0x58;
    expect(span_make(bytes, 99), "nested ");
    expect(SPAN_OF("X marker-six"), "nested ");
    expect(SPAN_OF("Y marker-six"), "");
    expect(SPAN_OF("a marker-one"), "hash_or_text ");
    expect(SPAN_OF("a marker-two"), "");
    expect(SPAN_OF("a marker-two marker-three marker-four marker-five marker-seven marker-eight"),
           "size_or_both one_of loop asks negated ");
}

/* Rules with strings of which nothing is known but what they ask besides. */
static const char besides[] =
    "import \"math\"\n"
    "rule but_not { strings: $a = \"marker-one\" condition: math.mean(0, filesize) > 120.0 and not "
    "$a }\n"
    "rule loop_and { strings: $a = \"marker-two\" condition: for any i in (1..3) : (uint8(i) == "
    "0x59 and for all k in (i..3) : (uint8(k) != 0)) and not $a }\n"
    "rule loop_or { strings: $a = \"marker-three\" condition: $a or for any i in (1..2) : "
    "(uint8(i) == 0x5a) }\n"
    "rule with_or { strings: $a = \"marker-four\" condition: $a or with n = filesize : (n == 77) "
    "}\n"
    "rule fewer { strings: $a = \"marker-five\" condition: #a < 2 and math.entropy(0, filesize) > "
    "6.5 }\n"
    "rule cheap { strings: $a = \"marker-six\" condition: filesize == 78 and not $a }\n";

static void expect_besides(struct span bytes, const char *want)
{
    struct buf out;
    buf_init(&out, 0);
    assert_string_equal(rules_try(&out, besides, test_guarded(bytes), 0), want);
    assert_string_equal(rules_try(&out, besides, test_guarded(bytes), SCAN_EXHAUSTIVE), want);
    buf_done(&out);
}

TEST(what_is_asked_besides_wakes_the_rule)
{
    assert_false(is_always_of(besides, "but_not"));
    assert_false(is_always_of(besides, "loop_or"));
    assert_false(is_always_of(besides, "with_or"));
    assert_true(is_always_of(besides, "cheap")); /* its gate says it all */
    uint8_t bytes[300];
    memset(bytes, 'x', sizeof bytes);
    expect_besides(span_make(bytes, 60), "");
    expect_besides(span_make(bytes, 77), "with_or ");
    expect_besides(span_make(bytes, 78), "cheap ");
    bytes[2] = 0x59;
    expect_besides(span_make(bytes, 60), "loop_and ");
    memcpy(bytes + 20, "marker-two", 10);
    expect_besides(span_make(bytes, 60), "");
    bytes[2] = 0x5a;
    expect_besides(span_make(bytes, 60), "loop_or ");
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 167 + 3);
    expect_besides(span_make(bytes, 300), "but_not fewer ");
    memcpy(bytes + 90, "marker-one", 10);
    memcpy(bytes + 120, "marker-five marker-five", 23);
    expect_besides(span_make(bytes, 300), "");
    expect_besides(SPAN_OF("marker-three"), "loop_or ");
}

TEST(a_forged_wake_is_refused_or_harmless)
{
    struct compiled c;
    struct buf out;
    rules_compile(&c, rules);
    buf_init(&out, 0);
    /* the last part of the directory: its rows are the last bytes of the image */
    for (size_t at = 16; at <= 64 && at <= c.image.len; at += 4)
        for (uint8_t bit = 0; bit < 32; bit += 5) {
            c.image.at[c.image.len - at + bit / 8] ^= (uint8_t)(1u << bit % 8);
            rules_scan(buf_get(&c.image), SPAN_OF("MZ marker-one"), SCAN_SHORT, &out);
            c.image.at[c.image.len - at + bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    buf_clear(&out);
    rules_scan(buf_get(&c.image), SPAN_OF("a marker-one"), 0, &out);
    assert_true(span_equal(buf_get(&out), SPAN_OF("hash_or_text ")));
    buf_done(&out);
    rules_done(&c);
}
