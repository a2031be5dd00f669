/* One class's tables: which covers are taken, their anchors without duplicates, and the bitmaps
 * and buckets through which the bytes are sifted. Bytes are those of rules. */
#include "jail/compile/anchors.h"
#include "jail/compile/background.h"
#include "jail/compile/search_build.h"

enum {
    BITS_SPARSE = 6,   /* a bit in 2^6 set, or fewer */
    SECOND_SPARSE = 5, /* of the second test */
    BITS_MOST = 22,    /* 512 KiB: what a core's second cache holds */
    SECOND_MOST = 21,
};

/* An anchor this common would be found in nearly every object: its rule is evaluated always. */
#define TOO_COMMON (BACKGROUND_ONE / 256)

/* A second clause that is more common is not worth its rows. */
#define EXTRA_COMMON (BACKGROUND_ONE / 4096)

struct wake {
    uint32_t anchor, rule; /* rule: as search_wake makes it */
};

/* The clauses of one rule in this class: index + 1 in the list, 0 for none. */
struct chosen {
    uint32_t clause[SEARCH_CLAUSES];
};

struct draft {
    struct search_build *b;
    struct map *known;           /* a needle's content -> anchor */
    struct buf anchors, entries; /* search_anchor, search_entry */
    struct buf wakes;            /* wake: the rules of anchors, one by one */
    struct buf pairs;            /* search_pair */
    bool *used;                  /* per chain: its anchors are there already */
};

enum { NEEDLE_OWN = 256 }; /* above the flags of pieces */

/* What makes two needles, or two pairs (len 0), the same thing to look for. */
struct needle_key {
    uint32_t bytes, len, exact, word;
};

static uint64_t cover_cost(const struct search_build *b, const struct cover *c)
{
    uint64_t sum = c->count ? 0 : ANCHORS_NONE;
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t s = c->strings[i];
        sum = s < b->count ? anchors_add(sum, b->cost[s]) : ANCHORS_NONE;
    }
    return sum;
}

/* Of covers for the same clause any one will do: the cheapest. */
static void choose_covers(const struct search_build *b, enum search_class kind,
                          const struct cover_list *covers, struct chosen *chosen, uint8_t *always)
{
    for (uint32_t i = 0; i < covers->count; i++) {
        const struct cover *c = &covers->at[i];
        if (!(c->classes >> kind & 1) || c->rule >= b->rule_count || c->clause >= SEARCH_CLAUSES)
            continue;
        uint32_t *best = &chosen[c->rule].clause[c->clause];
        if (*best == 0 || cover_cost(b, c) < cover_cost(b, &covers->at[*best - 1]))
            *best = i + 1;
    }
    for (uint32_t r = 0; r < b->rule_count; r++) {
        uint32_t first = chosen[r].clause[0];
        if (first == 0 || cover_cost(b, &covers->at[first - 1]) < TOO_COMMON)
            continue;
        chosen[r].clause[0] = 0;
        always[r / 8] |= (uint8_t)(1u << r % 8);
    }
}

static bool is_common(const struct search_build *b, const struct cover *c)
{
    bool common = false;
    for (uint32_t i = 0; i < c->count; i++)
        common = common || b->common[c->strings[i]];
    return common;
}

/* The anchor of a key, made when it is new; false then. */
static bool find_anchor(struct draft *d, const struct needle_key *key, uint32_t needle,
                        uint32_t *anchor)
{
    uint64_t known;
    struct span bytes = span_make(key, sizeof *key);
    bool found = map_find(d->known, bytes, &known);
    if (!found) {
        known = map_count(d->known);
        struct span kept = arena_copy(d->b->arena, bytes);
        struct search_anchor a = {.needle = needle};
        if (!kept.at || !map_put(d->known, kept, known))
            d->anchors.bad = true;
        buf_put(&d->anchors, &a, sizeof a);
    }
    *anchor = (uint32_t)known;
    return found;
}

