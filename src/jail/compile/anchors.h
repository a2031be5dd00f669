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
/* The bytes that a piece without usable needles begins with; mask 0 when they are many. */
struct pair anchors_pair(const struct piece *p, struct span programs);
/* Whether those two bytes are all of the piece, so that they will do as its anchor. */
bool anchors_is_pair(const struct piece *p);
/* Of all needles of a piece together, or of its two bytes; ANCHORS_NONE when there is nothing to
 * look for. */
uint64_t anchors_piece_cost(const struct piece *p);
/* The piece of a chain that is cheapest to look for: its index and cost. */
uint32_t anchors_best_piece(const struct chain *c, uint64_t *cost);
uint64_t anchors_add(uint64_t a, uint64_t b);

#endif
