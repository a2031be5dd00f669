/* Opening a section, and stage one: which rules may be true. The section was checked; the bytes
 * are the scanned object's. */
#include "jail/match/search.h"

#include "jail/match/confirm.h"
#include "jail/match/piece.h"
#include "jail/match/search_open.h"

#include <stdlib.h>

struct rules_pass {
    struct search *s;
    const struct search_tables *tables;
    const struct search_anchor *anchors;
    const uint32_t *rules;
    const struct search_pair *pairs;
    const struct pair_set *sets; /* of them, PAIRS_AT_ONCE each */
    void (*alive)(void *ctx, uint32_t rule);
    void *ctx;
    const struct sweep *sweep;
    uint64_t steps; /* of the machine, up to the last look */
    uint64_t left;  /* for trying */
};

/* Steps of trying atoms in one object, and one more each TRY_SHARE bytes: what a second pass over
 * the bytes would cost several times over. */
enum {
    TRY_BASE = 128,
    TRY_SHARE = 128,
    TRY_STEPS = 16, /* to begin with */
    TRIES_MOST = 64 /* of one atom */
};

enum search_class search_class_of(struct span head)
{
    static const struct {
        struct span magic;
        enum search_class kind;
    } rows[] = {
        {{(const uint8_t *)"\x7f\x45\x4c\x46", 4}, CLASS_ELF},
        {{(const uint8_t *)"MZ", 2}, CLASS_PE},
        {{(const uint8_t *)"PK\x03\x04", 4}, CLASS_ZIP},
        {{(const uint8_t *)"\xd0\xcf\x11\xe0", 4}, CLASS_OLE},
        {{(const uint8_t *)"%PDF", 4}, CLASS_PDF},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (span_starts(head, rows[i].magic))
            return rows[i].kind;
    return CLASS_OTHER;
}

const void *search_part_at(const struct search *s, struct search_part part)
{
    return s->section.at + part.at;
}

static bool make_scratch(struct search *s)
{
    uint32_t anchors = 1, buckets = 1;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        const struct search_tables *t = &s->head->classes[i];
        anchors = t->anchors.count > anchors ? t->anchors.count : anchors;
        buckets = t->starts.count > buckets ? t->starts.count : buckets;
    }
    s->found = calloc(SWEEP_CHUNK / 2 + 16, sizeof *s->found);
    s->anchor_seen = calloc(anchors, sizeof *s->anchor_seen);
    s->rule_seen = calloc((size_t)s->head->rule_count + 1, sizeof *s->rule_seen);
    s->loads = calloc(buckets, sizeof *s->loads);
    s->tried = calloc(CONFIRM_TRIED, sizeof *s->tried);
    s->chain_seen = calloc((size_t)s->head->chains.count + 1, sizeof *s->chain_seen);
    s->backs = calloc(CONFIRM_BACKS, sizeof *s->backs);
    s->vm = vm_new();
    s->scratch = arena_new(LIMIT_ARENA_BYTES);
    return s->found && s->anchor_seen && s->rule_seen && s->loads && s->tried && s->chain_seen &&
           s->backs && s->vm && s->scratch;
}

struct search *search_open(struct span section)
{
    struct search *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->section = section;
    s->head = (const struct search_head *)section.at;
    const struct search_head *h = s->head;
    s->strings = search_part_at(s, h->strings);
    s->chains = search_part_at(s, h->chains);
    s->pieces = search_part_at(s, h->pieces);
    s->needles = search_part_at(s, h->needles);
    s->pool = span_cut(section, h->pool.at, h->pool.count);
    s->programs = span_cut(section, h->programs.at, h->programs.count);
    (void)search_use(s, prefilter_best());
    if (make_scratch(s))
        return s;
    search_close(s);
    return NULL;
}

void search_close(struct search *s)
{
    if (!s)
        return;
    free(s->found);
    free(s->anchor_seen);
    free(s->rule_seen);
    free(s->loads);
    free(s->tried);
    free(s->chain_seen);
    free(s->backs);
    for (uint32_t i = 0; i < SEARCH_KEPT; i++)
        free(s->kept[i].bytes);
    for (uint32_t i = 0; i < CLASS_COUNT; i++)
        free(s->pair_sets[i]);
    vm_free(s->vm);
    arena_free(s->scratch);
    free(s);
}

bool search_use(struct search *s, enum prefilter_kernel kernel)
{
    prefilter_run run = prefilter_find(kernel);
    if (!run)
        return false;
    s->run = run;
    s->run_pairs = pairs_find(kernel);
    return true;
}

uint64_t search_drops(const struct search *s)
{
    return vm_drops(s->vm);
}

uint32_t search_string_count(const struct search *s)
{
    return s->head->strings.count;
}

/* Which clauses of a rule hold, below the epoch. */
static uint32_t rule_state(const struct search *s, uint32_t rule)
{
    uint32_t state = s->rule_seen[rule];
    return state >> SEARCH_CLAUSE_BITS == s->epoch ? state : s->epoch << SEARCH_CLAUSE_BITS;
}

