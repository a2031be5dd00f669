/* The proof that the loops of stage one and two rely on: every place, count and index of a section
 * is inside it. The section may be forged: all of it is read with suspicion. */
#include "jail/match/search.h"

#include "jail/match/grams.h"
#include "jail/match/piece.h"
#include "jail/match/regex_vm.h"
#include "jail/match/search_format.h"

struct proof {
    struct span section;
    const struct search_head *head;
};

static bool part_ok(const struct proof *p, struct search_part part, size_t size)
{
    uint64_t end = part.at + (uint64_t)part.count * size;
    return part.at % 4 == 0 && end <= p->head->bytes;
}

static const void *items(const struct proof *p, struct search_part part)
{
    return p->section.at + part.at;
}

static bool slice_ok(uint32_t at, uint32_t count, uint32_t of)
{
    return at <= of && count <= of - at;
}

static bool head_ok(const struct proof *p)
{
    const struct search_head *h = p->head;
    return h->magic == SEARCH_MAGIC && h->version == SEARCH_VERSION &&
           h->rule_count <= SEARCH_RULES_MAX && h->bytes <= p->section.len &&
           part_ok(p, h->strings, sizeof(struct search_string)) &&
           part_ok(p, h->chains, sizeof(struct search_chain)) &&
           part_ok(p, h->pieces, sizeof(struct search_piece)) &&
           part_ok(p, h->needles, sizeof(struct search_needle)) && part_ok(p, h->pool, 1) &&
           part_ok(p, h->programs, 1);
}

static bool strings_ok(const struct proof *p)
{
    const struct search_head *h = p->head;
    const struct search_string *s = items(p, h->strings);
    for (uint32_t i = 0; i < h->strings.count; i++)
        if (!slice_ok(s[i].chain, s[i].chains, h->chains.count))
            return false;
    const struct search_chain *c = items(p, h->chains);
    for (uint32_t i = 0; i < h->chains.count; i++)
        if (c[i].pieces == 0 || !slice_ok(c[i].piece, c[i].pieces, h->pieces.count))
            return false;
    return true;
}

static struct span program_of(const struct proof *p, const struct search_piece *piece)
{
    struct span all = span_cut(p->section, p->head->programs.at, p->head->programs.count);
    return span_cut(all, piece->program, piece->program_len);
}

static bool pieces_ok(const struct proof *p)
{
    const struct search_head *h = p->head;
    const struct search_piece *piece = items(p, h->pieces);
    for (uint32_t i = 0; i < h->pieces.count; i++, piece++) {
        if (piece->kind != PIECE_LITERAL && piece->kind != PIECE_PROGRAM)
            return false;
        if (!slice_ok(piece->literal, piece->literal_len, h->pool.count) ||
            !slice_ok(piece->program, piece->program_len, h->programs.count) ||
            !slice_ok(piece->needle, piece->needles, h->needles.count) || piece->alone > 1)
            return false;
        if (piece->kind == PIECE_PROGRAM && 2 * needle_padded(piece->atom_len) > piece->literal_len)
            return false;
        if (piece->kind == PIECE_PROGRAM && !vm_check(program_of(p, piece), piece->forward))
            return false;
        if (piece->pair_mask && piece->pair_how == PAIR_BACKWARDS &&
            !vm_check(program_of(p, piece), piece->pair_reverse))
            return false;
    }
    return true;
}

static bool needle_ok(const struct proof *p, const struct search_needle *n)
{
    const struct search_head *h = p->head;
    if (n->len == 0 || n->len > SEARCH_NEEDLE_MAX || n->piece >= h->pieces.count)
        return false;
    bool exact = n->flags & NEEDLE_EXACT;
    if (!slice_ok(n->bytes, exact ? n->len : 2 * needle_padded(n->len), h->pool.count))
        return false;
    struct span pool = span_cut(p->section, h->pool.at, h->pool.count);
    struct masked m = {span_cut(pool, n->bytes, n->len), {NULL, 0}};
    if (!exact)
        m.mask = span_cut(pool, n->bytes + needle_padded(n->len), n->len);
    for (uint32_t odd = 0; odd < 2; odd++)
        if (gram_free(gram_at(m, n->gram[odd])) > GRAM_FREE_MAX)
            return false;
    const struct search_piece *piece = items(p, h->pieces);
    return n->flags & NEEDLE_FIXED || vm_check(program_of(p, &piece[n->piece]), n->reverse);
}

