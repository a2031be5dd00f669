/* Patterns made by hand, and the slow twin that finds their matches one position at a time. */
#ifndef CANDOR_MAKE_PATTERNS_H
#define CANDOR_MAKE_PATTERNS_H

#include "common/arena.h"
#include "jail/compile/pattern.h"
#include "jail/match/search.h"

/* One piece of text in one form. */
struct made_piece {
    struct span text;
    uint32_t flags; /* PIECE_*; WIDE spells the text out */
    uint8_t xor_min, xor_max;
    uint32_t gap_min, gap_max; /* from the piece before */
};

/* A string with one chain of `count` pieces. */
struct pattern make_chain(struct arena *a, const struct made_piece *pieces, uint32_t count);
/* A string with an alternative a piece. */
struct pattern make_choice(struct arena *a, const struct made_piece *pieces, uint32_t count);
struct pattern make_text(struct arena *a, const char *text, uint32_t flags);
/* All matches, as search_strings gives them. */
struct hits naive_matches(const struct pattern *p, struct span text, struct arena *a);

#endif
