/* Patterns to the search section: strings, pieces, needles, then one set of tables a class. Bytes
 * are those of rules. */
#include "jail/compile/search_emit.h"

#include "jail/compile/anchors.h"
#include "jail/compile/background.h"
#include "jail/compile/search_build.h"

#include <string.h>

struct search_part search_build_part(struct search_build *b, const void *items, uint32_t count,
                                     size_t size)
{
    while (!b->out->bad && (b->out->len - b->start) % SEARCH_ALIGN)
        buf_byte(b->out, 0);
    size_t at = b->out->len - b->start;
    if (at > UINT32_MAX)
        b->out->bad = true;
    buf_put(b->out, items, count * size);
    return (struct search_part){(uint32_t)at, count};
}

struct masked search_build_needle(const struct search_build *b, const struct search_needle *n)
{
    struct span pool = buf_get(&b->pool);
    struct masked out = {span_cut(pool, n->bytes, n->len), {NULL, 0}};
    if (!(n->flags & NEEDLE_EXACT))
        out.mask = span_cut(pool, n->bytes + needle_padded(n->len), n->len);
    return out;
}

/* Stores bytes once, zeros behind them up to a multiple of 8. */
static bool pool_bytes(struct search_build *b, struct span bytes, uint32_t *at)
{
    uint64_t known;
    if (map_find(b->pooled, bytes, &known)) {
        *at = (uint32_t)known;
        return true;
    }
    struct span kept = arena_copy(b->arena, bytes);
    *at = (uint32_t)b->pool.len;
    buf_span(&b->pool, bytes);
    buf_align(&b->pool, 8);
    return kept.at && !b->pool.bad && b->pool.len < UINT32_MAX && map_put(b->pooled, kept, *at);
}

static bool is_letter(uint8_t byte)
{
    uint8_t up = byte & GRAM_FOLD;
    return up >= 'A' && up <= 'Z';
}

/* The needle's bytes under its mask, and behind them, padded, the mask. *exact: it says nothing. */
static bool spell_needle(struct search_build *b, struct masked m, bool nocase, struct span *out,
                         bool *exact)
{
    uint32_t len = (uint32_t)m.bytes.len, room = needle_padded(len);
    uint8_t *bytes = arena_alloc(b->arena, 2, room);
    if (!bytes)
        return false;
    uint8_t *mask = bytes + room;
    *exact = true;
    for (uint32_t i = 0; i < len; i++) {
        mask[i] = m.mask.at ? span_byte(m.mask, i) : 0xff;
        if (nocase && mask[i] == 0xff && is_letter(span_byte(m.bytes, i)))
            mask[i] = GRAM_FOLD;
        bytes[i] = span_byte(m.bytes, i) & mask[i];
        *exact = *exact && mask[i] == 0xff;
    }
    *out = span_make(bytes, 2 * room);
    return true;
}

static bool store_needle(struct search_build *b, struct masked m, bool nocase,
                         struct search_needle *n)
{
    struct span all;
    bool exact;
    if (!spell_needle(b, m, nocase, &all, &exact))
        return false;
    n->flags |= exact ? NEEDLE_EXACT : 0u;
    return pool_bytes(b, exact ? span_cut(all, 0, n->len) : all, &n->bytes);
}

/* The only atom of a program that is not looked for: it is compared before the machine starts. */
static void store_atom(struct search_build *b, const struct piece *p, bool is_backwards,
                       struct search_piece *out)
{
    struct span all;
    bool exact;
    const struct atom *a = p->atom_count == 1 ? &p->atoms[0] : NULL;
    if (!a || out->needles > 0 || p->kind != PIECE_PROGRAM || (!a->fixed && !is_backwards))
        return;
    if (!spell_needle(b, anchors_needle(p, 0), a->nocase, &all, &exact) ||
        !pool_bytes(b, all, &out->literal)) {
        b->pool.bad = true;
        return;
    }
    out->literal_len = (uint32_t)all.len;
    out->atom_len = a->len;
    if (!is_backwards)
        out->pair_reverse = a->back;
}

static bool add_needle(struct search_build *b, const struct piece *p, uint32_t i, uint32_t piece)
{
    struct masked m = anchors_needle(p, i);
    struct anchor_pick pick;
    if (m.bytes.len > SEARCH_NEEDLE_MAX || !anchors_pick(m, &pick))
        return false;
    struct search_needle n = {.len = (uint32_t)m.bytes.len, .piece = piece};
    n.gram[0] = pick.gram[0];
    n.gram[1] = pick.gram[1];
    bool nocase = (p->flags & PIECE_NOCASE) != 0;
    if (p->kind == PIECE_LITERAL && !(p->flags & PIECE_XOR)) {
        n.flags = NEEDLE_FIXED | NEEDLE_WHOLE;
    } else {
        const struct atom *a = &p->atoms[i];
        nocase = a->nocase;
        n.flags = a->fixed ? NEEDLE_FIXED : 0;
        n.back = a->fixed ? a->back : 0;
        n.reverse = a->fixed ? 0 : a->reverse;
        n.xor_key = a->xor_key;
    }
    if (!store_needle(b, m, nocase, &n))
        b->needles.bad = true;
    buf_put(&b->needles, &n, sizeof n);
    return true;
}

