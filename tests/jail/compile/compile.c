/* Whole compilations: the same bytes for the same sources, what is refused, what is left out. */
#include "jail/compile/compile.h"

#include "jail/match/ruleset.h"
#include "scan_rules.h"
#include "test.h"

static const char rules_text[] =
    "import \"math\"\n"
    "global private rule sane { condition: filesize < 10MB }\n"
    "rule one : tag1 tag2 { meta: author = \"me\" class = \"test\" score = 75 live = true\n"
    "  strings: $a = \"marker\" $b = { 4d 5a ?? 90 } $c = /mark[a-z]{2,5}/ nocase\n"
    "  condition: uint16(0) == 0x5a4d and 2 of them }\n"
    "rule two { strings: $x = \"marker\" wide ascii condition: #x > 1 or one }\n"
    "rule three { condition: for any i in (0..filesize) : (uint8(i) == 0x21) }\n"
    "rule four { condition: math.min(filesize, 3) == 3 and \"abc\" matches /b+/ }\n";

TEST(the_same_sources_make_the_same_bytes)
{
    struct compiled a, b;
    rules_compile(&a, rules_text);
    rules_compile(&b, rules_text);
    assert_int_equal(a.err, ERR_NONE);
    assert_int_equal(a.image.len, b.image.len);
    assert_memory_equal(a.image.at, b.image.at, a.image.len);
    assert_int_equal(a.stats.rules, 5);
    assert_int_equal(a.stats.strings, 4);
    rules_done(&a);
    rules_done(&b);
}

static void compile_list(struct compiled *c, const char *text, const char *name, bool keep_going)
{
    struct source_file file = {
        .name = span_text(name), .space = SPAN_OF("default"), .bytes = span_text(text)};
    struct compile_input in = {.files = &file, .file_count = 1, .keep_going = keep_going};
    rules_compile_input(c, &in);
}

TEST(what_does_not_compile_is_refused_or_left_out)
{
    const char *text = "rule good { condition: true }\n"
                       "rule bad { condition: nothing_known }\n"
                       "rule after { condition: good }\n";
    struct compiled c;
    compile_list(&c, text, "a.yar", false);
    assert_int_equal(c.err, ERR_RULES);
    assert_true(c.diags.len > 0);
    rules_done(&c);
    compile_list(&c, text, "a.yar", true);
    assert_int_equal(c.err, ERR_NONE);
    assert_int_equal(c.stats.errors, 1);
    struct buf out;
    buf_init(&out, 0);
    rules_scan(buf_get(&c.image), SPAN_OF("x"), 0, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.at, "good after ");
    buf_done(&out);
    rules_done(&c);
}

TEST(deep_conditions_are_refused_not_followed)
{
    struct buf text;
    struct compiled c;
    buf_init(&text, 0);
    buf_text(&text, "rule deep { condition: 0 == filesize + ");
    for (int i = 0; i < 5000; i++)
        buf_text(&text, "filesize + ");
    buf_text(&text, "1 }");
    buf_byte(&text, 0);
    rules_compile(&c, (const char *)text.at);
    assert_int_equal(c.err, ERR_RULES);
    buf_done(&text);
    rules_done(&c);
}

TEST(nothing_makes_an_image_that_matches_nothing)
{
    struct buf out;
    buf_init(&out, 0);
    assert_string_equal(rules_try(&out, "", SPAN_OF("abc"), 0), "");
    buf_done(&out);
}

static const char *scan_list(struct buf *out, const char *list, const char *name, const char *bytes)
{
    struct compiled c;
    buf_clear(out);
    compile_list(&c, list, name, false);
    assert_int_equal(c.err, ERR_NONE);
    rules_scan(buf_get(&c.image), test_guarded(span_text(bytes)), 0, out);
    rules_done(&c);
    buf_byte(out, 0);
    return (const char *)out->at;
}

/* md5("abc"), sha1("abc"), sha256("abc") */
#define ABC_MD5 "900150983cd24fb0d6963f7d28e17f72"
#define ABC_SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

TEST(hash_lists_of_every_kind)
{
    struct buf out;
    buf_init(&out, 0);
    assert_string_equal(scan_list(&out, ABC_MD5 ":3:Test.Md5\n", "a.hdb", "abc"), "Test.Md5 ");
    assert_string_equal(scan_list(&out, ABC_MD5 ":3:Test.Md5\n", "a.hdb", "abd"), "");
    assert_string_equal(scan_list(&out, ABC_MD5 ":4:Test.Md5\n", "a.hdb", "abc"), "");
    assert_string_equal(scan_list(&out, ABC_SHA1 ":3:Test.Sha1\n", "a.hsb", "abc"), "Test.Sha1 ");
    assert_string_equal(scan_list(&out, ABC_SHA256 ":3:Test.Sha256\n", "a.hsb", "abc"),
                        "Test.Sha256 ");
    assert_string_equal(scan_list(&out, ABC_MD5 ":*:Test.Any:73\n", "a.hsb", "abc"), "Test.Any ");
    assert_string_equal(
        scan_list(&out, ABC_MD5 ":3:Test.A\n" ABC_MD5 ":3:Test.B\n" ABC_SHA1 ":3:Test.C\n", "a.hsb",
                  "abc"),
        "Test.A Test.B Test.C ");
    buf_done(&out);
}

