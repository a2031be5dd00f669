/* Hex strings and regular expressions through both stages, against the machine started at every
 * position. */
#include "make_patterns.h"
#include "make_section.h"
#include "test.h"

#include "jail/match/regex_vm.h"
#include "jail/match/search_open.h"

static const char *const hexes[] = {
    "0F B? [1-16] 4D 5A [1-32] 3C [2-9] 50 45",
    "83 ?? 02 [1-16] 40 [1-16] F3 A4",
    "41 42 43 44 [2-4] ( 45 46 | 47 48 49 ) 4A",
    "?? 41 ?? 42",
    "6A ?? FF 15 [4-8] FF 15",
    "41 42 [0-300] 43 44 45",
    "4? 5? 6?",
    "~41 42 43",
    "61 62 63 [250-400] 64 65 66 [1-3] 67",
    "00 00 00 00 ?? ?? 00",
};
static const char *const regexes[] = {
    "<%[^\"]", "\\$[a-c]{1,4}\\(", "ab+c",  "(ab|cd){2,3}", "a.{0,5}b",     "[a-f]x[0-9]",
    "x(ab|a)", "abc.*def",         "a?b?c", "\\bcat\\b",    "[^a]bc{2,}?d", "zz|yyy"};

enum { HEXES = sizeof hexes / sizeof *hexes, REGEXES = sizeof regexes / sizeof *regexes };

static struct pattern compile(struct arena *a, const char *text, bool is_hex, uint32_t flags)
{
    struct re_error error = {0};
    struct ir_string s = {.name = SPAN_OF("$a"), .kind = is_hex ? IR_HEX : IR_REGEXP};
    s.flags = flags;
    s.re = is_hex ? hexpat_parse(span_text(text), a, &error)
                  : regex_parse(span_text(text), false, a, &error);
    struct pattern p = {0};
    assert_non_null(s.re);
    assert_int_equal(pattern_compile(&s, a, &p, &error, NULL), ERR_NONE);
    return p;
}

/* Where one piece matches, and how far, by trying everywhere. */
static struct hits piece_hits(struct vm *vm, const struct pattern *p, const struct chain *chain,
                              uint32_t k, struct span text, struct arena *a)
{
    const struct piece *piece = &chain->pieces[k];
    bool is_alone = chain->count == 1;
    struct hits out = {.items = arena_array(a, struct hit, text.len + 1)};
    struct vm_text t = {text, 0, text.len};
    for (size_t at = 0; at < text.len; at++) {
        uint32_t len = UINT32_MAX;
        if (piece->kind == PIECE_PROGRAM)
            len = vm_match(vm, buf_get(&p->programs), piece->forward, &t, at, piece->flags);
        else if (piece->flags & PIECE_NOCASE
                     ? span_equal_nocase(span_cut(text, at, piece->literal.len), piece->literal)
                     : span_equal(span_cut(text, at, piece->literal.len), piece->literal))
            len = (uint32_t)piece->literal.len;
        if (len != UINT32_MAX && (len > 0 || is_alone))
            out.items[out.count++] = (struct hit){.at = at, .len = len};
    }
    return out;
}

/* Length of the chain from the i-th hit of its k-th piece, 0 when it does not close. */
static uint64_t close_from(const struct chain *c, const struct hits *h, uint32_t k, uint64_t end,
                           uint64_t *tail)
{
    uint64_t best = 0;
    for (uint32_t i = 0; i < h[k].count; i++) {
        uint64_t at = h[k].items[i].at, stop = at + h[k].items[i].len, got_tail = at;
        if (at < end + c->pieces[k].gap_min ||
            (c->pieces[k].gap_max != RE_NO_MAX && at > end + c->pieces[k].gap_max))
            continue;
        uint64_t got = k + 1 == c->count ? stop : close_from(c, h, k + 1, stop, &got_tail);
        if (got && (best == 0 || got_tail < *tail)) {
            best = got;
            *tail = got_tail;
        }
    }
    return best;
}

