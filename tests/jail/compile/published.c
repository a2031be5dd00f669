/* The profile of published rules. */
#include "scan_rules.h"

#include "test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static enum err try_source(const char *name, struct span bytes)
{
    struct compiled c = {0};
    struct source_file file = {
        .name = span_text(name), .space = SPAN_OF("default"), .bytes = bytes};
    struct compile_input in = {.files = &file, .file_count = 1, .published = true};
    rules_compile_input(&c, &in);
    enum err err = c.err;
    rules_done(&c);
    return err;
}

/* The rule `text`, told what it is where "rule x {" stands. */
static enum err try_rule(const char *text)
{
    struct buf b;
    struct span rule = span_text(text);
    size_t at = span_find(rule, SPAN_OF("rule x {"), 0);
    buf_init(&b, 0);
    if (at != SIZE_MAX) {
        buf_span(&b, span_cut(rule, 0, at + 8));
        buf_text(&b, " meta: class = \"test\" sample = \"" HEX "\"");
        buf_span(&b, span_cut(rule, at + 8, SIZE_MAX));
    } else {
        buf_span(&b, rule);
    }
    enum err err = try_source("x.yar", buf_get(&b));
    buf_done(&b);
    return err;
}

static enum err try_leaf(const char *head, const char *metas)
{
    struct buf b;
    buf_init(&b, 0);
    buf_print(&b, "candor-rule/v1\nop add\nid x\n%s\n\nrule x { %s condition: filesize < 3 }\n",
              head, metas);
    enum err err = try_source("x.leaf", buf_get(&b));
    buf_done(&b);
    return err;
}

TEST(a_leaf_and_its_rule_say_the_same)
{
    const char *malware = "evidence sha256:" HEX "\nclass malware";
    assert_int_equal(try_leaf(malware, "meta: class = \"trojan\" sample = \"" HEX "\""), ERR_NONE);
    assert_int_equal(try_leaf(malware, "meta: class = \"malware\" sample = \"" HEX "\""), ERR_NONE);
    assert_int_equal(try_leaf(malware, "meta: class = \"test\" sample = \"" HEX "\""), ERR_RULES);
    assert_int_equal(try_leaf(malware, "meta: class = \"pua\" sample = \"" HEX "\""), ERR_RULES);
    assert_int_equal(try_leaf(malware, "meta: sample = \"" HEX "\""), ERR_RULES);
    assert_int_equal(try_leaf(malware, "meta: class = \"trojan\""), ERR_RULES);
    assert_int_equal(try_leaf(malware, ""), ERR_RULES);
    assert_int_equal(
        try_leaf(malware, "meta: class = \"trojan\" sample = \"" HEX "\" sample = \"f" HEX "\""),
        ERR_RULES);
    assert_int_equal(
        try_leaf("evidence sha256:f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
                 "\nclass malware",
                 "meta: class = \"trojan\" sample = \"" HEX "\""),
        ERR_RULES);
    assert_int_equal(try_leaf("evidence sha256:" HEX "\nclass test",
                              "meta: class = \"trojan\" sample = \"" HEX "\""),
                     ERR_RULES);
}

TEST(leaves_are_sources)
{
    static const char block[] = "candor-rule/v1\nop hashes\nid x\nclass malware\n\n" HEX "\n";
    assert_int_equal(try_source("x.leaf", span_text(block)), ERR_NONE);
    assert_int_equal(try_source("y.leaf", span_text(block)), ERR_RULES);
    assert_int_equal(try_source("x.sha256", SPAN_OF(HEX "\n")), ERR_RULES);
    assert_int_equal(try_source("x.leaf", SPAN_OF("candor-rule/v1\nop revoke\nid x\n\n")),
                     ERR_RULES);
    assert_int_equal(try_source("x.leaf", SPAN_OF("rule x { condition: true }")), ERR_RULES);
}

TEST(what_may_be_published)
{
    static const char *const fine[] = {
        "rule x { strings: $a = \"abcd\" condition: $a }",
        "rule x { strings: $a = \"abcd\" condition: filesize < 9 and uint16(0) == 0x5a4d and $a }",
        "import \"hash\" rule x { condition: hash.md5(0, filesize) == \"0\" }",
        "import \"pe\" import \"math\" rule x { condition: pe.is_pe and math.entropy(0, 9) > 7.0 }",
        "import \"hash\" import \"pe\" rule x { condition: "
        "hash.md5(pe.sections[pe.section_index(\".text\")].raw_data_offset, "
        "pe.sections[pe.section_index(\".text\")].raw_data_size) == \"0\" }",
    };
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        assert_int_equal(try_rule(fine[i]), ERR_NONE);
}

TEST(what_may_not)
{
    static const char *const bad[] = {
        "rule y { condition: true }",
        "global rule x { condition: true }",
        "private rule x { condition: true }",
        "rule x { condition: filename == \"a\" }",
        "rule y { condition: true } rule x { condition: y }",
        "import \"time\" rule x { condition: time.now() > 1 }",
        "import \"console\" rule x { condition: console.log(\"a\") }",
        "import \"hash\" rule x { condition: hash.md5(1, filesize) == \"0\" }",
        "import \"hash\" rule x { condition: hash.md5(0, 10) == \"0\" }",
        "import \"hash\" rule x { condition: hash.md5(\"abc\") == \"0\" }",
        "import \"hash\" rule x { condition: hash.checksum32(0, 4) == 1 }",
        "import \"hash\" rule x { condition: for any i in (0..3) : (not (hash.crc32(i, 4) == 1)) }",
        "import \"hash\" import \"pe\" rule x { condition: hash.sha1(pe.pdb_path) == \"0\" }",
        "import \"hash\" import \"pe\" rule x { condition: "
        "hash.md5(pe.sections[0].raw_data_offset, pe.sections[0].raw_data_size) == \"0\" }",
        "import \"hash\" import \"pe\" rule x { condition: "
        "hash.md5(pe.sections[pe.section_index(\".text\")].raw_data_offset, "
        "pe.sections[pe.section_index(\".data\")].raw_data_size) == \"0\" }",
        "import \"hash\" import \"pe\" rule x { condition: "
        "hash.md5(pe.sections[pe.section_index(\".text\")].raw_data_offset, 12) == \"0\" }",
        "import \"hash\" import \"pe\" rule x { condition: "
        "hash.md5(pe.sections[pe.section_index(4096)].raw_data_offset, "
        "pe.sections[pe.section_index(4096)].raw_data_size) == \"0\" }",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (try_rule(bad[i]) != ERR_RULES)
            TEST_FAIL("not refused: %s\n", bad[i]);
}
