/* Search, two ways: strings and a text made from the input, against the slow twin; and a sound
 * section with words of it overwritten, which must be refused or do no harm. */
#include "make_patterns.h"
#include "make_section.h"

#include "drive.h"

#include <stdlib.h>
#include <string.h>

enum { STRINGS = 6, TEXT_MOST = 400 };

static struct pattern next_pattern(struct arena *a, struct reader *r)
{
    static const uint32_t kinds[] = {0, PIECE_NOCASE, PIECE_WIDE, PIECE_FULLWORD, PIECE_XOR};
    struct made_piece m[3];
    uint8_t shape = reader_u8(r);
    uint32_t count = 1 + shape % 3;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t how = reader_u8(r), gap = reader_u8(r);
        struct span text = reader_take(r, 1 + how % 12);
        m[i] =
            (struct made_piece){text.len ? text : SPAN_OF("ab"),
                                kinds[how / 12 % 5],
                                1,
                                4,
                                gap % 16,
                                gap > 200 ? (uint32_t)RE_NO_MAX : (uint32_t)(gap % 16 + gap / 16)};
    }
    return shape & 128 ? make_choice(a, m, count) : make_chain(a, m, count);
}

static void trap_unless(bool ok)
{
    if (!ok)
        abort();
}

static void compare(struct section *b, struct span text)
{
    struct hits got[STRINGS];
    struct source source = source_of(text);
    trap_unless(section_strings(b, &source, got) && section_rules(b, CLASS_OTHER, &source));
    for (uint32_t i = 0; i < b->count; i++) {
        struct hits want = naive_matches(&b->patterns[i], text, b->arena);
        trap_unless(got[i].count == want.count);
        for (uint32_t k = 0; k < want.count; k++)
            trap_unless(got[i].items[k].at == want.items[k].at &&
                        got[i].items[k].len == want.items[k].len);
        bool always = b->always[CLASS_OTHER][i / 8] >> i % 8 & 1;
        trap_unless(want.count == 0 || b->alive[i] || always);
    }
}

/* Overwrites up to eight words of a copy, and runs it if it is still taken for sound. */
static void forge(struct section *b, struct reader *r)
{
    struct span whole = buf_get(&b->bytes);
    uint8_t *copy = malloc(whole.len);
    struct hits hits[SECTION_RULES];
    trap_unless(copy != NULL);
    memcpy(copy, whole.at, whole.len);
    for (uint32_t i = reader_u8(r) % 8 + 1u; i > 0; i--) {
        uint32_t at = reader_u32le(r) % (uint32_t)(whole.len / 4), word = reader_u32le(r);
        memcpy(copy + (size_t)at * 4, &word, 4);
    }
    struct source source = source_of(reader_rest(r));
    struct search *sound = b->search;
    if (search_check(span_make(copy, whole.len))) {
        b->search = search_open(span_make(copy, whole.len));
        if (b->search && search_string_count(b->search) >= b->count) {
            (void)section_strings(b, &source, hits);
            (void)section_rules(b, CLASS_OTHER, &source);
        }
        search_close(b->search);
    }
    b->search = sound;
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(span_make(data, size));
    struct section b = {.arena = arena_new(0)};
    struct pattern p[STRINGS];
    uint8_t how = reader_u8(&r);
    uint32_t count = 1 + how % STRINGS;
    for (uint32_t i = 0; i < count; i++)
        p[i] = next_pattern(b.arena, &r);
    section_open(&b, p, count);
    if (how & 64)
        forge(&b, &r);
    else
        compare(&b, span_cut(reader_rest(&r), 0, TEXT_MOST));
    section_close(&b);
    return 0;
}
