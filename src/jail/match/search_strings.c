/* Stage two: every match of the wanted strings. Tables for just them are built, the object is
 * swept once, chains are joined. The section was checked; the bytes are the object's. */
#include "jail/match/confirm.h"
#include "jail/match/piece.h"

enum { BITS_SPARSE = 6, BITS_MOST = 22 };

struct wanted {
    const uint32_t *strings;
    uint32_t count;
    const struct hits *hits;
    uint32_t *owner; /* first string of this call with the same chains; itself mostly */
};

static uint32_t ceil_log(uint64_t count, uint32_t extra, uint32_t most)
{
    uint32_t log = 0;
    while (log < 31 && UINT64_C(1) << log < count)
        log++;
    log += extra;
    log = log < SEARCH_LOG_MIN ? SEARCH_LOG_MIN : log;
    return log > most ? most : log;
}

/* `owner` stands for string i, and must find what is asked of either. */
static void own(struct wanted *w, uint32_t i, uint32_t owner, struct hits *hits)
{
    w->owner[i] = owner;
    hits[owner].one_is_enough = hits[owner].one_is_enough && hits[i].one_is_enough;
}

/* Rules often hold the same strings; one of each is looked for. */
static bool find_owners(struct search *s, struct wanted *w, struct hits *hits)
{
    w->owner = arena_array(s->scratch, uint32_t, w->count);
    for (uint32_t i = 0; w->owner && i < w->count; i++) {
        const struct search_string *str = &s->strings[w->strings[i]];
        w->owner[i] = i;
        if (str->chains == 0 || hits[i].on_demand)
            continue;
        struct search_seen *seen = &s->chain_seen[str->chain];
        if (seen->epoch == s->epoch && seen->chains == str->chains)
            own(w, i, seen->index, hits);
        else
            *seen = (struct search_seen){s->epoch, i, str->chains};
    }
    return w->owner != NULL;
}

/* Empty for one that another stands for, and for one that is not looked for. */
static const struct search_string *wanted_string(const struct search *s, const struct wanted *w,
                                                 uint32_t i)
{
    static const struct search_string nothing = {0, 0};
    return w->owner[i] == i && !w->hits[i].on_demand ? &s->strings[w->strings[i]] : &nothing;
}

/* Slots and targets that the wanted strings need. */
static void count_slots(struct search *s, const struct wanted *w, uint64_t *slots,
                        uint64_t *targets)
{
    *slots = *targets = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        const struct search_string *str = wanted_string(s, w, i);
        for (uint32_t c = str->chain; c < str->chain + str->chains; c++) {
            const struct search_chain *chain = &s->chains[c];
            *slots += chain->pieces;
            for (uint32_t p = chain->piece; p < chain->piece + chain->pieces; p++)
                *targets += s->pieces[p].needles;
        }
    }
}

static bool add_chain(struct confirm *c, const struct search_chain *chain, struct hits *hits)
{
    struct search *s = c->s;
    struct hits *own = arena_array(s->scratch, struct hits, chain->pieces);
    if (!own)
        return false;
    for (uint32_t i = 0; i < chain->pieces; i++) {
        const struct search_piece *p = &s->pieces[chain->piece + i];
        struct confirm_slot *slot = &c->slots[c->slot_count];
        slot->piece = p;
        slot->programs = span_cut(s->programs, p->program, p->program_len);
        slot->hits = chain->pieces == 1 ? hits : &own[i];
        slot->edges = confirm_edges(p);
        if (p->needles == 0 && !confirm_lone(c, c->slot_count))
            return false;
        for (uint32_t n = 0; n < p->needles; n++)
            c->targets[c->target_count++] = (struct confirm_target){p->needle + n, c->slot_count};
        c->slot_count++;
    }
    return true;
}

static bool add_slots(struct confirm *c, const struct wanted *w, struct hits *hits)
{
    uint64_t slots, targets;
    count_slots(c->s, w, &slots, &targets);
    if (slots > UINT32_MAX || targets > UINT32_MAX / 2)
        return false;
    c->slots = arena_array(c->s->scratch, struct confirm_slot, slots);
    c->targets = arena_array(c->s->scratch, struct confirm_target, targets);
    if (!c->slots || !c->targets)
        return false;
    for (uint32_t i = 0; i < w->count; i++) {
        const struct search_string *str = wanted_string(c->s, w, i);
        for (uint32_t k = str->chain; k < str->chain + str->chains; k++)
            if (!add_chain(c, &c->s->chains[k], &hits[i]))
                return false;
    }
    return true;
}

static struct masked needle_bytes(const struct search *s, const struct search_needle *n)
{
    struct masked m = {span_cut(s->pool, n->bytes, n->len), {NULL, 0}};
    if (!(n->flags & NEEDLE_EXACT))
        m.mask = span_cut(s->pool, n->bytes + needle_padded(n->len), n->len);
    return m;
}

