/* Patterns made by hand, and their slow twin. */
#include "make_patterns.h"

#include <stdlib.h>
#include <string.h>

static struct span spell_wide(struct arena *a, struct span text)
{
    uint8_t *out = arena_alloc(a, text.len, 2);
    for (size_t i = 0; i < text.len; i++)
        out[2 * i] = text.at[i];
    return span_make(out, 2 * text.len);
}

/* Atoms of an xor literal as pattern.c spells them: its first bytes, one atom a key. */
static void spell_keys(struct arena *a, struct piece *p)
{
    uint32_t len = p->literal.len < ATOM_MAX ? (uint32_t)p->literal.len : ATOM_MAX;
    p->atom_count = p->xor_max - p->xor_min + 1u;
    p->atoms = arena_array(a, struct atom, p->atom_count);
    for (uint32_t k = 0; k < p->atom_count; k++) {
        struct atom *atom = &p->atoms[k];
        *atom = (struct atom){.len = (uint8_t)len, .fixed = true};
        atom->xor_key = (uint8_t)(p->xor_min + k);
        for (uint32_t i = 0; i < len; i++) {
            atom->bytes[i] = p->literal.at[i] ^ atom->xor_key;
            atom->mask[i] = 0xff;
        }
    }
}

static struct piece make_piece(struct arena *a, const struct made_piece *m)
{
    struct piece p = {.kind = PIECE_LITERAL, .flags = m->flags};
    p.literal = m->flags & PIECE_WIDE ? spell_wide(a, m->text) : arena_copy(a, m->text);
    p.xor_min = m->xor_min;
    p.xor_max = m->xor_max;
    p.gap_min = m->gap_min;
    p.gap_max = m->gap_max;
    p.min_len = p.max_len = (uint32_t)p.literal.len;
    if (m->flags & PIECE_XOR)
        spell_keys(a, &p);
    return p;
}

struct pattern make_chain(struct arena *a, const struct made_piece *pieces, uint32_t count)
{
    struct pattern p = {.chain_count = 1};
    p.chains = arena_new_of(a, struct chain);
    p.chains->count = count;
    p.chains->pieces = arena_array(a, struct piece, count);
    for (uint32_t i = 0; i < count; i++)
        p.chains->pieces[i] = make_piece(a, &pieces[i]);
    return p;
}

struct pattern make_choice(struct arena *a, const struct made_piece *pieces, uint32_t count)
{
    struct pattern p = {.chain_count = count};
    p.chains = arena_array(a, struct chain, count);
    for (uint32_t i = 0; i < count; i++)
        p.chains[i] = make_chain(a, &pieces[i], 1).chains[0];
    return p;
}

struct pattern make_text(struct arena *a, const char *text, uint32_t flags)
{
    struct made_piece m = {.text = span_text(text), .flags = flags};
    return make_chain(a, &m, 1);
}

static uint8_t lower(uint8_t b)
{
    return b >= 'A' && b <= 'Z' ? b | 0x20 : b;
}

static bool is_alnum(struct span t, size_t at)
{
    uint8_t b = lower(span_byte(t, at));
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z');
}

static bool literal_here(const struct piece *p, struct span t, size_t at, uint8_t key)
{
    if (at > t.len || t.len - at < p->literal.len)
        return false;
    for (size_t i = 0; i < p->literal.len; i++) {
        uint8_t data = t.at[at + i] ^ key, want = p->literal.at[i];
        if (p->flags & PIECE_NOCASE ? lower(data) != lower(want) : data != want)
            return false;
    }
    return true;
}

static bool word_edges(const struct piece *p, struct span t, size_t at)
{
    size_t end = at + p->literal.len;
    if (!(p->flags & PIECE_FULLWORD))
        return true;
    if (p->flags & PIECE_WIDE) {
        bool left = at >= 2 && t.at[at - 1] == 0 && is_alnum(t, at - 2);
        bool right = end + 1 < t.len && t.at[end + 1] == 0 && is_alnum(t, end);
        return !left && !right;
    }
    return !(at && is_alnum(t, at - 1)) && !is_alnum(t, end);
}

static bool piece_here(const struct chain *c, uint32_t i, struct span t, size_t at, uint8_t *key)
{
    const struct piece *p = &c->pieces[i];
    uint32_t low = p->flags & PIECE_XOR ? p->xor_min : 0;
    uint32_t high = p->flags & PIECE_XOR ? p->xor_max : 0;
    for (uint32_t k = low; k <= high; k++) {
        *key = (uint8_t)k;
        if (literal_here(p, t, at, *key) && word_edges(p, t, at))
            return true;
    }
    return false;
}

/* The length of the chain from `at`, or 0: sets of reachable ends, piece by piece. */
static size_t chain_here(const struct chain *c, struct span t, size_t at, uint8_t *key)
{
    uint8_t unused;
    bool *ends = calloc(t.len + 2, sizeof *ends), *next = calloc(t.len + 2, sizeof *next);
    size_t len = 0;
    if (piece_here(c, 0, t, at, key))
        ends[at + c->pieces[0].literal.len] = true;
    for (size_t e = 0; c->count == 1 && e <= t.len; e++)
        len = ends[e] ? e - at : len;
    for (uint32_t i = 1; i < c->count; i++) {
        const struct piece *p = &c->pieces[i];
        for (size_t q = 0; q <= t.len && len == 0; q++) {
            bool reached = false;
            for (size_t e = 0; e <= q; e++)
                reached = reached || (ends[e] && q - e >= p->gap_min &&
                                      (p->gap_max == RE_NO_MAX || q - e <= p->gap_max));
            if (!reached || !piece_here(c, i, t, q, &unused))
                continue;
            next[q + p->literal.len] = true;
            if (i + 1 == c->count)
                len = q + p->literal.len - at;
        }
        bool *swap = ends;
        ends = next;
        next = swap;
        memset(next, 0, t.len + 2);
    }
    free(ends);
    free(next);
    return len;
}

struct hits naive_matches(const struct pattern *p, struct span text, struct arena *a)
{
    struct hits out = {.cap = (uint32_t)text.len};
    out.items = arena_array(a, struct hit, text.len);
    for (size_t at = 0; at < text.len; at++) {
        struct hit best = {.at = at};
        for (uint32_t c = 0; c < p->chain_count; c++) {
            uint8_t key = 0;
            uint32_t len = (uint32_t)chain_here(&p->chains[c], text, at, &key);
            if (len && (best.len == 0 || len < best.len)) {
                best.len = len;
                best.xor_key = key;
            }
        }
        if (best.len)
            out.items[out.count++] = best;
    }
    return out;
}
