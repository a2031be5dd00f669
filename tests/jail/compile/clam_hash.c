/* .hdb, .hsb, .fp: sizes, levels, allow lists, and lines that are refused. */
#include "clam_try.h"
#include "make_pe.h"
#include "scan_rules.h"
#include "test.h"

#include "common/crypto.h"
#include "common/text.h"

/* of "abc" */
#define MD5 "900150983cd24fb0d6963f7d28e17f72"
#define SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define BYTES SPAN_OF("abc")

TEST(hashes)
{
    static const struct clam_case cases[] = {
        {MD5 ":3:A", BYTES, "A "},
        {SHA1 ":3:A", BYTES, "A "},
        {SHA256 ":3:A", BYTES, "A "},
        {SHA256 ":*:A:73", BYTES,
         "t.hsb:0:0: 1 hashes have no size: they make every object be hashed\nA "},
        {SHA256 ":*:A", BYTES, "t.hsb:1:66: a hash without a size wants a level of 73 or more\n"},
        {SHA256 ":*:A:72", BYTES,
         "t.hsb:1:66: a hash without a size wants a level of 73 or more\n"},
        {SHA256 ":3:A.B (Clam)", BYTES, "A.B "},
        {SHA256 ":4:A", BYTES, ""},
        {MD5 ":3:A:73:255", BYTES, "A "},
        {MD5 ":3:A:300", BYTES, "t.hsb:0:0: 1 lines are for other functionality levels than 216\n"},
        {MD5 ":3:PUA.A", BYTES, "PUA.A "},
        {"x:3:A\n" MD5 ":3:B", BYTES,
         "t.hsb:1:1: expected a hash of 32, 40 or 64 hexadecimal digits\nB "},
        {MD5 ":x:A", BYTES, "t.hsb:1:34: expected a size in bytes or '*'\n"},
        {MD5 ":3", BYTES, "t.hsb:1:1: expected hash:size:name and perhaps two levels\n"},
        {"9g0150983cd24fb0d6963f7d28e17f72:3:A", BYTES, "t.hsb:1:1: expected hexadecimal digits\n"},
    };
    clam_expect("t.hsb", CLAM_CASES(cases));
}

TEST(unwanted_only_when_asked_for)
{
    static const char *const endings[] = {"t.hdu", "t.hsu", "t.mdu", "t.msu", "t.ndu", "t.ldu"};
    struct buf out;
    char said[200];
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(said, sizeof said,
                       "%s:0:0: 1 lines are about potentially unwanted applications\n", endings[i]);
        assert_string_equal(clam_try(&out, endings[i], MD5 ":3:A", BYTES), said);
    }
    buf_done(&out);
}

TEST(known_and_left_out_whole)
{
    static const struct {
        const char *name, *said;
    } cases[] = {
        {"t.cbc", "t.cbc:0:0: 2 lines left out: bytecode is never run: it is a program\n"},
        {"t.cfg", "t.cfg:0:0: 2 lines left out: a vendor does not switch readers off from afar\n"},
        {"t.info",
         "t.info:0:0: 2 lines left out: a manifest means something only inside its container\n"},
    };
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(clam_try(&out, cases[i].name, "a\n# b\nc\n", BYTES), cases[i].said);
    buf_done(&out);
}

/* A PE of one section ".text" with "section's bytes" in it, up to 512. */
static void make_exe(struct buf *out)
{
    struct make_pe pe;
    make_pe_init(&pe, false);
    (void)make_pe_add(&pe, SPAN_OF("section's bytes"));
    make_pe_end(&pe, out);
    make_pe_done(&pe);
}

static void section_line(char *line, size_t size, struct span section, bool any)
{
    uint8_t digest[DIGEST_MAX_BYTES];
    struct buf hex;
    buf_init(&hex, 0);
    assert_true(crypto_digest(DIGEST_MD5, section, digest));
    text_hex(&hex, span_make(digest, 16));
    buf_byte(&hex, 0);
    if (any)
        (void)snprintf(line, size, "*:%s:A:73", (const char *)hex.at);
    else
        (void)snprintf(line, size, "%zu:%s:A", section.len, (const char *)hex.at);
    buf_done(&hex);
}

