/* TLSH: digests of the authors' own examples, pieces as one, inputs without a digest. */
#include "test.h"

#include "jail/facts/tlsh.h"

static bool digest(struct span s, size_t piece, char out[TLSH_TEXT_BYTES + 1])
{
    struct tlsh t;
    memset(out, 0, TLSH_TEXT_BYTES + 1);
    tlsh_init(&t);
    for (size_t at = 0; at < s.len; at += piece)
        tlsh_add(&t, span_cut(s, at, piece));
    return tlsh_end(&t, (uint8_t *)out);
}

/* The authors' samples: a text, then the alphabet by offset, a NUL at the end. */
static struct span sample(const char *text, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)('A' + i % 26);
    out[len - 1] = 0;
    memcpy(out, text, strlen(text));
    return span_make(out, len);
}

static const struct {
    const char *text;
    size_t len;
    const char *want;
} known[] = {
    {"This is a test for Lili Diao. This is a string. Hello Hello Hello ", 512,
     "T109F05A198CC69A5A4F0F9380A9EE93F2B927CF42089EA74276DC5F0BB2D34E68114448"},
    {"This is a test for Jon Oliver. This is a string. Hello Hello Hello ", 1024,
     "T1301124198C869A5A4F0F9380A9AE92F2B9278F42089EA34272885F0FB2D34E6911444C"},
};

TEST(examples_of_the_authors)
{
    uint8_t bytes[1024];
    char out[TLSH_TEXT_BYTES + 1];
    for (size_t i = 0; i < 2; i++) {
        struct span s = sample(known[i].text, bytes, known[i].len);
        assert_true(digest(s, s.len, out));
        assert_string_equal(out, known[i].want);
    }
}

TEST(pieces_do_not_matter)
{
    uint8_t bytes[512];
    char out[TLSH_TEXT_BYTES + 1];
    struct span s = sample(known[0].text, bytes, 512);
    for (size_t piece = 1; piece < 20; piece++) {
        assert_true(digest(s, piece, out));
        assert_string_equal(out, known[0].want);
    }
}

TEST(short_or_even_inputs_have_none)
{
    uint8_t bytes[512];
    char out[TLSH_TEXT_BYTES + 1];
    struct span s = sample(known[0].text, bytes, 512);
    assert_true(digest(span_cut(s, 0, TLSH_LEAST_BYTES), 512, out));
    assert_false(digest(span_cut(s, 0, TLSH_LEAST_BYTES - 1), 512, out));
    assert_false(digest(span_cut(s, 0, 0), 512, out));
    memset(bytes, 'a', sizeof bytes);
    assert_false(digest(s, 512, out));
}

/* Lengths whose code the ceiling of one row decides. */
TEST(length_byte)
{
    static uint8_t bytes[2000];
    char out[TLSH_TEXT_BYTES + 1];
    struct span s = sample(known[0].text, bytes, sizeof bytes);
    assert_true(digest(span_cut(s, 0, 656), 1000, out));
    assert_memory_equal(out + 4, "F0", 2); /* row 15 */
    assert_true(digest(span_cut(s, 0, 657), 1000, out));
    assert_memory_equal(out + 4, "01", 2); /* row 16 */
}