/* Rows of all targets; entries NULL: only counts them. */
static uint64_t list_entries(const struct confirm *c, struct search_entry *entries)
{
    uint64_t made = 0;
    for (uint32_t t = 0; t < c->target_count; t++) {
        const struct search_needle *n = &c->s->needles[c->targets[t].needle];
        struct masked m = needle_bytes(c->s, n);
        for (uint32_t odd = 0; odd < 2; odd++) {
            struct gram g = gram_at(m, n->gram[odd]);
            uint32_t open = GRAM_FOLD32 & ~g.mask, spelled = 0;
            if (!entries) {
                made += UINT64_C(1) << gram_free(g);
                continue;
            }
            struct gram next = gram_at(m, n->gram[odd] + GRAM_BYTES);
            do { /* all subsets of the open bits */
                entries[made++] =
                    (struct search_entry){g.value | spelled, next.value, next.mask, t * 2 + odd};
                spelled = (spelled - open) & open;
            } while (spelled);
        }
    }
    return made;
}

/* The tables of stage one in small, for this call. */
static bool make_tables(struct confirm *c, struct sweep *w)
{
    struct arena *a = c->s->scratch;
    uint64_t count = list_entries(c, NULL);
    if (count == 0)
        return true;
    if (count > UINT32_MAX / 2)
        return false;
    w->bucket_log = ceil_log(count, 0, SEARCH_LOG_MAX);
    uint32_t log = ceil_log(count, BITS_SPARSE, BITS_MOST), buckets = 1u << w->bucket_log;
    uint32_t *bits = arena_array(a, uint32_t, 1u << log >> 5);
    uint32_t *starts = arena_array(a, uint32_t, (size_t)buckets + 2);
    struct search_entry *made = arena_array(a, struct search_entry, count);
    struct search_entry *entries = arena_array(a, struct search_entry, count);
    if (!bits || !starts || !made || !entries)
        return false;
    (void)list_entries(c, made);
    for (uint64_t i = 0; i < count; i++) {
        uint32_t bit = gram_hash(made[i].gram, log);
        bits[bit / 32] |= 1u << bit % 32;
        starts[gram_hash(made[i].gram, w->bucket_log) + 2]++;
    }
    for (uint32_t i = 2; i < buckets + 2; i++)
        starts[i] += starts[i - 1];
    for (uint64_t i = 0; i < count; i++)
        entries[starts[gram_hash(made[i].gram, w->bucket_log) + 1]++] = made[i];
    w->sieve = (struct prefilter){.bits = bits, .bits_log = log};
    w->starts = starts;
    w->entries = entries;
    return true;
}

/* Settles a chain's pieces and joins them into the string's matches. */
static bool close_chain(struct confirm *c, const struct search_chain *chain, uint32_t slot,
                        struct hits *out)
{
    if (chain->pieces < 2)
        return true;
    struct arena *a = c->s->scratch;
    struct hits *pieces = c->slots[slot].hits; /* one array, see add_chain */
    struct hits_gap *gaps = arena_array(a, struct hits_gap, chain->pieces);
    if (!gaps)
        return false;
    for (uint32_t i = 0; i < chain->pieces; i++) {
        const struct search_piece *p = c->slots[slot + i].piece;
        hits_settle(&pieces[i], p->flags & PIECE_GREEDY);
        gaps[i] = (struct hits_gap){p->gap_min, p->gap_max};
    }
    struct hits_chain join = {pieces, gaps, chain->pieces};
    return hits_join(&join, out, c->arena, a);
}

static bool close_strings(struct confirm *c, const struct wanted *w, struct hits *hits)
{
    uint32_t slot = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        const struct search_string *str = wanted_string(c->s, w, i);
        bool greedy = false;
        for (uint32_t k = str->chain; k < str->chain + str->chains; k++) {
            const struct search_chain *chain = &c->s->chains[k];
            if (!close_chain(c, chain, slot, &hits[i]))
                return false;
            greedy = greedy || (chain->pieces == 1 && c->slots[slot].piece->flags & PIECE_GREEDY);
            slot += chain->pieces;
        }
        hits_settle(&hits[i], greedy);
        hits[i] = hits[w->owner[i]];
    }
    return true;
}

bool search_strings(struct search *s, struct source *source, const uint32_t *strings,
                    uint32_t count, bool first_only, struct arena *arena, struct budget *budget,
                    struct hits *hits)
{
    struct wanted w = {.strings = strings, .count = count, .hits = hits};
    for (uint32_t i = 0; i < count; i++) {
        hits[i] = (struct hits){.one_is_enough = first_only || hits[i].one_is_enough,
                                .on_demand = hits[i].on_demand};
        if (strings[i] >= s->head->strings.count)
            return false;
    }
    search_next_epoch(s);
    arena_reset(s->scratch);
    struct confirm c = {.s = s, .arena = arena, .budget = budget, .steps = vm_steps(s->vm)};
    struct sweep sweep = {.run = s->run,
                          .found = s->found,
                          .ctx = &c,
                          .entry = confirm_entry,
                          .stretch = confirm_everywhere};
    if (!find_owners(s, &w, hits) || !add_slots(&c, &w, hits) || !make_tables(&c, &sweep))
        return false;
    if (c.slot_count == 0) /* nothing to look for */
        return true;
    return sweep_run(&sweep, source, budget) && !c.failed && close_strings(&c, &w, hits);
}