static void anchor_found(struct rules_pass *p, uint32_t anchor)
{
    struct search *s = p->s;
    const struct search_anchor *a = &p->anchors[anchor];
    s->anchor_seen[anchor] = s->epoch << SEARCH_TRIES_BITS | SEARCH_SEEN;
    for (uint32_t i = a->rule; i < a->rule + a->rules; i++) {
        uint32_t wake = p->rules[i], rule = wake & SEARCH_WAKE_RULE;
        uint32_t clause = wake >> SEARCH_WAKE_CLAUSE & 3, last = wake >> SEARCH_WAKE_CLAUSES & 3;
        uint32_t seen = rule_state(s, rule), now = seen | 1u << clause, all = (2u << last) - 1;
        s->rule_seen[rule] = now;
        if (now != seen && (now & all) == all)
            p->alive(p->ctx, rule);
    }
}

/* Whether finding this anchor would change nothing any more. */
static bool is_needless(const struct rules_pass *p, uint32_t anchor)
{
    const struct search_anchor *a = &p->anchors[anchor];
    uint32_t i = 0;
    for (; i < a->rules; i++) {
        uint32_t wake = p->rules[a->rule + i], clause = wake >> SEARCH_WAKE_CLAUSE & 3;
        if (!(rule_state(p->s, wake & SEARCH_WAKE_RULE) >> clause & 1))
            break;
    }
    return i == a->rules;
}

/* Epoch and tries of an anchor; SEARCH_SEEN of them: it was found. */
static uint32_t anchor_state(const struct search *s, uint32_t anchor)
{
    uint32_t state = s->anchor_seen[anchor];
    return state >> SEARCH_TRIES_BITS == s->epoch ? state : s->epoch << SEARCH_TRIES_BITS;
}

static bool is_seen(const struct search *s, uint32_t anchor)
{
    return (anchor_state(s, anchor) & SEARCH_SEEN) == SEARCH_SEEN;
}

/* Whether an atom that was seen belongs to a match of its piece; where that was asked too often, it
 * does. */
static bool try_atom(struct rules_pass *p, uint32_t anchor, const struct search_needle *n,
                     const struct stretch *st, size_t begin)
{
    struct search *s = p->s;
    uint32_t tries = anchor_state(s, anchor) + 1;
    uint64_t before = vm_steps(s->vm);
    s->anchor_seen[anchor] = tries;
    if (p->left == 0 || (tries & SEARCH_SEEN) >= TRIES_MOST || is_needless(p, anchor))
        return true;
    bool found = confirm_needle(s, n, st, begin);
    uint64_t spent = TRY_STEPS + vm_steps(s->vm) - before;
    p->left = spent < p->left ? p->left - spent : 0;
    return found;
}

/* What a needle says when it was seen: all of a literal, or an atom. */
static bool is_found(struct rules_pass *p, uint32_t anchor, const struct search_needle *n,
                     const struct stretch *st, size_t begin)
{
    const struct search_piece *piece = &p->s->pieces[n->piece];
    if (!(n->flags & NEEDLE_WHOLE))
        return try_atom(p, anchor, n, st, begin);
    if (!piece->alone || !(piece->flags & PIECE_FULLWORD))
        return true;
    uint32_t edges = WORD_BEFORE | WORD_AFTER | (piece->flags & PIECE_WIDE ? WORD_WIDE : 0);
    return search_is_word(st, st->text.base + begin, n->len, edges);
}

static uint64_t rules_entry(void *ctx, uint32_t ref, const struct stretch *st, size_t at)
{
    struct rules_pass *p = ctx;
    struct search *s = p->s;
    uint32_t anchor = ref / 2, work = 0;
    if (is_seen(s, anchor))
        return 0;
    const struct search_needle *n = &s->needles[p->anchors[anchor].needle];
    size_t begin;
    if (sweep_begin(n, ref & 1, at, &begin) &&
        sweep_needle(s->pool, n, st->text.view, begin, &work) && is_found(p, anchor, n, st, begin))
        anchor_found(p, anchor);
    return work;
}

/* The sets of a class's pairs, made at its first object. */
static const struct pair_set *pair_sets(struct search *s, unsigned class)
{
    const struct search_tables *t = &s->head->classes[class];
    const struct search_pair *pairs = search_part_at(s, t->pairs);
    if (!s->pair_sets[class])
        s->pair_sets[class] = calloc(t->pairs.count / PAIRS_AT_ONCE + 1, sizeof(struct pair_set));
    struct pair_set *sets = s->pair_sets[class];
    for (uint32_t i = 0;
         sets && sets[i / PAIRS_AT_ONCE].count <= i % PAIRS_AT_ONCE && i < t->pairs.count; i++)
        pairs_add(&sets[i / PAIRS_AT_ONCE], (struct pair){pairs[i].value, pairs[i].mask});
    return sets;
}

