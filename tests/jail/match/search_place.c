/* Strings that are compared where they are asked for: the same answers as when they are looked for
 * everywhere, which is what --matches still does. */
#include "scan_rules.h"
#include "test.h"

#define BIG ((size_t)1 << 20)
#define VIEW ((size_t)400000)

static const struct {
    const char *strings, *condition, *bytes;
    bool is_true;
} cases[] = {
    {"$a = \"abc\"", "$a at 3", "xyzabcabc", true},
    {"$a = \"abc\"", "$a at 4", "xyzabcabc", false},
    {"$a = \"abc\"", "$a at filesize - 3", "xyzabcabc", true},
    {"$a = \"abc\"", "$a at filesize - 2", "xyzabcabc", false},
    {"$a = \"abc\"", "$a at filesize", "abc", false},
    {"$a = \"abc\"", "$a at filesize - 9", "abc", false},
    {"$a = \"abc\"", "not $a at 1", "xabc", false},
    {"$a = \"abc\"", "not $a at 2", "xabc", true},
    {"$a = \"abc\"", "$a at 0 or $a at 6", "xyzabcabc", true},
    {"$a = \"abc\"", "$a in (1..2)", "xyzabcabc", false},
    {"$a = \"abc\"", "$a in (1..3)", "xyzabcabc", true},
    {"$a = \"abc\"", "$a in (7..400)", "xyzabcabc", false},
    {"$a = \"abc\"", "$a in (filesize-4..filesize-1)", "xyzabcabc", true},
    {"$a = \"abc\"", "#a in (0..100) == 2", "xyzabcabc", true},
    {"$a = \"abc\"", "#a in (4..100) == 1 and #a in (0..3) == 1", "xyzabcabc", true},
    {"$a = \"aa\"", "#a in (0..9) == 3", "aaaa", true},
    {"$a = \"aa\"", "#a in (1..1) == 1 and $a in (2..2)", "aaaa", true},
    {"$a = \"ABC\" nocase", "$a at 1", "xaBc", true},
    {"$a = \"ABC\" wide", "$a at 1", "xA\0B\0C\0", false},
    {"$a = \"abc\" fullword", "$a at 1", ".abc.", true},
    {"$a = \"abc\" fullword", "$a at 1", ".abcd", false},
    {"$a = \"abc\" fullword", "$a at 1", "xabc.", false},
    {"$a = \"abc\" xor(1-3)", "$a at 1", "x`cb", true},
    {"$a = \"abc\" xor(2-3)", "$a at 1", "x`cb", false},
    {"$a = \"abc\" xor", "$a at 0", "abc", true},
    {"$a = \"abcdef\" base64", "$a in (0..8)", "YWJjZGVm", true},
    {"$a = \"abcdef\" base64", "$a at 1", "YWJjZGVm", false},
    {"$a = /a[0-9]+b/", "$a at 2", "..a123b", true},
    {"$a = /a[0-9]+b/", "$a at 3", "..a123b", false},
    {"$a = /a[0-9]*/", "#a in (0..9) == 2", "..a12a", true},
    {"$a = /\\bab/", "$a at 1", "xab", false},
    {"$a = /\\bab/", "$a at 1", ".ab", true},
    {"$a = { 61 ?? (62|63) }", "$a at 1", ".axc", true},
    {"$a = { 61 [2-4] 62 }", "$a at 0", "axxxb", true},
    {"$a = { 61 [2-900] 62 }", "$a at 0", "axxxb", true}, /* in two pieces: looked for */
    {"$a = { 61 [2-900] 62 }", "$a at 1", "axxxb", false},
    {"$a = \"abc\" $b = \"xyz\"", "$a at 3 and $b", "xyzabc", true},
    {"$a = \"abc\" $b = \"xyz\"", "$a at 2 and $b", "xyzabc", false},
    {"$a = \"abc\" $b = \"xyz\"", "$a at 2 or $b", "xyzabc", true},
    {"$a = \"abc\"", "for any i in (0..5) : ($a at i)", "xyabc", true},
    {"$a = \"abc\"", "for all i in (2..3) : ($a at i)", "xyabc", false},
    {"$a = \"abc\"", "$a at uint8(0)",
     "\x02y"
     "abc",
     true},
    {"$a = \"abc\"", "$a at uint8(100)",
     "\x02y"
     "abc",
     false},
    {"$a = \"abc\"", "not defined ($a at uint8(100))",
     "\x02y"
     "abc",
     true},
};

static void check(const char *rule, struct span bytes, const char *want)
{
    struct compiled c;
    struct buf out;
    buf_init(&out, 0);
    rules_compile(&c, rule);
    assert_int_equal(c.err, ERR_NONE);
    rules_scan(buf_get(&c.image), bytes, 0, &out);
    rules_scan(buf_get(&c.image), bytes, SCAN_EXHAUSTIVE, &out);
    rules_scan_windowed(buf_get(&c.image), bytes, VIEW, 0, &out);
    rules_scan_windowed(buf_get(&c.image), bytes, VIEW, SCAN_EXHAUSTIVE, &out);
    buf_byte(&out, 0);
    char four[100];
    (void)snprintf(four, sizeof four, "%s%s%s%s", want, want, want, want);
    if (strcmp((const char *)out.at, four) != 0)
        TEST_FAIL("%s: \"%s\", not \"%s\"\n", rule, (const char *)out.at, four);
    buf_clear(&out);
    rules_scan(buf_get(&c.image), bytes, SCAN_MATCHES, &out);
    buf_byte(&out, 0);
    assert_true(strncmp((const char *)out.at, want, strlen(want)) == 0 && (*want || !*out.at));
    buf_done(&out);
    rules_done(&c);
}

TEST(places_are_what_a_search_says)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rule[300];
        (void)snprintf(rule, sizeof rule, "rule r { strings: %s condition: %s }", cases[i].strings,
                       cases[i].condition);
        check(rule, test_guarded(span_text(cases[i].bytes)), cases[i].is_true ? "r " : "");
    }
}

/* Both ends and the middle of an object larger than the window, in turn. */
TEST(places_of_a_large_object)
{
    uint8_t *bytes = calloc(1, BIG);
    memcpy(bytes, "first", 5);
    memcpy(bytes + BIG / 2, "middle", 6);
    memcpy(bytes + BIG - 4, "last", 4);
    const char *rule =
        "rule r { strings: $a = \"first\" $b = \"middle\" $c = \"last\" $d = /[a-z]+/ "
        "condition: for all i in (1..3) : ($a at 0 and $b at 524288 and $c at "
        "filesize - 4 and #d in (524286..524300) == 6 and not $d in (60000..64000)) }";
    check(rule, span_make(bytes, BIG), "r ");
    bytes[BIG - 1] = 0;
    check(rule, span_make(bytes, BIG), "");
    free(bytes);
}

TEST(asking_takes_steps)
{
    struct compiled c;
    struct buf out;
    buf_init(&out, 0);
    uint8_t *bytes = calloc(1, BIG);
    rules_compile(&c, "rule r { strings: $a = /\\x00+x/ condition: for any i in (0..1000000) : "
                      "(for any j in (0..1000000) : ($a in (i..i+4000))) }");
    assert_int_equal(c.err, ERR_NONE);
    rules_scan(buf_get(&c.image), span_make(bytes, BIG), SCAN_EXHAUSTIVE | SCAN_SHORT, &out);
    assert_true(span_equal(buf_get(&out), SPAN_OF("!timed-out ")));
    free(bytes);
    buf_done(&out);
    rules_done(&c);
}