static bool needles_ok(const struct proof *p)
{
    const struct search_needle *n = items(p, p->head->needles);
    for (uint32_t i = 0; i < p->head->needles.count; i++)
        if (!needle_ok(p, &n[i]))
            return false;
    return true;
}

static bool bitmap_ok(const struct proof *p, struct search_part words, uint32_t log)
{
    return log >= SEARCH_LOG_MIN && log <= SEARCH_LOG_MAX && words.count == 1u << log >> 5 &&
           part_ok(p, words, 4);
}

static bool buckets_ok(const struct proof *p, const struct search_tables *t)
{
    if (t->bucket_log < SEARCH_LOG_MIN || t->bucket_log > SEARCH_LOG_MAX ||
        t->starts.count != (1u << t->bucket_log) + 1 || !part_ok(p, t->starts, 4))
        return false;
    const uint32_t *starts = items(p, t->starts);
    for (uint32_t i = 0; i + 1 < t->starts.count; i++)
        if (starts[i] > starts[i + 1])
            return false;
    return starts[t->starts.count - 1] <= t->entries.count;
}

static bool entries_ok(const struct proof *p, const struct search_tables *t)
{
    if (t->entries.count == 0) /* neither bitmaps nor buckets are used, but their number is */
        return part_ok(p, t->starts, 4);
    if (!bitmap_ok(p, t->bits, t->bits_log) || !bitmap_ok(p, t->second, t->second_log) ||
        !bitmap_ok(p, t->brief, t->brief_log) || !buckets_ok(p, t))
        return false;
    const struct search_entry *e = items(p, t->entries);
    const struct search_anchor *a = items(p, t->anchors);
    for (uint32_t i = 0; i < t->entries.count; i++)
        if (e[i].ref / 2 >= t->anchors.count || a[e[i].ref / 2].needle >= p->head->needles.count)
            return false;
    return true;
}

static bool pairs_ok(const struct proof *p, const struct search_tables *t)
{
    if (!part_ok(p, t->pairs, sizeof(struct search_pair)) || t->pairs.count > SEARCH_PAIRS_MAX)
        return false;
    const struct search_pair *pair = items(p, t->pairs);
    for (uint32_t i = 0; i < t->pairs.count; i++)
        if (pair[i].anchor >= t->anchors.count)
            return false;
    return true;
}

static bool tables_ok(const struct proof *p, const struct search_tables *t)
{
    if (!part_ok(p, t->entries, sizeof(struct search_entry)) ||
        !part_ok(p, t->anchors, sizeof(struct search_anchor)) || !part_ok(p, t->rules, 4))
        return false;
    const struct search_anchor *a = items(p, t->anchors);
    for (uint32_t i = 0; i < t->anchors.count; i++)
        if (!slice_ok(a[i].rule, a[i].rules, t->rules.count))
            return false;
    const uint32_t *rules = items(p, t->rules);
    for (uint32_t i = 0; i < t->rules.count; i++)
        if ((rules[i] & SEARCH_WAKE_RULE) >= p->head->rule_count)
            return false;
    return pairs_ok(p, t) && entries_ok(p, t);
}

bool search_check(struct span section)
{
    struct proof p = {section, (const struct search_head *)(const void *)section.at};
    if ((uintptr_t)section.at % SEARCH_ALIGN || section.len < sizeof(struct search_head))
        return false;
    if (!head_ok(&p) || !strings_ok(&p) || !pieces_ok(&p) || !needles_ok(&p))
        return false;
    for (uint32_t i = 0; i < CLASS_COUNT; i++)
        if (!tables_ok(&p, &p.head->classes[i]))
            return false;
    return true;
}
