/* Stage two's exact half: what a place where a needle was seen means for the piece it belongs to.
 */
#ifndef CANDOR_CONFIRM_H
#define CANDOR_CONFIRM_H

#include "jail/match/hits.h"
#include "jail/match/lead.h"
#include "jail/match/search_open.h"

enum {
    CONFIRM_TRIED = 4096,
    CONFIRM_BACKS = 8192 + 1,
    CONFIRM_FEW = 64, /* beginnings that stage one looks at */
    CONFIRM_HEADS = 256,
    CONFIRM_LAST = 0xffffffff
};

/* A start that was tried already, so that many atoms of one match cost one run of the machine. */
struct confirm_tried {
    uint64_t at;
    uint32_t slot_one; /* slot + 1 */
    uint32_t epoch;
};

/* One piece of one of the wanted strings. */
struct confirm_slot {
    const struct search_piece *piece;
    struct span programs; /* of its pattern */
    struct hits *hits;    /* of its string when it is alone, else its own */
    uint32_t edges;       /* WORD_*: what to check of it */
    bool done;            /* one match was enough and is there */
    uint8_t first[32];    /* no needles and no pair: bytes that may begin it */
    struct lead *lead;    /* no needles, a program: what its matches begin with */
    uint32_t next;        /* no needles: the next slot with the same pair, or CONFIRM_LAST */
};

/* A needle of a slot. */
struct confirm_target {
    uint32_t needle, slot;
};

struct confirm {
    struct search *s;
    struct confirm_slot *slots;
    uint32_t slot_count;
    struct confirm_target *targets;
    uint32_t target_count;
    /* slots without needles, by their pair: looked for together */
    uint32_t heads[CONFIRM_HEADS]; /* slot + 1, 0 for none */
    bool failed;                   /* memory ran out */
    struct arena *arena;           /* the hits' */
    const struct budget *budget;
    uint64_t steps; /* of the machine, up to the last look */
    const struct stretch *stretch;
};

/* The piece at exactly `at` of the view, its bytes through the key where it is xored; its word
 * edges are not looked at. False: it is not there. */
bool confirm_at(struct search *s, const struct search_piece *p, const struct stretch *stretch,
                size_t at, struct hit *out);
/* What of a piece's edges is to be looked at: WORD_*. */
uint32_t confirm_edges(const struct search_piece *p);
/* Whether a needle that is not all of its piece, and was seen at `begin` of the view, belongs to a
 * match of the piece. Where it may begin in too many places, it does. */
bool confirm_needle(struct search *s, const struct search_needle *n, const struct stretch *stretch,
                    size_t begin);
/* The needle of targets[ref / 2] may be here; returns the work. For struct sweep. */
uint64_t confirm_entry(void *ctx, uint32_t ref, const struct stretch *s, size_t at);
/* Tries the slots without needles at every position; false when the budget ran out. For struct
 * sweep. */
bool confirm_everywhere(void *ctx, const struct stretch *s, struct budget *budget);
/* Makes ready for confirm_everywhere a slot whose piece has no needles; false: out of memory. */
bool confirm_lone(struct confirm *c, uint32_t slot);
#endif
