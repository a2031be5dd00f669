/* The audit's reading: what strings mean, and whether a condition can do without code. */
#include "jail/compile/audit.h"

#include "front.h"
#include "test.h"

/* The class of the last rule, and its first word's meaning in `word` (may be NULL). */
static enum audit_class ask(const char *text, uint64_t *tricks, char *word, size_t room)
{
    struct front f;
    front_open(&f);
    assert_int_equal(front_add(&f, "a.yar", "a", test_guarded(span_text(text))), 0);
    struct audit_row *rows = audit_rules(f.fe.ir);
    assert_non_null(rows);
    struct audit_row *row = &rows[f.fe.ir->rule_count - 1];
    enum audit_class class = row->class;
    if (tricks)
        *tricks = row->tricks;
    if (word) {
        struct span s = row->word_count ? row->words[0].meaning : SPAN_OF("");
        size_t n = s.len < room - 1 ? s.len : room - 1;
        memcpy(word, s.at, n);
        word[n] = 0;
    }
    front_close(&f);
    return class;
}

static void expect(const char *strings, const char *condition, enum audit_class class)
{
    char text[2000];
    (void)snprintf(text, sizeof text,
                   "import \"hash\" import \"math\" import \"pe\" rule r { %s%s condition: %s }",
                   strings[0] ? "strings: " : "", strings, condition);
    enum audit_class got = ask(text, NULL, NULL, 0);
    if (got != class)
        print_error("%s: class %d, not %d\n", text, got, class);
    assert_int_equal(got, class);
}

TEST(texts_are_told_apart)
{
    assert_int_equal(audit_judge(SPAN_OF("TOP SECRET//NOFORN")), AUDIT_STRONG);
    assert_int_equal(audit_judge(SPAN_OF("the garden of Karvelo")), AUDIT_PLAIN);
    assert_int_equal(audit_judge(SPAN_OF("Operation Karvelo")), AUDIT_STRONG);
    assert_int_equal(audit_judge(SPAN_OF("Operation failed with ERROR_CODE")), AUDIT_CODE);
    assert_int_equal(audit_judge(SPAN_OF("anna@example.org")), AUDIT_STRONG);
    assert_int_equal(audit_judge(SPAN_OF("DE12 5001 0517 5407 3249 31")), AUDIT_STRONG);
    assert_int_equal(audit_judge(SPAN_OF("%PDF-")), AUDIT_FREE);
    assert_int_equal(audit_judge(SPAN_OF("CreateRemoteThread")), AUDIT_CODE);
    assert_int_equal(audit_judge(SPAN_OF("This program cannot be run in DOS mode")), AUDIT_CODE);
    assert_int_equal(audit_judge(SPAN_OF("\x90\x90\xe8")), AUDIT_CODE);
    assert_int_equal(audit_judge(SPAN_OF("")), AUDIT_FREE);
}

TEST(frames_are_looked_through)
{
    static const struct {
        const char *text;
        enum audit_class class;
    } rows[] = {
        {"From: Lomiren Tas", AUDIT_STRONG},
        {"To: lomiren@tas.example", AUDIT_STRONG},
        {"From: %s", AUDIT_CODE},
        {"<dc:creator>Lomiren Tas</dc:creator>", AUDIT_STRONG},
        {"<title>the garden of stones</title>", AUDIT_PLAIN},
        {"<title>c99shell v.%d</title>", AUDIT_CODE},
        {"\\author Lomiren Tas", AUDIT_STRONG},
        {"/Author (Lomiren Tas)", AUDIT_STRONG},
        {"budget 2027.xlsx", AUDIT_STRONG},
        {"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", AUDIT_STRONG},
        {"MacGregor and McKinsey", AUDIT_PLAIN},
        {"EUR 1.250.000,00", AUDIT_STRONG},
        {"10.20.30.40", AUDIT_CODE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum audit_class got = audit_judge(span_text(rows[i].text));
        if (got != rows[i].class)
            print_error("%s: class %d, not %d\n", rows[i].text, got, rows[i].class);
        assert_int_equal(got, rows[i].class);
    }
}

TEST(code_clears)
{
    expect("$a = \"confidential\"", "$a", AUDIT_STRONG);
    expect("$a = \"confidential\"", "uint16(0) == 0x5a4d and $a", AUDIT_CODE);
    expect("$a = \"confidential\"", "uint16(0) != 0x5a4d and $a", AUDIT_STRONG);
    expect("$a = \"confidential\"", "uint32be(0) == 0x25504446 and $a", AUDIT_STRONG);
    expect("$a = \"confidential\" $b = \"VirtualAllocEx\"", "all of them", AUDIT_CODE);
    expect("$a = \"confidential\" $b = \"VirtualAllocEx\"", "any of them", AUDIT_STRONG);
    expect("$a = \"confidential\" $b = \"VirtualAllocEx\"", "$a and not $b", AUDIT_STRONG);
    expect("$a = \"confidential\" $b = \"VirtualAllocEx\"", "$a and #b > 1", AUDIT_CODE);
    expect("$a = \"confidential\"", "$a and pe.number_of_sections > 2", AUDIT_CODE);
    expect("", "filesize < 10", AUDIT_FREE);
}

TEST(hidden_words)
{
    char word[64];
    uint64_t tricks = 0;
    assert_int_equal(ask("rule r { strings: $a = \"Q29uZmlkZW50aWFs\" condition: $a }", &tricks,
                         word, sizeof word),
                     AUDIT_STRONG);
    assert_string_equal(word, "Confidential");
    assert_true((tricks & AUDIT_BASE64) != 0);
    assert_int_equal(
        ask("rule r { strings: $b = /[Pp]assp[o0]rt/ condition: $b }", &tricks, word, sizeof word),
        AUDIT_STRONG);
    assert_int_equal(
        ask("rule r { strings: $a = { 36 3a 3b 33 3c 31 30 3b 21 3c 34 39 } condition: $a }",
            &tricks, word, sizeof word),
        AUDIT_STRONG);
    assert_string_equal(word, "confidential");
    assert_true((tricks & AUDIT_XOR) != 0);
    assert_int_equal(
        ask("rule r { strings: $a = { 73 00 65 00 63 00 72 00 65 00 74 00 } condition: $a }", NULL,
            word, sizeof word),
        AUDIT_STRONG);
    assert_string_equal(word, "secret");
}

TEST(tricks_and_stages)
{
    uint64_t tricks = 0;
    expect("", "hash.md5(0, filesize) == \"00\"", AUDIT_CODE);
    expect("", "for any i in (0..9) : (hash.md5(i, 5) == \"00\")", AUDIT_STRONG);
    (void)ask("import \"math\" rule r { condition: math.entropy(0, filesize) > 3.0 }", &tricks,
              NULL, 0);
    assert_true((tricks & AUDIT_STATISTICS) != 0);
    assert_int_equal(
        ask("private rule p { strings: $a = \"invoice\" condition: $a } rule r { condition: p }",
            &tricks, NULL, 0),
        AUDIT_STRONG);
    assert_true((tricks & AUDIT_STAGED) != 0);
    assert_int_equal(ask("rule r { condition: for any i in (0..9) : (uint32be(i) == 0x53454352 and "
                         "uint16be(i + 4) == 0x4554) }",
                         &tricks, NULL, 0),
                     AUDIT_STRONG);
    assert_true((tricks & AUDIT_SPELLED) != 0);
}
