/* Builds the section that match/search.c runs. */
#ifndef CANDOR_SEARCH_EMIT_H
#define CANDOR_SEARCH_EMIT_H

#include "common/buf.h"
#include "common/err.h"
#include "jail/compile/pattern.h"

/* If rule `rule` is true of an object, at least one of its strings[] matches there. Made by cover.c
 * from the condition; rules for which no such set exists have no cover and are always evaluated. */
struct cover {
    uint32_t rule;
    uint32_t *strings; /* global string indices */
    uint32_t count;
};

/* patterns[i] is string i. Chooses, for each cover, the rarest anchors (see atoms of the pieces;
 * cost by background frequency). A cover that would need an anchor too common or absent is refused:
 * its rule goes to `always` (a bitmap of rule_count bits the caller zeroed), which the caller
 * evaluates on every object. Deterministic. */
enum err search_emit(const struct pattern *patterns, uint32_t count, const struct cover *covers,
                     uint32_t cover_count, uint32_t rule_count, uint8_t *always, struct buf *out,
                     struct why *why);
/* Background cost of a byte string as an anchor, 0 (never seen) .. 1000000 (everywhere); for
 * covers. */
uint32_t search_cost(const struct pattern *pattern);

#endif
