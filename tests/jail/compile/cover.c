/* Covers: rules of strings that stand in many files are woken only where more than one is there,
 * and no rule that is true is ever missed. */
#include "scan_rules.h"
#include "test.h"

/* Common in ordinary files, and not. */
static const char *const words[] = {"import ",    "function",      "<?php ",  "return ",
                                    "#include <", "String",        "http://", "marker-one",
                                    "zqxjkv",     "GetProcAddress"};
enum { WORDS = sizeof words / sizeof words[0], STRINGS = 5, RULES = 400, TEXTS = 12 };

static uint32_t below(uint32_t n)
{
    return (uint32_t)(test_random() % n);
}

static void leaf(struct buf *out)
{
    uint32_t s = below(STRINGS);
    switch (below(9)) {
    case 0:
        buf_print(out, "#s%u > %u", s, below(3));
        return;
    case 1:
        buf_print(out, "%u of them", 1 + below(STRINGS));
        return;
    case 2:
        buf_print(out, "%u of ($s0,$s1,$s%u)", 1 + below(3), 2 + below(3));
        return;
    case 3:
        buf_print(out, "not $s%u", s);
        return;
    case 4:
        buf_print(out, "filesize > %u", below(120));
        return;
    case 5:
        buf_print(out, "$s%u in (0..%u)", s, below(90));
        return;
    case 6:
        buf_print(out, "for %u of ($s*) : (# > %u)", 1 + below(3), below(2));
        return;
    default:
        buf_print(out, "$s%u", s);
    }
}

static void condition(struct buf *out, uint32_t depth)
{
    uint32_t kids = depth ? 1 + below(3) : 1;
    const char *sign = below(2) ? " and " : " or ";
    if (kids == 1) {
        leaf(out);
        return;
    }
    for (uint32_t i = 0; i < kids; i++) {
        buf_text(out, i ? sign : "(");
        condition(out, depth - 1);
    }
    buf_text(out, ")");
}

static void random_rules(struct buf *out)
{
    for (uint32_t r = 0; r < RULES; r++) {
        buf_print(out, "rule r%u { strings: ", r);
        for (uint32_t s = 0; s < STRINGS; s++)
            buf_print(out, "$s%u = \"%s\"%s ", s, words[below(WORDS)], below(4) ? "" : " nocase");
        buf_text(out, "condition: (any of them or true) and (");
        condition(out, 3);
        buf_text(out, ") }\n");
    }
    buf_byte(out, 0);
}

static void random_text(struct buf *out)
{
    for (uint32_t k = below(7); k > 0; k--)
        buf_print(out, "%s%.*s", words[below(WORDS)], (int)below(9), " . . . . ");
}

TEST(the_same_as_without_anchors)
{
    struct compiled c;
    struct buf source, text, got, want;
    uint32_t found = 0;
    struct buf *all[] = {&source, &text, &got, &want};
    for (size_t i = 0; i < 4; i++)
        buf_init(all[i], 0);
    random_rules(&source);
    rules_compile(&c, (const char *)source.at);
    assert_int_equal(c.err, ERR_NONE);
    for (uint32_t i = 0; i < TEXTS * 10; i++) {
        for (size_t k = 1; k < 4; k++)
            buf_clear(all[k]);
        random_text(&text);
        rules_scan(buf_get(&c.image), buf_get(&text), 0, &got);
        rules_scan(buf_get(&c.image), buf_get(&text), SCAN_EXHAUSTIVE, &want);
        assert_true(span_equal(buf_get(&got), buf_get(&want)));
        found += want.len > 0;
    }
    assert_true(found > TEXTS);
    rules_done(&c);
    for (size_t i = 0; i < 4; i++)
        buf_done(all[i]);
}

static void on_object(void *ctx, const struct object *o)
{
    (void)ctx;
    (void)o;
}

static void on_finding(void *ctx, const struct finding *f)
{
    (void)f;
    ++*(uint32_t *)ctx;
}

/* How often the first of the rules is evaluated on a text. */
static uint64_t evaluations(const char *rules, const char *text)
{
    struct compiled c;
    struct engine *e;
    uint32_t findings = 0;
    struct sink sink = {.ctx = &findings, .object = on_object, .finding = on_finding};
    struct object o = {.source = source_of(span_text(text))};
    struct budget budget;
    budget_init(&budget);
    rules_compile(&c, rules);
    assert_int_equal(c.err, ERR_NONE);
    assert_int_equal(
        engine_open(&e, buf_get(&c.image), (struct engine_options){.costs = true}, NULL), ERR_NONE);
    assert_int_equal(engine_scan(e, &o, &budget, &sink, NULL), ERR_NONE);
    uint64_t n = engine_listing(e, 0).evaluations;
    engine_close(e);
    rules_done(&c);
    return n;
}

TEST(common_strings_wake_together)
{
    const char *all = "rule r { strings: $a = \"#include <st\" $b = \"__init__(self\" "
                      "condition: $a and $b and filesize > 3 }";
    assert_int_equal(evaluations(all, "#include <stdio.h>"), 0);
    assert_int_equal(evaluations(all, "def __init__(self):"), 0);
    assert_int_equal(evaluations(all, "#include <stdio.h> def __init__(self):"), 1);
    const char *two = "rule r { strings: $a = \"#include <st\" $b = \"__init__(self\" "
                      "$c = \"GetProcAddress\" $d = \"__gmon_start__\" condition: 3 of them }";
    assert_int_equal(evaluations(two, "#include <stdio.h>"), 0);
    assert_int_equal(evaluations(two, "#include <stdio.h> GetProcAddress __init__(self"), 1);
}

TEST(a_rare_string_suffices)
{
    const char *rule =
        "rule r { strings: $a = \"#include <st\" $b = \"zqxjkvbw-marker\" condition: "
        "all of them }";
    assert_int_equal(evaluations(rule, "#include <stdio.h>"), 0);
    assert_int_equal(evaluations(rule, "zqxjkvbw-marker"), 1);
}