static void add_anchor(struct draft *d, uint32_t needle, uint32_t rule)
{
    const struct search_needle *n = (const struct search_needle *)d->b->needles.at + needle;
    const struct search_piece *p = (const struct search_piece *)d->b->pieces.at + n->piece;
    struct needle_key key = {n->bytes, n->len, n->flags & NEEDLE_EXACT, 0};
    if (!(n->flags & NEEDLE_WHOLE)) /* its piece is tried where it is seen */
        key.word = NEEDLE_OWN + needle;
    else if (p->alone)
        key.word = p->flags & (PIECE_FULLWORD | PIECE_WIDE);
    struct wake w = {.rule = rule};
    (void)find_anchor(d, &key, needle, &w.anchor);
    buf_put(&d->wakes, &w, sizeof w);
}

static void add_pair(struct draft *d, const struct search_piece *p, uint32_t rule)
{
    struct needle_key key = {.bytes = p->pair_value, .exact = p->pair_mask};
    struct wake w = {.rule = rule};
    if (!find_anchor(d, &key, SEARCH_NO_NEEDLE, &w.anchor)) {
        struct search_pair pair = {p->pair_value, p->pair_mask, w.anchor};
        buf_put(&d->pairs, &pair, sizeof pair);
    }
    buf_put(&d->wakes, &w, sizeof w);
}

static void add_string_anchors(struct draft *d, uint32_t string, uint32_t rule)
{
    const struct search_string *s = (const struct search_string *)d->b->strings.at + string;
    for (uint32_t c = s->chain; c < s->chain + s->chains; c++) {
        d->used[c] = true;
        const struct search_piece *p = (const struct search_piece *)d->b->pieces.at + d->b->best[c];
        if (p->needles == 0)
            add_pair(d, p, rule);
        for (uint32_t n = p->needle; n < p->needle + p->needles; n++)
            add_anchor(d, n, rule);
    }
}

static uint64_t count_pairs(const struct draft *d, const struct cover *c)
{
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct search_string *s =
            (const struct search_string *)d->b->strings.at + c->strings[i];
        for (uint32_t k = s->chain; k < s->chain + s->chains; k++)
            pairs += ((const struct search_piece *)d->b->pieces.at)[d->b->best[k]].needles == 0;
    }
    return pairs;
}

/* Whether the pairs that a cover would add still fit. */
static bool pairs_fit(const struct draft *d, const struct cover *c)
{
    return d->pairs.len / sizeof(struct search_pair) + count_pairs(d, c) <= SEARCH_PAIRS_MAX;
}

/* Rules of each anchor, by counting: rules rise within an anchor, the same one stands once. */
static uint32_t *gather_rules(struct draft *d, uint32_t *total)
{
    struct search_anchor *anchors = (struct search_anchor *)d->anchors.at;
    const struct wake *wakes = (const struct wake *)d->wakes.at;
    uint32_t anchor_count = map_count(d->known);
    uint32_t wake_count = (uint32_t)(d->wakes.len / sizeof *wakes);
    uint32_t *rules = arena_array(d->b->arena, uint32_t, wake_count);
    if (!rules)
        return NULL;
    for (uint32_t i = 0; i < wake_count; i++)
        anchors[wakes[i].anchor].rules++;
    uint32_t at = 0;
    for (uint32_t a = 0; a < anchor_count; a++) {
        anchors[a].rule = at;
        at += anchors[a].rules;
        anchors[a].rules = 0;
    }
    for (uint32_t i = 0; i < wake_count; i++) {
        struct search_anchor *a = &anchors[wakes[i].anchor];
        if (a->rules && rules[a->rule + a->rules - 1] == wakes[i].rule)
            continue;
        rules[a->rule + a->rules++] = wakes[i].rule;
    }
    *total = at;
    return rules;
}

static void add_entries(struct draft *d, uint32_t anchor, const struct search_needle *n)
{
    struct masked m = search_build_needle(d->b, n);
    for (uint32_t odd = 0; odd < 2; odd++) {
        struct gram g = gram_at(m, n->gram[odd]);
        struct gram next = gram_at(m, n->gram[odd] + GRAM_BYTES);
        uint32_t spellings = 1u << gram_free(g);
        for (uint32_t i = 0; i < spellings; i++) {
            struct search_entry e = {gram_spell(g, i), next.value, next.mask, anchor * 2 + odd};
            buf_put(&d->entries, &e, sizeof e);
        }
    }
}

