/* Images damaged on purpose: refused, or harmless. The sanitizer build runs this, too. */
#include "jail/match/ruleset.h"

#include "scan_rules.h"
#include "test.h"

/* A module's name is in it, hashes, every kind of instruction and a rule set of strings. */
static const char rules_text[] =
    "import \"math\"\n"
    "global private rule sane { condition: filesize < 10MB }\n"
    "rule one : tag1 { meta: author = \"me\" class = \"test\" score = 75\n"
    "  strings: $a = \"marker\" $b = { 6d 61 ?? 6b } $c = /mark[a-z]{2,5}/ nocase\n"
    "  condition: filesize > 4 and 2 of them and @a[1] < 100 and #a in (0..50) > 0\n"
    "    and for any of ($a, $b) : ($ at 3 or ! > 2) }\n"
    "rule two { strings: $x = \"marker\" wide ascii condition: #x > 1 or one or $x in (1..9) }\n"
    "rule three { condition: for any i in (0..filesize) : (uint8(i) == 0x21) }\n"
    "rule four { condition: math.entropy(0, filesize) > 0.5 and \"abc\" matches /b+/\n"
    "  and for all i in (1, 2, filesize) : (i > 0) and 1 of (one, two) }\n";
static const char list_text[] = "900150983cd24fb0d6963f7d28e17f72:3:Test.Md5\n"
                                "a9993e364706816aba3e25717850c26c9cd0d89d:3:Test.Sha1\n"
                                "900150983cd24fb0d6963f7d28e17f73:*:Test.Any\n";
static const char object_text[] = "the marker, a Marked marker and m\0a\0r\0k\0e\0r\0 !";

static void make_image(struct compiled *c)
{
    struct source_file files[] = {
        {.name = SPAN_OF("a.yar"), .space = SPAN_OF("default"), .bytes = SPAN_OF(rules_text)},
        {.name = SPAN_OF("a.hsb"), .space = SPAN_OF("default"), .bytes = SPAN_OF(list_text)},
    };
    struct compile_input in = {.files = files, .file_count = 2};
    rules_compile_input(c, &in);
    if (c->err != ERR_NONE)
        print_message("# %s\n%s", c->why.text, c->diags.at ? (const char *)c->diags.at : "");
    assert_int_equal(c->err, ERR_NONE);
}

static unsigned refused;

enum { HEAD_BYTES = sizeof(struct image_head) + IMAGE_SECTIONS * sizeof(struct image_section) };

/* Scans with an image that ends at a guard page; what it finds does not matter. */
static void try_image(struct span image)
{
    struct buf out;
    buf_init(&out, 0);
    rules_scan(image, SPAN_OF(object_text), SCAN_MATCHES, &out);
    bool was_refused = span_find(buf_get(&out), SPAN_OF("refused"), 0) == 0;
    refused += was_refused;
    if (!was_refused) {
        buf_clear(&out);
        rules_scan(image, SPAN_OF("abc"), SCAN_EXHAUSTIVE, &out);
    }
    buf_done(&out);
}

TEST(the_image_itself_is_accepted_and_finds)
{
    struct compiled c;
    struct buf out;
    make_image(&c);
    buf_init(&out, 0);
    rules_scan(buf_get(&c.image), SPAN_OF(object_text), 0, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.at, "one two three four ");
    buf_clear(&out);
    rules_scan(buf_get(&c.image), SPAN_OF("abc"), 0, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.at, "Test.Md5 Test.Sha1 ");
    buf_done(&out);
    rules_done(&c);
}

TEST(every_cut_is_refused)
{
    struct compiled c;
    make_image(&c);
    for (size_t len = 0; len < c.image.len; len += len < 1024 ? 1 : 997) {
        struct why why = {0};
        assert_int_equal(ruleset_check(span_cut(buf_get(&c.image), 0, len), &why), ERR_IMAGE);
    }
    rules_done(&c);
}

static void set_u32(uint8_t *at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

/* Words from `from` on, one after the other, set to the values that most often break a reader. */
static void twist(struct span image, uint8_t *copy, size_t from, size_t len)
{
    enum { WORDS_MOST = 100 };
    size_t step = len / 4 > WORDS_MOST ? len / 4 / WORDS_MOST * 4 : 4;
    for (size_t at = from; at + 4 <= from + len; at += step) {
        uint32_t old;
        (void)span_u32le(image, at, &old);
        uint32_t values[] = {0, 1, UINT32_MAX, old + 1, old - 1, 0x7fffffff, (uint32_t)image.len};
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            set_u32(copy + at, values[v]);
            try_image(span_make(copy, image.len));
        }
        set_u32(copy + at, old);
    }
}

TEST(every_word_of_head_and_tables)
{
    struct compiled c;
    struct ruleset r;
    make_image(&c);
    struct span image = buf_get(&c.image);
    assert_int_equal(ruleset_open(&r, image, NULL), ERR_NONE);
    uint8_t *copy = (uint8_t *)test_guarded(image).at;
    refused = 0;
    for (size_t at = 0; at < HEAD_BYTES; at += 200)
        twist(image, copy, at, HEAD_BYTES - at < 200 ? HEAD_BYTES - at : 200);
    for (unsigned p = 0; p < IMAGE_SECTIONS; p++)
        if (r.parts[p].len > 0)
            twist(image, copy, (size_t)(r.parts[p].at - image.at), r.parts[p].len);
    print_message("# %u refused\n", refused);
    assert_true(refused > 100);
    rules_done(&c);
}

/* Every second flip lies before the search section, which is by far the longest. */
TEST(ten_thousand_random_corruptions)
{
    struct compiled c;
    struct ruleset r;
    make_image(&c);
    struct span image = buf_get(&c.image);
    assert_int_equal(ruleset_open(&r, image, NULL), ERR_NONE);
    size_t small = (size_t)(r.parts[IMAGE_SEARCH].at - image.at);
    uint8_t *copy = (uint8_t *)test_guarded(image).at;
    refused = 0;
    for (int i = 0; i < 10000; i++) {
        size_t at[4];
        uint8_t bit[4];
        unsigned count = 1 + (unsigned)(test_random() % 4);
        for (unsigned k = 0; k < count; k++) {
            at[k] = test_random() % (k % 2 == 0 ? small : image.len);
            bit[k] = (uint8_t)(1u << (test_random() % 8));
            copy[at[k]] ^= bit[k];
        }
        try_image(span_make(copy, image.len));
        for (unsigned k = 0; k < count; k++)
            copy[at[k]] ^= bit[k];
    }
    print_message("# %u of 10000 refused\n", refused);
    assert_memory_equal(copy, image.at, image.len);
    rules_done(&c);
}
