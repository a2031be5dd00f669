/* Kinds of gap, from gaps.def: what could not be examined is never called clean. */
#ifndef CANDOR_GAPS_H
#define CANDOR_GAPS_H

#include "common/reader.h"

enum gap_kind {
#define GAP(id, name, meaning) GAP_##id,
#include "common/gaps.def"
#undef GAP
    GAP_COUNT
};

/* "encrypted" ...; "unknown" for a number that is none. */
const char *gap_name(enum gap_kind kind);
const char *gap_meaning(enum gap_kind kind);
/* False when `name` is no kind's name. */
bool gap_find(struct span name, enum gap_kind *out);

#endif