static uint32_t log_of(uint64_t count, uint32_t extra, uint32_t most)
{
    uint32_t log = 0;
    while (log < 31 && UINT64_C(1) << log < count)
        log++;
    log += extra;
    log = log < SEARCH_LOG_MIN ? SEARCH_LOG_MIN : log;
    return log > most ? most : log;
}

static void set_bit(uint32_t *words, uint32_t i)
{
    words[i / 32] |= 1u << i % 32;
}

static enum err put_bitmaps(struct draft *d, uint32_t entry_count, struct search_tables *t,
                            struct why *why)
{
    const struct search_entry *e = (const struct search_entry *)d->entries.at;
    uint32_t bare = 0;
    for (uint32_t i = 0; i < entry_count; i++)
        bare += e[i].next_mask != GRAM_FOLD32;
    t->bits_log = log_of(entry_count, BITS_SPARSE, BITS_MOST);
    t->second_log = log_of(entry_count - bare, SECOND_SPARSE, SECOND_MOST);
    t->brief_log = log_of(bare, SECOND_SPARSE, SECOND_MOST);
    uint32_t words[3] = {1u << t->bits_log >> 5, 1u << t->second_log >> 5, 1u << t->brief_log >> 5};
    uint32_t *maps[3];
    for (int i = 0; i < 3; i++) {
        maps[i] = arena_array(d->b->arena, uint32_t, words[i]);
        if (!maps[i])
            return fail(why, ERR_NOMEM, "search: a bitmap");
    }
    for (uint32_t i = 0; i < entry_count; i++) {
        set_bit(maps[0], gram_hash(e[i].gram, t->bits_log));
        if (e[i].next_mask == GRAM_FOLD32)
            set_bit(maps[1], gram_hash_second(e[i].gram, e[i].next, t->second_log));
        else
            set_bit(maps[2], gram_hash_brief(e[i].gram, t->brief_log));
    }
    t->bits = search_build_part(d->b, maps[0], words[0], 4);
    t->second = search_build_part(d->b, maps[1], words[1], 4);
    t->brief = search_build_part(d->b, maps[2], words[2], 4);
    return ERR_NONE;
}

/* Entries by bucket, in the order they were made. */
static enum err put_buckets(struct draft *d, uint32_t entry_count, struct search_tables *t,
                            struct why *why)
{
    const struct search_entry *e = (const struct search_entry *)d->entries.at;
    t->bucket_log = log_of(entry_count, 0, SEARCH_LOG_MAX);
    uint32_t buckets = 1u << t->bucket_log;
    uint32_t *starts = arena_array(d->b->arena, uint32_t, (size_t)buckets + 2);
    struct search_entry *sorted = arena_array(d->b->arena, struct search_entry, entry_count);
    if (!starts || !sorted)
        return fail(why, ERR_NOMEM, "search: %u buckets", buckets);
    for (uint32_t i = 0; i < entry_count; i++)
        starts[gram_hash(e[i].gram, t->bucket_log) + 2]++;
    for (uint32_t i = 2; i < buckets + 2; i++)
        starts[i] += starts[i - 1];
    for (uint32_t i = 0; i < entry_count; i++)
        sorted[starts[gram_hash(e[i].gram, t->bucket_log) + 1]++] = e[i];
    t->starts = search_build_part(d->b, starts, buckets + 1, 4);
    t->entries = search_build_part(d->b, sorted, entry_count, sizeof *sorted);
    return ERR_NONE;
}

static enum err put_tables(struct draft *d, struct search_tables *t, struct why *why)
{
    uint32_t anchor_count = map_count(d->known), rule_refs;
    uint32_t *rules = gather_rules(d, &rule_refs);
    const struct search_anchor *anchors = (const struct search_anchor *)d->anchors.at;
    const struct search_needle *needles = (const struct search_needle *)d->b->needles.at;
    for (uint32_t i = 0; i < anchor_count; i++)
        if (anchors[i].needle != SEARCH_NO_NEEDLE)
            add_entries(d, i, &needles[anchors[i].needle]);
    uint64_t entry_count = d->entries.len / sizeof(struct search_entry);
    if (!rules || d->entries.bad || entry_count > UINT32_MAX / 2)
        return fail(why, ERR_NOMEM, "search: %u anchors", anchor_count);
    TRY(put_bitmaps(d, (uint32_t)entry_count, t, why));
    TRY(put_buckets(d, (uint32_t)entry_count, t, why));
    t->anchors = search_build_part(d->b, anchors, anchor_count, sizeof *anchors);
    t->rules = search_build_part(d->b, rules, rule_refs, 4);
    t->pairs =
        search_build_part(d->b, d->pairs.at, (uint32_t)(d->pairs.len / sizeof(struct search_pair)),
                          sizeof(struct search_pair));
    return ERR_NONE;
}

