/* Both stages of search against the slow twin: chosen cases, random ones, borders of views. */
#include "make_patterns.h"
#include "make_section.h"
#include "test.h"

#include "jail/match/search_open.h"

/* Every match of every string, and no rule asleep that has one. */
static void compare(struct section *b, struct span text)
{
    struct source source = source_of(text);
    struct hits got[SECTION_RULES];
    assert_true(section_strings(b, &source, got));
    assert_true(section_rules(b, CLASS_OTHER, &source));
    for (uint32_t i = 0; i < b->count; i++) {
        struct hits want = naive_matches(&b->patterns[i], text, b->arena);
        assert_int_equal(got[i].count, want.count);
        for (uint32_t k = 0; k < want.count; k++) {
            assert_int_equal(got[i].items[k].at, want.items[k].at);
            assert_int_equal(got[i].items[k].len, want.items[k].len);
            assert_int_equal(got[i].items[k].xor_key, want.items[k].xor_key);
        }
        if (want.count)
            assert_true(b->alive[i] || b->always[CLASS_OTHER][i / 8] >> i % 8 & 1);
    }
}

TEST(classes_by_first_bytes)
{
    assert_int_equal(search_class_of(SPAN_OF("\x7f\x45LF")), CLASS_ELF);
    assert_int_equal(search_class_of(SPAN_OF("MZ")), CLASS_PE);
    assert_int_equal(search_class_of(SPAN_OF("M")), CLASS_OTHER);
    assert_int_equal(search_class_of(SPAN_OF("PK\x03\x04")), CLASS_ZIP);
    assert_int_equal(search_class_of(SPAN_OF("%PDF")), CLASS_PDF);
    assert_int_equal(search_class_of(SPAN_OF("")), CLASS_OTHER);
}

TEST(one_string_everywhere_it_can_lie)
{
    struct section b = {.arena = arena_new(0)};
    const char *texts[] = {"marker-alpha", "MaRk", "xyz", "Q", "Zq", "LONGER than EIGHT"};
    struct pattern p[6];
    for (size_t i = 0; i < 6; i++)
        p[i] = make_text(b.arena, texts[i], i < 4 ? 0 : PIECE_NOCASE);
    section_open(&b, p, 6);
    uint8_t bytes[128];
    for (size_t t = 0; t < 6; t++)
        for (size_t before = 0; before < 80; before++) {
            size_t len = strlen(texts[t]), after = before % 6;
            memset(bytes, '.', sizeof bytes);
            memcpy(bytes + before, texts[t], len);
            compare(&b, test_guarded(span_make(bytes, before + len + after)));
        }
    section_close(&b);
}

TEST(words_wide_and_keys)
{
    struct section b = {.arena = arena_new(0)};
    struct made_piece both[] = {{SPAN_OF("domain"), PIECE_FULLWORD, 0, 0, 0, 0},
                                {SPAN_OF("domain"), PIECE_FULLWORD | PIECE_WIDE, 0, 0, 0, 0}};
    struct made_piece xored = {SPAN_OF("secret text"), PIECE_XOR, 1, 255, 0, 0};
    struct made_piece brief = {SPAN_OF("ab"), PIECE_XOR, 3, 7, 0, 0};
    struct pattern p[] = {make_choice(b.arena, both, 2), make_chain(b.arena, &xored, 1),
                          make_chain(b.arena, &brief, 1)};
    section_open(&b, p, 3);
    compare(&b, SPAN_OF("www.domain.net mydomain domains domain_"));
    compare(&b, SPAN_OF("d\0o\0m\0a\0i\0n\0 x\0d\0o\0m\0a\0i\0n\0d\0o\0m\0a\0i\0n\0s\0"));
    compare(&b, SPAN_OF(".d\0o\0m\0a\0i\0n\0"));
    uint8_t bytes[64];
    for (uint32_t key = 0; key < 256; key++) {
        memset(bytes, 'u', sizeof bytes);
        for (uint32_t i = 0; i < 11; i++)
            bytes[20 + key % 7 + i] = (uint8_t)("secret text"[i] ^ key);
        bytes[50] = (uint8_t)('a' ^ key);
        bytes[51] = (uint8_t)('b' ^ key);
        compare(&b, span_make(bytes, sizeof bytes));
    }
    section_close(&b);
}

TEST(chains_close_at_the_first_tail)
{
    struct section b = {.arena = arena_new(0)};
    struct made_piece two[] = {{SPAN_OF("head"), 0, 0, 0, 0, 0}, {SPAN_OF("tail"), 0, 0, 0, 2, 9}};
    struct made_piece three[] = {{SPAN_OF("a1"), 0, 0, 0, 0, 0},
                                 {SPAN_OF("bb22"), 0, 0, 0, 0, 4},
                                 {SPAN_OF("ccc333"), 0, 0, 0, 1, RE_NO_MAX}};
    struct pattern p[] = {make_chain(b.arena, two, 2), make_chain(b.arena, three, 3)};
    section_open(&b, p, 2);
    compare(&b, SPAN_OF("head..tail head.tail head.........tailtail headhead..tail"));
    compare(&b, SPAN_OF("a1bb22.ccc333 a1....bb22bb22.....ccc333ccc333 a1.....bb22"));
    compare(&b, SPAN_OF("headtail"));
    section_close(&b);
}

static struct span random_text(struct arena *a, uint32_t most)
{
    static const char letters[] = "abAB\0. c";
    uint32_t len = (uint32_t)(test_random() % (most + 1));
    uint8_t *out = arena_alloc(a, len, 1);
    uint32_t kinds = 1 + (uint32_t)(test_random() % 8);
    for (uint32_t i = 0; i < len; i++)
        out[i] = (uint8_t)letters[test_random() % kinds];
    return span_make(out, len);
}