static void add_piece(struct search_build *b, const struct piece *p, struct search_piece out)
{
    uint32_t index = (uint32_t)(b->pieces.len / sizeof out);
    out.kind = p->kind;
    out.flags = p->flags;
    out.forward = p->forward;
    out.gap_min = p->gap_min;
    out.gap_max = p->gap_max;
    out.xor_min = p->xor_min;
    out.xor_max = p->xor_max;
    out.needle = (uint32_t)(b->needles.len / sizeof(struct search_needle));
    bool usable = true;
    for (uint32_t i = 0; usable && i < anchors_count(p); i++)
        usable = add_needle(b, p, i, index);
    if (!usable) /* none of them, then: every position is tried, or those where its pair stands */
        b->needles.len = out.needle * sizeof(struct search_needle);
    out.needles = (uint32_t)(b->needles.len / sizeof(struct search_needle)) - out.needle;
    struct span programs = span_cut(buf_get(&b->programs), out.program, out.program_len);
    struct anchor_pair pair = anchors_pair(p, programs);
    out.pair_value = pair.pair.value;
    out.pair_mask = out.needles ? 0 : pair.pair.mask;
    out.pair_at = pair.at;
    out.pair_how = pair.is_backwards ? PAIR_BACKWARDS : PAIR_AHEAD;
    out.pair_reverse = pair.reverse;
    out.literal_len = (uint32_t)p->literal.len;
    store_atom(b, p, pair.is_backwards, &out);
    if (p->kind == PIECE_LITERAL && !pool_bytes(b, p->literal, &out.literal))
        b->pool.bad = true;
    buf_put(&b->pieces, &out, sizeof out);
}

static void add_chain(struct search_build *b, const struct chain *c, struct search_piece shared,
                      struct anchor_cost *cost)
{
    struct span programs = span_cut(buf_get(&b->programs), shared.program, shared.program_len);
    struct search_chain out = {(uint32_t)(b->pieces.len / sizeof(struct search_piece)), c->count};
    uint32_t best = anchors_best_piece(c, programs, cost);
    shared.alone = c->count == 1;
    for (uint32_t i = 0; i < c->count; i++)
        add_piece(b, &c->pieces[i], shared);
    b->best[b->chains.len / sizeof out] = out.piece + best;
    buf_put(&b->chains, &out, sizeof out);
}

/* All that makes a pattern, as bytes; atoms follow from it. */
static struct span spell_out(struct search_build *b, const struct pattern *p)
{
    struct buf all = {0};
    for (uint32_t c = 0; c < p->chain_count; c++) {
        const struct chain *chain = &p->chains[c];
        buf_u32le(&all, chain->count);
        for (uint32_t i = 0; i < chain->count; i++) {
            const struct piece *piece = &chain->pieces[i];
            const uint32_t words[] = {
                piece->kind,    piece->flags,   piece->xor_min, piece->xor_max,
                piece->forward, piece->gap_min, piece->gap_max, (uint32_t)piece->literal.len};
            for (size_t k = 0; k < sizeof words / sizeof *words; k++)
                buf_u32le(&all, words[k]);
            buf_span(&all, piece->literal);
        }
    }
    buf_span(&all, buf_get(&p->programs));
    struct span kept = arena_copy(b->arena, buf_get(&all));
    b->pool.bad = b->pool.bad || all.bad || !kept.at;
    buf_done(&all);
    return kept;
}

/* Strings that are spelled alike share their chains. False: this one is the first of its kind. */
static bool share_string(struct search_build *b, uint32_t index)
{
    struct span all = spell_out(b, &b->patterns[index]);
    uint64_t first;
    if (!map_find(b->known, all, &first)) {
        b->pool.bad = !map_put(b->known, all, index) || b->pool.bad;
        return false;
    }
    struct search_string out = ((const struct search_string *)b->strings.at)[first];
    b->cost[index] = b->cost[first];
    b->common[index] = b->common[first];
    buf_put(&b->strings, &out, sizeof out);
    return true;
}

