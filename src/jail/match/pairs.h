/* Two bytes that stand together: the looser sieve for strings too short or too vague for a gram. Up
 * to eight pairs are looked for at once. */
#ifndef CANDOR_PAIRS_H
#define CANDOR_PAIRS_H

#include "common/reader.h"
#include "jail/match/prefilter.h"

enum { PAIRS_AT_ONCE = 8 };

/* (data & mask) == value, first byte lowest; a mask of 0x00ff or 0x00df looks at one byte only. */
struct pair {
    uint16_t value, mask;
};

/* A bit a pair: those that the first byte fits, and the second; the same by the lower and the upper
 * half of the byte. */
struct pair_set {
    uint8_t fits[2][256];
    uint8_t low[2][16], high[2][16];
    uint8_t one_byte; /* bits of those that look at one byte only */
    uint32_t count;
};

/* Adds a pair to one that is all zero or has fewer than PAIRS_AT_ONCE; its bit is the count before.
 */
void pairs_add(struct pair_set *set, struct pair p);
/* Whether it stands at `at`. A second byte that is asked for must be inside the view. */
bool pairs_here(struct span view, size_t at, struct pair p);

/* First place in [part.from, part.to) of the view where one of the pairs in `wanted` (bits) stands;
 * *which: all that stand there. SIZE_MAX when there is none. */
typedef size_t (*pairs_run)(struct span view, struct prefilter_part part,
                            const struct pair_set *set, uint8_t wanted, uint8_t *which);

size_t pairs_plain(struct span view, struct prefilter_part part, const struct pair_set *set,
                   uint8_t wanted, uint8_t *which);
#if defined(__x86_64__)
size_t pairs_avx2(struct span view, struct prefilter_part part, const struct pair_set *set,
                  uint8_t wanted, uint8_t *which);
#endif
/* The one that goes with a kernel that prefilter_find has. */
pairs_run pairs_find(enum prefilter_kernel kernel);

#endif