static struct pattern random_pattern(struct arena *a)
{
    static const uint32_t kinds[] = {0,
                                     PIECE_NOCASE,
                                     PIECE_WIDE,
                                     PIECE_FULLWORD,
                                     PIECE_FULLWORD | PIECE_WIDE,
                                     PIECE_XOR,
                                     PIECE_NOCASE | PIECE_WIDE};
    struct made_piece m[3];
    uint32_t count = 1 + (uint32_t)(test_random() % 3);
    for (uint32_t i = 0; i < count; i++) {
        struct span text = random_text(a, 11);
        m[i] = (struct made_piece){
            text.len ? text : SPAN_OF("ab"), kinds[test_random() % 7], 1, 3, 0, 0};
        m[i].gap_min = (uint32_t)(test_random() % 4);
        m[i].gap_max = RE_NO_MAX;
        if (test_random() % 4)
            m[i].gap_max = m[i].gap_min + (uint32_t)(test_random() % 9);
    }
    return test_random() % 2 ? make_choice(a, m, count) : make_chain(a, m, count);
}

TEST(random_rules_and_texts)
{
    for (uint32_t round = 0; round < 150; round++) {
        struct section b = {.arena = arena_new(0)};
        struct pattern p[SECTION_RULES];
        uint32_t count = 1 + (uint32_t)(test_random() % 12);
        for (uint32_t i = 0; i < count; i++)
            p[i] = random_pattern(b.arena);
        section_open(&b, p, count);
        for (uint32_t t = 0; t < 12; t++)
            compare(&b, random_text(b.arena, 150));
        section_close(&b);
    }
}

/* An object that is fetched: zeros but for one needle. */
struct remote {
    uint64_t needle_at;
    struct span needle;
    uint8_t *view;
};

static struct span remote_fetch(void *ctx, uint64_t at, size_t len)
{
    struct remote *r = ctx;
    memset(r->view, 0, len);
    for (size_t i = 0; i < r->needle.len; i++)
        if (r->needle_at + i >= at && r->needle_at + i < at + len)
            r->view[r->needle_at + i - at] = r->needle.at[i];
    return span_make(r->view, len);
}

static void border_case(struct section *b, struct source *source, uint64_t needle_at)
{
    struct hits hits[4] = {0};
    assert_true(section_strings(b, source, hits));
    assert_true(section_rules(b, CLASS_OTHER, source));
    assert_int_equal(hits[0].count, 1);
    assert_int_equal(hits[0].items[0].at, needle_at);
    assert_int_equal(hits[1].count, 2);
    assert_int_equal(hits[2].count, 1);
    assert_int_equal(hits[2].items[0].len, 17);
    assert_int_equal(hits[3].items[0].at, needle_at + 16);
    assert_true(b->alive[0] && b->alive[2] && b->alive[3]);
}

TEST(borders_of_views)
{
    struct section b = {.arena = arena_new(0)};
    struct made_piece chain[] = {{SPAN_OF("left"), 0, 0, 0, 0, 0},
                                 {SPAN_OF("right"), 0, 0, 0, 0, 12}};
    struct pattern p[] = {make_text(b.arena, "border-crossing marker", 0),
                          make_text(b.arena, "er", 0), make_chain(b.arena, chain, 2),
                          make_text(b.arena, "marker", PIECE_FULLWORD)};
    section_open(&b, p, 4);
    struct remote r = {.needle = SPAN_OF("border-crossing marker left........right"),
                       .view = malloc(LIMIT_VIEW_BYTES)};
    struct source source = {.size = 9000001, .fetch = remote_fetch, .ctx = &r};
    uint64_t first = LIMIT_VIEW_BYTES - LIMIT_VIEW_CONTEXT, len = r.needle.len;
    for (uint64_t back = 0; back <= len + 1; back++) {
        r.needle_at = first - back;
        border_case(&b, &source, r.needle_at);
    }
    for (uint64_t back = 0; back < 3; back++) {
        r.needle_at = LIMIT_VIEW_BYTES - back * len / 2;
        border_case(&b, &source, r.needle_at);
        r.needle_at = source.size - len - back;
        border_case(&b, &source, r.needle_at);
    }
    free(r.view);
    section_close(&b);
}

/* Of a string that is asked only whether it occurs one match will do; one that is spelled alike and
 * is asked for all of them gets all. */
TEST(one_is_enough_for_some)
{
    struct section b = {.arena = arena_new(0)};
    struct pattern p[] = {make_text(b.arena, "needle", 0), make_text(b.arena, "thread", 0),
                          make_text(b.arena, "needle", 0)};
    section_open(&b, p, 3);
    struct source source = source_of(SPAN_OF("needle thread needle thread needle"));
    const uint32_t all[] = {0, 1, 2};
    for (unsigned some = 0; some < 8; some++) {
        struct hits hits[3] = {0};
        struct budget budget;
        budget_init(&budget);
        for (unsigned i = 0; i < 3; i++)
            hits[i].one_is_enough = some >> i & 1;
        assert_true(search_strings(b.search, &source, all, 3, false, b.arena, &budget, hits));
        assert_int_equal(hits[0].count, (some & 5) == 5 ? 1 : 3);
        assert_int_equal(hits[1].count, some & 2 ? 1 : 2);
        assert_int_equal(hits[2].count, (some & 5) == 5 ? 1 : 3);
    }
    section_close(&b);
}
