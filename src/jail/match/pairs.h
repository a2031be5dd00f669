/* Two bytes that stand together: the looser sieve for strings too short or too vague for a gram. */
#ifndef CANDOR_PAIRS_H
#define CANDOR_PAIRS_H

#include "common/reader.h"
#include "jail/match/prefilter.h"

/* (data & mask) == value, first byte lowest; a mask of 0x00ff or 0x00df looks at one byte only. */
struct pair {
    uint16_t value, mask;
};

/* First place in [part.from, part.to) of the view where the pair stands; SIZE_MAX when there is
 * none. A second byte that is asked for must be inside the view. */
typedef size_t (*pairs_run)(struct span view, struct prefilter_part part, struct pair p);

size_t pairs_plain(struct span view, struct prefilter_part part, struct pair p);
#if defined(__x86_64__)
size_t pairs_avx2(struct span view, struct prefilter_part part, struct pair p);
#endif
/* The one that goes with a kernel that prefilter_find has. */
pairs_run pairs_find(enum prefilter_kernel kernel);
/* Whether it stands at `at`. */
bool pairs_here(struct span view, size_t at, struct pair p);

#endif
