/* How conditions ask for strings, as far as yara(1) shows it. */
#include "jail/compile/string_uses.h"

#include "front.h"
#include "test.h"

#include <stdio.h>

/* For each string of the first rule "fixed@N ", "free " or "unused "; "prints" at the end. */
static void expect(const char *condition, const char *want)
{
    char rule[400], got[200] = "";
    struct front f;
    struct string_uses uses;
    (void)snprintf(rule, sizeof rule,
                   "import \"console\" rule r { strings: $a = \"aa\" $b = \"bb\" condition: %s }",
                   condition);
    front_open(&f);
    assert_int_equal(front_add(&f, "t.yar", "default", test_guarded(span_text(rule))), 0);
    const struct ir_rule *r = &f.fe.ir->rules[0];
    assert_true(string_uses_find(r, f.arena, &uses));
    for (uint32_t i = 0; i < r->string_count; i++) {
        const struct string_use *u = &uses.strings[i];
        size_t len = strlen(got);
        if (u->is_fixed && !u->is_free)
            (void)snprintf(got + len, sizeof got - len, "fixed@%lld ", (long long)u->at);
        else
            (void)snprintf(got + len, sizeof got - len, u->is_free ? "free " : "unused ");
    }
    if (uses.prints)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "prints");
    front_close(&f);
    assert_string_equal(got, want);
}

TEST(places)
{
    expect("$a at 3 and $b", "fixed@3 free ");
    expect("$a at 3 or $a at 3 and $b at 0", "fixed@3 fixed@0 ");
    expect("$a at 3 or $a at 8 and $b at 0", "free fixed@0 ");
    expect("$a at filesize - 2 and $b at 1", "free fixed@1 ");
    expect("$a at 3 and #b > 0", "fixed@3 free ");
    expect("$a in (3..3) and $b at 2", "free fixed@2 ");
    expect("$a at 3 and any of them", "free free ");
    expect("$a at 3 and for any of them : ($ at 3)", "free free ");
    expect("$b and for all i in (1..2) : ($a at 3)", "fixed@3 free ");
    expect("@a[1] == 2 and not $b at 7", "free fixed@7 ");
}

/* For each string of the first rule whether it is asked for in a few places only. */
static void expect_placed(const char *condition, const char *want)
{
    char rule[400], got[200] = "";
    struct front f;
    struct string_uses uses;
    (void)snprintf(rule, sizeof rule, "rule r { strings: $a = \"aa\" $b = \"bb\" condition: %s }",
                   condition);
    front_open(&f);
    assert_int_equal(front_add(&f, "t.yar", "default", test_guarded(span_text(rule))), 0);
    const struct ir_rule *r = &f.fe.ir->rules[0];
    assert_true(string_uses_find(r, f.arena, &uses));
    for (uint32_t i = 0; i < r->string_count; i++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s ",
                       uses.strings[i].is_roving ? "roving" : "placed");
    front_close(&f);
    assert_string_equal(got, want);
}

TEST(few_places)
{
    expect_placed("$a at 3 and $b", "placed roving ");
    expect_placed("$a at filesize - 2 and $b at entrypoint", "placed placed ");
    expect_placed("$a at 3 and ($b at 0 or #b > 2)", "placed roving ");
    expect_placed("$a in (0..4095) and $b in (0..4096)", "placed roving ");
    expect_placed("$a in (filesize-9..filesize) and $b in (0..filesize)", "placed roving ");
    expect_placed("#a in (entrypoint..entrypoint+20) > 1 and $b in (entrypoint..filesize)",
                  "placed roving ");
    expect_placed("$a at 1 and any of ($b) in (0..1)", "placed roving ");
    expect_placed("$a at 1 and for any of them : ($ at 3)", "roving roving ");
    expect_placed("for any i in (1..2) : ($a at i and $b in (i..i+2))", "placed roving ");
}

TEST(printing)
{
    expect("$a and $b and console.log(\"x\")", "free free prints");
    expect("$a and $b and not console.hex(filesize)", "free free prints");
    expect("$a and $b", "free free ");
}