TEST(sections)
{
    struct buf exe, out;
    char line[200];
    buf_init(&exe, 0);
    buf_init(&out, 0);
    make_exe(&exe);
    struct span section = span_cut(buf_get(&exe), MAKE_PE_FILE, SIZE_MAX);
    section_line(line, sizeof line, section, false);
    assert_string_equal(clam_try(&out, "t.mdb", line, buf_get(&exe)), "A ");
    assert_string_equal(clam_try(&out, "t.mdb", line, section), "");
    line[strlen(line) - 3] ^= 1;
    assert_string_equal(clam_try(&out, "t.mdb", line, buf_get(&exe)), "");
    section_line(line, sizeof line, section, true);
    assert_string_equal(clam_try(&out, "t.mdb", line, buf_get(&exe)),
                        "t.mdb:0:0: 1 hashes have no size: they make every section of a PE file be "
                        "hashed\nA ");
    assert_string_equal(clam_try(&out, "t.mdb", "5:A", buf_get(&exe)),
                        "t.mdb:1:1: expected size:hash:name and perhaps two levels\n");
    buf_done(&exe);
    buf_done(&out);
}

TEST(imports)
{
    static const char *const names[] = {"CreateFileA", "ReadFile", NULL};
    /* of "kernel32.createfilea,kernel32.readfile" */
    static const char md5[] = "2d7133194ae83ab7306b73f323242785";
    char line[100];
    struct make_pe pe;
    struct buf exe, out;
    buf_init(&exe, 0);
    buf_init(&out, 0);
    make_pe_init(&pe, false);
    make_pe_import(&pe, "KERNEL32.dll", names, 0);
    make_pe_end(&pe, &exe);
    make_pe_done(&pe);
    (void)snprintf(line, sizeof line, "%s:38:A", md5);
    assert_string_equal(clam_try(&out, "t.imp", line, buf_get(&exe)), "A ");
    (void)snprintf(line, sizeof line, "%s:39:A", md5);
    assert_string_equal(clam_try(&out, "t.imp", line, buf_get(&exe)), "");
    (void)snprintf(line, sizeof line, "%s:38:A", md5);
    assert_string_equal(clam_try(&out, "t.imp", line, SPAN_OF("MZ")), "");
    (void)snprintf(line, sizeof line, "%s:*:A:73", md5);
    assert_string_equal(clam_try(&out, "t.imp", line, SPAN_OF("MZ")),
                        "t.imp:0:0: 1 hashes have no size: they make every PE file's imports be "
                        "hashed\n");
    buf_done(&exe);
    buf_done(&out);
}

static void expect_two(const char *name, const char *list, const char *found)
{
    struct compiled c;
    struct buf out;
    struct source_file files[2] = {
        {.name = SPAN_OF("t.hsb"), .bytes = SPAN_OF(MD5 ":3:A\n" SHA1 ":3:B\n")},
        {.name = span_text(name), .bytes = span_text(list)}};
    struct compile_input in = {.files = files, .file_count = 2};
    buf_init(&out, 0);
    rules_compile_input(&c, &in);
    assert_int_equal(c.err, ERR_NONE);
    rules_scan(buf_get(&c.image), BYTES, 0, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.at, found);
    buf_done(&out);
    rules_done(&c);
}

TEST(lists_of_names_to_ignore)
{
    char line[100];
    struct buf hex;
    uint8_t digest[DIGEST_MAX_BYTES];
    buf_init(&hex, 0);
    assert_true(crypto_digest(DIGEST_MD5, SPAN_OF(MD5 ":3:A"), digest));
    text_hex(&hex, span_make(digest, 16));
    buf_byte(&hex, 0);
    (void)snprintf(line, sizeof line, "A:%s", (const char *)hex.at);
    expect_two("t.ign2", "A\n", "B ");
    expect_two("t.ign2", line, "B ");
    expect_two("t.ign2", "A:" MD5, "A B ");
    expect_two("t.ign", "t.hsb:1:A", "B ");
    expect_two("t.ign2", "C", "A B ");
    buf_done(&hex);
}

TEST(allow_lists)
{
    expect_two("t.fp", MD5 ":3:ours", "");
    expect_two("t.sfp", SHA256 ":3:ours", "");
    expect_two("t.fp", MD5 ":4:ours", "A B ");
}

TEST(kinds_that_are_not_read)
{
    static const struct clam_case cases[] = {
        {"x\ny\n", BYTES, "t.cbc:0:0: 2 lines left out: bytecode is never run: it is a program\n"}};
    clam_expect("t.cbc", CLAM_CASES(cases));
}
