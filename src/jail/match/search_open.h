/* Inside match/search*.c: an open section and its scratch memory. */
#ifndef CANDOR_SEARCH_OPEN_H
#define CANDOR_SEARCH_OPEN_H

#include "jail/match/pairs.h"
#include "jail/match/sweep.h"

/* The string of the call at hand whose chains begin here. */
struct search_seen {
    uint32_t epoch, index, chains;
};

/* Stretches of an object larger than the window, around places that were asked for. */
enum { SEARCH_KEPT = 4, SEARCH_KEPT_BYTES = 262144 };
struct search_kept {
    uint64_t base;
    size_t len; /* 0: nothing */
    uint8_t *bytes;
};

/* Below the epoch in rule_seen: which clauses of the rule hold; in anchor_seen: how often it was
 * tried, or SEARCH_SEEN. The epoch ends where the longer of them leaves it no room. */
enum { SEARCH_CLAUSE_BITS = 4, SEARCH_TRIES_BITS = 8, SEARCH_SEEN = 255 };

struct search {
    struct span section; /* borrowed, checked */
    const struct search_head *head;
    const struct search_string *strings;
    const struct search_chain *chains;
    const struct search_piece *pieces;
    const struct search_needle *needles;
    struct span pool, programs;
    prefilter_run run;
    pairs_run run_pairs;
    uint32_t *found;
    /* stage one: what was seen of the object at hand carries its epoch */
    uint32_t epoch;
    struct pair_set *pair_sets[CLASS_COUNT]; /* NULL: not made yet */
    uint32_t *anchor_seen, *rule_seen;
    struct sweep_load *loads;
    /* stage two */
    struct vm *vm;
    struct arena *scratch; /* reset by each call */
    struct confirm_tried *tried;
    struct search_seen *chain_seen;
    uint32_t *backs; /* CONFIRM_BACKS: beginnings that the reverse program found */
    uint32_t back_count;
    struct search_kept kept[SEARCH_KEPT];
    uint32_t kept_next; /* the one that goes first */
};

/* Before each object and call: what was seen so far is old. */
void search_next_epoch(struct search *s);
/* Makes a kernel of this processor the one that runs; false when it has no such. For tests. */
bool search_use(struct search *s, enum prefilter_kernel kernel);
/* Items of a part of a checked section. */
const void *search_part_at(const struct search *s, struct search_part part);
/* Whether [at, at+len) of the view stands alone as a word; wide: in units of two bytes. before,
 * after: the edges to look at. */
bool search_is_word(const struct stretch *s, uint64_t at, uint64_t len, uint32_t edges);
enum { WORD_BEFORE = 1, WORD_AFTER = 2, WORD_WIDE = 4 };

#endif
