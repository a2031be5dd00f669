/* The profile of published rules. */
#include "scan_rules.h"

#include "test.h"

static enum err try_rule(const char *text)
{
    struct compiled c = {0};
    struct source_file file = {
        .name = SPAN_OF("x.yar"), .space = SPAN_OF("default"), .bytes = span_text(text)};
    struct compile_input in = {.files = &file, .file_count = 1, .published = true};
    rules_compile_input(&c, &in);
    enum err err = c.err;
    rules_done(&c);
    return err;
}

TEST(what_may_be_published)
{
    static const char *const fine[] = {
        "rule x { strings: $a = \"abcd\" condition: $a }",
        "rule x { strings: $a = \"abcd\" condition: filesize < 9 and uint16(0) == 0x5a4d and $a }",
        "import \"hash\" rule x { condition: hash.md5(0, filesize) == \"0\" }",
        "import \"pe\" import \"math\" rule x { condition: pe.is_pe and math.entropy(0, 9) > 7.0 }",
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
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (try_rule(bad[i]) != ERR_RULES)
            TEST_FAIL("not refused: %s\n", bad[i]);
}