/* Looks for the pairs from `first` on that were not seen yet, in one go. */
static uint64_t rules_pairs(struct rules_pass *p, const struct stretch *st,
                            struct prefilter_part part, uint32_t first)
{
    const struct pair_set *set = &p->sets[first / PAIRS_AT_ONCE];
    uint64_t work = 0;
    uint8_t wanted = 0, which = 0;
    for (uint32_t k = 0; k < set->count; k++)
        if (!is_seen(p->s, p->pairs[first + k].anchor))
            wanted |= (uint8_t)(1u << k);
    while (wanted) {
        work += (part.to - part.from) / 128;
        part.from = p->s->run_pairs(st->text.view, part, set, wanted, &which);
        if (part.from == SIZE_MAX)
            break;
        wanted &= (uint8_t)~which;
        for (uint32_t k = 0; k < set->count; k++)
            if (which >> k & 1)
                anchor_found(p, p->pairs[first + k].anchor);
    }
    return work;
}

static uint64_t rules_chunk(void *ctx, const struct stretch *st, struct prefilter_part part)
{
    struct rules_pass *p = ctx;
    uint64_t steps = vm_steps(p->s->vm), work = steps - p->steps;
    p->steps = steps;
    for (uint32_t i = 0; i < p->tables->pairs.count; i += PAIRS_AT_ONCE)
        work += rules_pairs(p, st, part, i);
    return work;
}

static void rules_give_up(void *ctx, uint32_t bucket)
{
    struct rules_pass *p = ctx;
    const struct sweep *w = p->sweep;
    for (uint32_t i = w->starts[bucket]; i < w->starts[bucket + 1]; i++)
        anchor_found(p, w->entries[i].ref / 2);
}

/* At the wrap everything is wiped. */
void search_next_epoch(struct search *s)
{
    if (++s->epoch < 1u << (32 - SEARCH_TRIES_BITS))
        return;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        const struct search_tables *t = &s->head->classes[i];
        for (uint32_t k = 0; k < t->anchors.count; k++)
            s->anchor_seen[k] = 0;
        for (uint32_t k = 0; k < t->starts.count; k++)
            s->loads[k].epoch = 0;
    }
    for (uint32_t k = 0; k < s->head->rule_count; k++)
        s->rule_seen[k] = 0;
    for (uint32_t k = 0; k < CONFIRM_TRIED; k++)
        s->tried[k].epoch = 0;
    for (uint32_t k = 0; k < s->head->chains.count; k++)
        s->chain_seen[k].epoch = 0;
    s->epoch = 1;
}

bool search_rules(struct search *s, enum search_class kind, struct source *source,
                  struct budget *budget, void (*alive)(void *ctx, uint32_t rule), void *ctx)
{
    unsigned class = kind < CLASS_COUNT ? kind : CLASS_OTHER;
    const struct search_tables *t = &s->head->classes[class];
    if ((t->entries.count == 0 && t->pairs.count == 0))
        return true;
    search_next_epoch(s);
    struct rules_pass p = {.s = s,
                           .tables = t,
                           .anchors = search_part_at(s, t->anchors),
                           .rules = search_part_at(s, t->rules),
                           .pairs = search_part_at(s, t->pairs),
                           .sets = pair_sets(s, class),
                           .alive = alive,
                           .ctx = ctx,
                           .steps = vm_steps(s->vm),
                           .left = TRY_BASE + source->size / TRY_SHARE};
    struct sweep w = {.sieve = {.bits = search_part_at(s, t->bits),
                                .bits_log = t->bits_log,
                                .second = search_part_at(s, t->second),
                                .second_log = t->second_log,
                                .brief = search_part_at(s, t->brief),
                                .brief_log = t->brief_log},
                      .run = s->run,
                      .bucket_log = t->bucket_log,
                      .starts = t->entries.count ? search_part_at(s, t->starts) : NULL,
                      .entries = search_part_at(s, t->entries),
                      .found = s->found,
                      .loads = s->loads,
                      .epoch = s->epoch,
                      .ctx = &p,
                      .entry = rules_entry,
                      .chunk = rules_chunk,
                      .give_up = rules_give_up};
    p.sweep = &w;
    if (!p.sets) /* out of memory: nothing is known */
        return false;
    return sweep_run(&w, source, budget);
}

static bool is_word_byte(struct span view, int64_t at)
{
    uint8_t b = at < 0 ? 0 : span_byte(view, (size_t)at), up = b & GRAM_FOLD;
    return (b >= '0' && b <= '9') || (up >= 'A' && up <= 'Z');
}

/* As YARA: a wide neighbour is an alphanumeric byte and a zero. */
bool search_is_word(const struct stretch *s, uint64_t at, uint64_t len, uint32_t edges)
{
    struct span v = s->text.view;
    int64_t from = (int64_t)(at - s->text.base), to = from + (int64_t)len;
    if (edges & WORD_WIDE) {
        bool left = from >= 2 && span_byte(v, (size_t)from - 1) == 0 && is_word_byte(v, from - 2);
        bool right =
            to + 1 < (int64_t)v.len && span_byte(v, (size_t)to + 1) == 0 && is_word_byte(v, to);
        return !(edges & WORD_BEFORE && left) && !(edges & WORD_AFTER && right);
    }
    bool left = is_word_byte(v, from - 1), right = is_word_byte(v, to);
    return !(edges & WORD_BEFORE && left) && !(edges & WORD_AFTER && right);
}