static struct hits slow_twin(struct vm *vm, const struct pattern *p, struct span text,
                             struct arena *a)
{
    struct hits out = {.items = arena_array(a, struct hit, text.len + 1)};
    uint32_t *len = arena_array(a, uint32_t, text.len + 1);
    bool *wide = arena_array(a, bool, text.len + 1);
    for (uint32_t c = 0; c < p->chain_count; c++) {
        const struct chain *chain = &p->chains[c];
        struct hits h[8];
        assert_true(chain->count <= 8);
        for (uint32_t k = 0; k < chain->count; k++)
            h[k] = piece_hits(vm, p, chain, k, text, a);
        for (uint32_t i = 0; i < h[0].count; i++) {
            uint64_t at = h[0].items[i].at, end = at + h[0].items[i].len, tail = 0;
            if (chain->count > 1)
                end = close_from(chain, h, 1, end, &tail);
            bool greedy = chain->count == 1 && chain->pieces[0].flags & PIECE_GREEDY;
            bool is_wide = greedy && chain->pieces[0].flags & PIECE_WIDE;
            if (chain->count > 1 && end == 0)
                continue;
            uint32_t got = (uint32_t)(end - at) + 1; /* 0: none */
            if (len[at] == 0 || is_wide > wide[at] ||
                (is_wide == wide[at] && (greedy ? got > len[at] : got < len[at]))) {
                len[at] = got;
                wide[at] = is_wide;
            }
        }
    }
    for (size_t at = 0; at < text.len; at++)
        if (len[at])
            out.items[out.count++] = (struct hit){.at = at, .len = len[at] - 1};
    return out;
}

static void compare(struct section *b, struct vm *vm, struct span text)
{
    struct source source = source_of(text);
    struct hits got[SECTION_RULES];
    assert_true(section_strings(b, &source, got));
    assert_true(section_rules(b, CLASS_OTHER, &source));
    for (uint32_t i = 0; i < b->count; i++) {
        struct hits want = slow_twin(vm, &b->patterns[i], text, b->arena);
        if (got[i].count != want.count)
            print_message("string %u: %u matches, %u wanted\n", i, got[i].count, want.count);
        assert_int_equal(got[i].count, want.count);
        for (uint32_t k = 0; k < want.count; k++) {
            assert_int_equal(got[i].items[k].at, want.items[k].at);
            assert_int_equal(got[i].items[k].len, want.items[k].len);
        }
        if (want.count)
            assert_true(b->alive[i] || b->always[CLASS_OTHER][i / 8] >> i % 8 & 1);
    }
}

/* Bits and pieces of what the patterns want, in any order. */
static struct span soup(struct arena *a)
{
    static const char *const bits[] = {"\x0f\xb6",     "MZ",   "<",         "PE",
                                       "\x83\x11\x02", "@",    "\xf3\xa4",  "ABCD",
                                       "EF",           "GHI",  "J",         "j@\xff\x15",
                                       "\xff\x15",     "CDE",  "AB",        "abc",
                                       "def",          "g",    "<%a",       "$ab(",
                                       "abbbc",        "cdab", "x",         "ax1",
                                       "cat",          " ",    "bccd",      "zz",
                                       "yyy",          "aQb",  "a\0b\0c\0", "\0\0\0\0\0\0\0"};
    uint8_t *out = arena_alloc(a, 700, 1);
    size_t len = 0, most = 20 + test_random() % 600;
    while (len < most) {
        size_t i = test_random() % (sizeof bits / sizeof *bits), n = strlen(bits[i]);
        n = n > 0 && i < 30 ? n : 6;
        memcpy(out + len, bits[i], n);
        len += n;
        if (test_random() % 4 == 0)
            out[len++] = (uint8_t)test_random();
    }
    return span_make(out, len);
}