/* What a cover's anchors cost that are not there yet; ANCHORS_NONE when they are pairs. */
static uint64_t added_cost(const struct draft *d, const struct cover *c)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct search_string *s =
            (const struct search_string *)d->b->strings.at + c->strings[i];
        bool is_used = s->chains > 0;
        for (uint32_t k = s->chain; k < s->chain + s->chains; k++)
            is_used = is_used && d->used[k];
        if (is_used)
            continue;
        if (count_pairs(d, &(struct cover){.strings = &c->strings[i], .count = 1}) > 0)
            return ANCHORS_NONE;
        sum = anchors_add(sum, d->b->cost[c->strings[i]]);
    }
    return sum;
}

/* How many clauses of a rule are looked for: more than one where the others are found in many
 * ordinary files, and cheap ones at that. */
static uint32_t count_clauses(const struct draft *d, const struct cover_list *covers,
                              const struct chosen *chosen)
{
    uint32_t count = 1;
    while (count < SEARCH_CLAUSES && chosen->clause[count] &&
           is_common(d->b, &covers->at[chosen->clause[count - 1] - 1]) &&
           added_cost(d, &covers->at[chosen->clause[count] - 1]) < EXTRA_COMMON)
        count++;
    return count;
}

static void add_clause(struct draft *d, const struct cover *c, uint32_t wake)
{
    for (uint32_t i = 0; i < c->count; i++)
        add_string_anchors(d, c->strings[i], wake);
}

/* First the clause that each rule needs, so that it is known what the others add; where more than
 * one is used, the first one's wakes are made again. */
static void add_rules(struct draft *d, const struct cover_list *covers, struct chosen *chosen,
                      uint8_t *always)
{
    for (uint32_t r = 0; r < d->b->rule_count; r++) {
        uint32_t first = chosen[r].clause[0];
        if (first && !pairs_fit(d, &covers->at[first - 1])) {
            always[r / 8] |= (uint8_t)(1u << r % 8);
            chosen[r].clause[0] = 0;
        } else if (first) {
            add_clause(d, &covers->at[first - 1], search_wake(r, 0, 1));
        }
    }
    d->wakes.len = 0;
    for (uint32_t r = 0; r < d->b->rule_count; r++) {
        uint32_t count = chosen[r].clause[0] ? count_clauses(d, covers, &chosen[r]) : 0;
        for (uint32_t k = 0; k < count; k++)
            add_clause(d, &covers->at[chosen[r].clause[k] - 1], search_wake(r, k, count));
    }
}

enum err search_tables_build(struct search_build *b, const struct cover_list *covers,
                             enum search_class kind, uint8_t *always, struct why *why)
{
    struct draft d = {.b = b, .known = map_new(b->arena)};
    struct chosen *chosen = arena_array(b->arena, struct chosen, b->rule_count);
    d.used = arena_array(b->arena, bool, b->chains.len / sizeof(struct search_chain));
    if (!d.known || !chosen || !d.used)
        return fail(why, ERR_NOMEM, "search: %u rules", b->rule_count);
    choose_covers(b, kind, covers, chosen, always);
    add_rules(&d, covers, chosen, always);
    enum err err = ERR_NONE;
    if (d.anchors.bad || d.pairs.bad || d.wakes.bad)
        err = fail(why, ERR_NOMEM, "search: anchors");
    else if (map_count(d.known))
        err = put_tables(&d, &b->head.classes[kind], why);
    buf_done(&d.anchors);
    buf_done(&d.pairs);
    buf_done(&d.wakes);
    buf_done(&d.entries);
    return err;
}