static void add_string(struct search_build *b, uint32_t index)
{
    const struct pattern *p = &b->patterns[index];
    if (share_string(b, index))
        return;
    struct search_string out = {(uint32_t)(b->chains.len / sizeof(struct search_chain)),
                                p->chain_count};
    struct search_piece shared = {.program = (uint32_t)b->programs.len,
                                  .program_len = (uint32_t)p->programs.len};
    buf_span(&b->programs, buf_get(&p->programs));
    buf_align(&b->programs, 8);
    uint64_t sum = p->chain_count ? 0 : ANCHORS_NONE;
    for (uint32_t i = 0; i < p->chain_count; i++) {
        struct anchor_cost one;
        add_chain(b, &p->chains[i], shared, &one);
        sum = anchors_add(sum, one.cost);
        b->common[index] = b->common[index] || one.is_common;
    }
    b->cost[index] = sum;
    buf_put(&b->strings, &out, sizeof out);
}

static enum err build_strings(struct search_build *b, struct why *why)
{
    uint64_t chains = 1;
    for (uint32_t i = 0; i < b->count; i++)
        chains += b->patterns[i].chain_count;
    b->cost = arena_array(b->arena, uint64_t, b->count);
    b->common = arena_array(b->arena, bool, b->count);
    b->best = arena_array(b->arena, uint32_t, chains);
    b->pooled = map_new(b->arena);
    b->known = map_new(b->arena);
    if (!b->cost || !b->common || !b->best || !b->pooled || !b->known)
        return fail(why, ERR_NOMEM, "search: %u strings", b->count);
    for (uint32_t i = 0; i < b->count; i++)
        add_string(b, i);
    if (b->strings.bad || b->chains.bad || b->pieces.bad || b->needles.bad || b->pool.bad ||
        b->programs.bad || b->programs.len > UINT32_MAX)
        return fail(why, ERR_NOMEM, "search: the needles of %u strings", b->count);
    return ERR_NONE;
}

#define PART(b, field, type)                                                                       \
    search_build_part((b), (b)->field.at, (uint32_t)((b)->field.len / sizeof(type)), sizeof(type))

static enum err build_section(struct search_build *b, const struct cover_list *covers,
                              uint8_t *const *always, struct why *why)
{
    struct search_head *head = &b->head;
    buf_put(b->out, head, sizeof *head);
    head->magic = SEARCH_MAGIC;
    head->version = SEARCH_VERSION;
    head->rule_count = b->rule_count;
    head->strings = PART(b, strings, struct search_string);
    head->chains = PART(b, chains, struct search_chain);
    head->pieces = PART(b, pieces, struct search_piece);
    head->needles = PART(b, needles, struct search_needle);
    head->pool = PART(b, pool, uint8_t);
    head->programs = PART(b, programs, uint8_t);
    for (uint32_t i = 0; i < CLASS_COUNT; i++)
        TRY(search_tables_build(b, covers, i, always[i], why));
    search_build_part(b, NULL, 0, 1);
    if (b->out->bad || b->out->len - b->start > UINT32_MAX)
        return fail(why, ERR_NOMEM, "search: the section");
    head->bytes = (uint32_t)(b->out->len - b->start);
    memcpy(b->out->at + b->start, head, sizeof *head);
    return ERR_NONE;
}

enum err search_emit(const struct pattern *patterns, uint32_t count, const struct cover *covers,
                     uint32_t cover_count, uint32_t rule_count, uint8_t *const always[CLASS_COUNT],
                     struct buf *out, struct why *why)
{
    struct search_build b = {.arena = arena_new(0),
                             .patterns = patterns,
                             .count = count,
                             .rule_count = rule_count,
                             .out = out,
                             .start = out->len};
    if (!b.arena)
        return fail(why, ERR_NOMEM, "search: an arena");
    if (rule_count > SEARCH_RULES_MAX) {
        arena_free(b.arena);
        return fail(why, ERR_LIMIT, "%u rules, at most %u", rule_count, SEARCH_RULES_MAX);
    }
    enum err err = build_strings(&b, why);
    if (err == ERR_NONE)
        err = build_section(&b, &(struct cover_list){covers, cover_count}, always, why);
    struct buf *owned[] = {&b.strings, &b.chains, &b.pieces, &b.needles, &b.pool, &b.programs};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        buf_done(owned[i]);
    arena_free(b.arena);
    return err;
}

uint32_t search_cost(const struct pattern *pattern)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < pattern->chain_count; i++) {
        struct anchor_cost one;
        anchors_best_piece(&pattern->chains[i], buf_get(&pattern->programs), &one);
        sum = anchors_add(sum, anchors_weight(one));
    }
    /* 100 units are a millionth of the bytes, so that rare anchors still differ. */
    const uint64_t most = 1000000;
    if (sum >= BACKGROUND_ONE / 100 || pattern->chain_count == 0)
        return (uint32_t)most;
    return (uint32_t)(sum * most * 100 / BACKGROUND_ONE);
}