/* Thousands of signatures around the one that counts: buckets and sizes hold. */
TEST(one_hash_among_many)
{
    struct buf list, out;
    buf_init(&list, 0);
    buf_init(&out, 0);
    for (int i = 0; i < 20000; i++)
        buf_print(&list, "%016llx%016llx:%d:Test.%d\n", (unsigned long long)test_random(),
                  (unsigned long long)test_random(), i % 5000, i);
    buf_text(&list, ABC_MD5 ":3:Test.Needle\n");
    buf_byte(&list, 0);
    assert_string_equal(scan_list(&out, (const char *)list.at, "a.hdb", "abc"), "Test.Needle ");
    assert_string_equal(scan_list(&out, (const char *)list.at, "a.hdb", "abx"), "");
    buf_done(&list);
    buf_done(&out);
}

TEST(externals_are_compiled_in)
{
    struct ir_external externals[] = {
        {.name = SPAN_OF("i"), .kind = FACT_INT, .i = 7},
        {.name = SPAN_OF("s"), .kind = FACT_STRING, .s = SPAN_OF("text.exe")},
        {.name = SPAN_OF("f"), .kind = FACT_FLOAT, .f = 1.5},
        {.name = SPAN_OF("b"), .kind = FACT_BOOL, .i = 1},
    };
    struct source_file file = {
        .name = SPAN_OF("a.yar"),
        .space = SPAN_OF("default"),
        .bytes = SPAN_OF("rule a { condition: i == 7 and f > 1.4 and b and s endswith \".exe\" }"
                         "rule c { condition: s == \"other\" or i == 8 or not b }"
                         "rule d { condition: s == \"text.exe\" and i != 8 }")};
    struct compile_input in = {
        .files = &file, .file_count = 1, .externals = externals, .external_count = 4};
    struct compiled c;
    struct buf out;
    rules_compile_input(&c, &in);
    assert_int_equal(c.err, ERR_NONE);
    buf_init(&out, 0);
    rules_scan(buf_get(&c.image), SPAN_OF("x"), 0, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.at, "a d ");
    buf_done(&out);
    rules_done(&c);
}

TEST(two_small_letters_are_no_letter_in_two_cases)
{
    struct buf out;
    buf_init(&out, 0);
    assert_string_equal(rules_try(&out,
                                  "rule a { strings: $s = /[ab]{3}/ condition: $s }"
                                  "rule b { strings: $s = { (61|62) 21 } condition: $s }"
                                  "rule c { strings: $s = /[aA]!/ condition: $s }",
                                  SPAN_OF("xaba!"), 0),
                        "a b c ");
    buf_done(&out);
}

TEST(threads_that_were_dropped_are_a_gap)
{
    const char *rules = "rule a { strings: $s = /a.{1,3000}.{1,3000}q/s condition: $s }";
    uint8_t bytes[1500];
    struct buf out;
    memset(bytes, 'a', sizeof bytes);
    buf_init(&out, 0);
    assert_string_equal(rules_try(&out, rules, span_make(bytes, sizeof bytes), 0), "!too-many ");
    assert_string_equal(rules_try(&out, rules, span_make(bytes, 100), 0), "");
    buf_done(&out);
}

/* The map is by place in the image: a rule that is left out before them moves no other. */
TEST(the_map_of_clamav_s_rules_is_of_the_image_s_rules)
{
    struct source_file files[] = {
        {.name = SPAN_OF("a.yar"),
         .space = SPAN_OF("default"),
         .bytes =
             SPAN_OF("rule bad { condition: nothing_known }\nrule good { condition: true }\n")},
        {.name = SPAN_OF("b.ndb"),
         .space = SPAN_OF("default"),
         .bytes = SPAN_OF("Clam.One:0:*:6d61726b6572\n")},
        {.name = SPAN_OF("c.yar"),
         .space = SPAN_OF("default"),
         .bytes = SPAN_OF("rule last { condition: good }\n")},
    };
    struct compile_input in = {.files = files, .file_count = 3, .keep_going = true};
    struct compiled c;
    struct ruleset r;
    rules_compile_input(&c, &in);
    assert_int_equal(c.err, ERR_NONE);
    assert_int_equal(ruleset_open(&r, buf_get(&c.image), NULL), ERR_NONE);
    assert_int_equal(ruleset_rules(&r), 3);
    assert_int_equal(r.counts[IMAGE_CLAM], 1);
    assert_int_equal(ruleset_u32(&r, IMAGE_CLAM, 0), 1u << 1);
    rules_done(&c);
}