static void run_all(uint32_t flags, bool is_hex, uint32_t rounds)
{
    struct section b = {.arena = arena_new(0)};
    static struct pattern p[SECTION_RULES];
    uint32_t count = is_hex ? HEXES : REGEXES;
    for (uint32_t i = 0; i < count; i++)
        p[i] = compile(b.arena, is_hex ? hexes[i] : regexes[i], is_hex, flags);
    section_open(&b, p, count);
    struct vm *vm = vm_new();
    for (uint32_t round = 0; round < rounds; round++)
        compare(&b, vm, test_guarded(soup(b.arena)));
    vm_free(vm);
    section_close(&b);
    for (uint32_t i = 0; i < count; i++)
        pattern_done(&p[i]);
}

TEST(hex_strings)
{
    run_all(IR_ASCII, true, 150);
}

TEST(regexes_ascii)
{
    run_all(IR_ASCII, false, 100);
}

TEST(regexes_wide_nocase)
{
    run_all(IR_ASCII | IR_WIDE | IR_NOCASE, false, 60);
    run_all(IR_WIDE, false, 60);
}

TEST(strings_alike_share_their_matches)
{
    struct section b = {.arena = arena_new(0)};
    struct pattern p[] = {make_text(b.arena, "twice", 0), make_text(b.arena, "other", 0),
                          make_text(b.arena, "twice", 0),
                          make_text(b.arena, "twice", PIECE_NOCASE)};
    section_open(&b, p, 4);
    struct source source = source_of(SPAN_OF("twice and TWICE and twice"));
    struct hits got[4];
    assert_true(section_strings(&b, &source, got));
    assert_true(section_rules(&b, CLASS_ELF, &source));
    assert_int_equal(got[0].count, 2);
    assert_int_equal(got[1].count, 0);
    assert_int_equal(got[2].count, 2);
    assert_int_equal(got[2].items[1].at, 20);
    assert_int_equal(got[3].count, 3);
    assert_true(b.alive[0] && !b.alive[1] && b.alive[2] && b.alive[3]);
    section_close(&b);
}

static bool wakes(struct section *b, struct span text)
{
    struct source source = source_of(text);
    assert_true(section_rules(b, CLASS_OTHER, &source));
    return b->alive[0];
}

/* An atom alone wakes nothing: its piece is tried. */
TEST(only_a_match_wakes)
{
    struct section b = {.arena = arena_new(0)};
    struct pattern p = compile(b.arena, "51 5A 4A 58 [2-4] ( 45 46 | 47 48 49 ) 4A", true, 0);
    section_open(&b, &p, 1);
    assert_false(wakes(&b, test_guarded(SPAN_OF("QZJX..."))));
    assert_false(wakes(&b, test_guarded(SPAN_OF("QZJX..EFGHI"))));
    assert_false(wakes(&b, test_guarded(SPAN_OF(".QZJX.EFJ"))));
    assert_true(wakes(&b, test_guarded(SPAN_OF("QZJX..EFJ"))));
    assert_true(wakes(&b, test_guarded(SPAN_OF(".QZJX....GHIJ"))));
    assert_true(wakes(&b, test_guarded(SPAN_OF("QZJX QZJX QZJX..EFJ"))));
    section_close(&b);
    pattern_done(&p);
}

/* An object full of an atom whose piece never matches, and takes many steps to say so. */
TEST(trying_has_an_end)
{
    enum { TEXT = 1 << 20 };
    struct section b = {.arena = arena_new(0)};
    struct pattern p = compile(b.arena, "51 5A 4A 58 [0-150] 00 01 02", true, 0);
    section_open(&b, &p, 1);
    uint8_t *bytes = arena_alloc(b.arena, TEXT, 1);
    for (size_t i = 0; i < TEXT; i++)
        bytes[i] = (uint8_t) "QZJX"[i % 4];
    struct source source = source_of(span_make(bytes, TEXT));
    uint64_t before = vm_steps(b.search->vm);
    assert_true(section_rules(&b, CLASS_OTHER, &source));
    print_message("%llu steps of the machine\n",
                  (unsigned long long)(vm_steps(b.search->vm) - before));
    assert_true(vm_steps(b.search->vm) - before < TEXT / 32);
    assert_true(b.alive[0]); /* given up means: taken as found */
    section_close(&b);
    pattern_done(&p);
}
