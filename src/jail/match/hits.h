/* Lists of matches: growing, sorting, joining the pieces of a chain. */
#ifndef CANDOR_HITS_H
#define CANDOR_HITS_H

#include "jail/match/search.h"

enum { HITS_NO_TAIL = 0xffffffff };

/* How far behind the end of the piece before it a piece begins; max HITS_NO_TAIL: any. */
struct hits_gap {
    uint64_t min, max;
};

/* The settled matches of each piece; gaps[0] is not used. */
struct hits_chain {
    const struct hits *pieces;
    const struct hits_gap *gaps;
    uint32_t count; /* at least 1 */
};

/* Rising and one an offset: the longest where greedy, else the shortest. O(n log n). */
void hits_settle(struct hits *h, bool greedy);
/* Appends one; false when out of memory. At LIMIT_MATCHES sets too_many and drops it. */
bool hits_add(struct hits *h, struct hit hit, bool greedy, struct arena *arena);
/* Appends a match for each hit of the first piece from which the others can be reached, up to the
 * end of the first last piece that closes it (as YARA). O(n log n). False when out of memory. */
bool hits_join(const struct hits_chain *chain, struct hits *out, struct arena *arena,
               struct arena *scratch);

#endif
