/* Damaged and forged sections: refused, or harmless. */
#include "make_patterns.h"
#include "make_section.h"
#include "test.h"

#include "jail/match/search_format.h"

static void open_sample(struct section *b)
{
    static struct pattern p[5];
    struct made_piece chain[] = {{SPAN_OF("first"), 0, 0, 0, 0, 0},
                                 {SPAN_OF("second"), PIECE_NOCASE, 0, 0, 0, 200}};
    struct made_piece xored = {SPAN_OF("hidden text"), PIECE_XOR, 1, 5, 0, 0};
    b->arena = arena_new(0);
    p[0] = make_text(b->arena, "marker-alpha", PIECE_FULLWORD);
    p[1] = make_text(b->arena, "abc", PIECE_NOCASE);
    p[2] = make_chain(b->arena, chain, 2);
    p[3] = make_chain(b->arena, &xored, 1);
    p[4] = make_text(b->arena, "z", 0);
    section_open(b, p, 5);
}

/* What is not refused is run: it must not touch a byte that is not its own. */
static void run_forged(struct section *b, struct span forged, struct span text)
{
    if (!search_check(forged))
        return;
    struct search *mine = b->search;
    struct hits hits[SECTION_RULES];
    uint32_t count = b->count;
    b->search = search_open(forged);
    assert_non_null(b->search);
    struct source source = source_of(text);
    if (search_string_count(b->search) >= count)
        (void)section_strings(b, &source, hits);
    for (uint32_t k = 0; k < CLASS_COUNT; k++)
        (void)section_rules(b, k, &source);
    search_close(b->search);
    b->search = mine;
}

TEST(cut_anywhere_is_refused)
{
    struct section b = {0};
    open_sample(&b);
    struct span whole = buf_get(&b.bytes);
    for (size_t len = 0; len < whole.len; len += len < 1024 ? 1 : 97)
        assert_false(search_check(span_cut(whole, 0, len)));
    assert_true(search_check(whole));
    section_close(&b);
}

TEST(misaligned_is_refused)
{
    struct section b = {0};
    open_sample(&b);
    uint8_t *copy = malloc(b.bytes.len + 8);
    memcpy(copy + 1, b.bytes.at, b.bytes.len);
    assert_false(search_check(span_make(copy + 1, b.bytes.len)));
    free(copy);
    section_close(&b);
}

TEST(every_word_of_the_small_parts_forged)
{
    static const uint32_t lies[] = {0, 1, 3, 7, 0x7f, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    struct section b = {0};
    open_sample(&b);
    struct span whole = buf_get(&b.bytes);
    struct span text = SPAN_OF("marker-alpha ABC firstSECOND z hidden text first......second");
    const struct search_head *h = (const struct search_head *)whole.at;
    size_t small = h->classes[0].bits.at; /* behind it six classes' tables: samples will do */
    struct span image = test_guarded(whole);
    /* The guard page wants the bytes at its edge; a section is a multiple of 8 long. */
    assert_int_equal((uintptr_t)image.at % 8, 0);
    uint8_t *bytes = (uint8_t *)(uintptr_t)image.at;
    uint32_t refused = 0, tried = 0;
    for (size_t at = 0; at + 4 <= whole.len; at += 4) {
        if (at >= small && test_random() % 256)
            continue;
        for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
            memcpy(bytes + at, &lies[i], 4);
            tried++;
            refused += !search_check(image);
            run_forged(&b, image, text);
        }
        memcpy(bytes + at, whole.at + at, 4);
    }
    assert_true(search_check(image));
    assert_true(tried > 2000 && refused > tried / 10);
    section_close(&b);
}
