/* From the pieces of a pattern to the needles that are looked for, and what each will cost. */
#ifndef CANDOR_ANCHORS_H
#define CANDOR_ANCHORS_H

#include "jail/compile/pattern.h"
#include "jail/match/grams.h"
#include "jail/match/pairs.h"

/* Costs are expected candidates per byte, in 2^-32; sums are capped at ANCHORS_NONE. */
#define ANCHORS_NONE UINT64_MAX

struct anchor_pick {
    int16_t gram[2]; /* distances of the rarest even and odd gram */
    uint64_t cost;
};

/* Chooses the grams of one needle; false when it is too short or too vague to have any. O(len). */
bool anchors_pick(struct masked needle, struct anchor_pick *out);
/* Needles of a piece: its one literal, or its atoms. */
uint32_t anchors_count(const struct piece *p);
/* Needle `i`, as far as choosing grams goes; borrowed from the piece. */
struct masked anchors_needle(const struct piece *p, uint32_t i);
/* Two bytes that stand in every match of a piece, `at` bytes behind its beginning, or, backwards,
 * so far behind the place from which `reverse` finds the beginning. */
struct anchor_pair {
    struct pair pair;
    uint32_t at;
    bool is_backwards;
    uint32_t reverse;
};
/* The rarest pair of a piece without usable needles; one byte where no two are known, mask 0 where
 * not even that. */
struct anchor_pair anchors_pair(const struct piece *p, struct span programs);
/* Whether both bytes are known, so that it will do as an anchor. */
bool anchors_is_pair(struct anchor_pair pair);
/* Whether a needle stands in many ordinary files, however rare it is among their bytes. */
bool anchors_is_common(struct masked needle);
struct anchor_cost {
    uint64_t cost;  /* ANCHORS_NONE when there is nothing to look for */
    bool is_common; /* one of the needles is */
};
/* Of all needles of a piece together, or of its pair. */
struct anchor_cost anchors_piece_cost(const struct piece *p, struct span programs);
/* The piece of a chain that is best looked for: its index and cost. */
uint32_t anchors_best_piece(const struct chain *c, struct span programs, struct anchor_cost *cost);
/* The cost with what it costs to find the needle in a file again and again. */
uint64_t anchors_weight(struct anchor_cost cost);
uint64_t anchors_add(uint64_t a, uint64_t b);

#endif
