/* Builds the section that match/search.c runs. */
#ifndef CANDOR_SEARCH_EMIT_H
#define CANDOR_SEARCH_EMIT_H

#include "common/buf.h"
#include "common/err.h"
#include "jail/compile/pattern.h"
#include "jail/match/search.h"

/* If rule `rule` is true of an object of one of these classes, at least one of its strings[]
 * matches there. Made by cover.c from the condition with the class's first bytes folded in; a rule
 * for which no such set exists has no cover there and is always evaluated, one that cannot be true
 * of a class has neither. Clause 0 is the best; others are used where that one is common. */
enum { SEARCH_CLAUSES = 3 };
struct cover {
    uint32_t rule;
    uint32_t clause;   /* below SEARCH_CLAUSES; those of one rule and class must all hold */
    uint32_t classes;  /* bit per enum search_class */
    uint32_t *strings; /* global string indices */
    uint32_t count;
};

/* patterns[i] is string i. Chooses, for each cover, the rarest anchors (see atoms of the pieces;
 * cost by background frequency). A cover that would need an anchor too common or absent is refused:
 * its rule goes to always[class] (bitmaps of rule_count bits, the caller's, who has set in them the
 * rules without a cover), which the engine evaluates on every object of that class. The section is
 * appended to `out`; what lies before it must be a multiple of 8 long. Deterministic. */
enum err search_emit(const struct pattern *patterns, uint32_t count, const struct cover *covers,
                     uint32_t cover_count, uint32_t rule_count, uint8_t *const always[CLASS_COUNT],
                     struct buf *out, struct why *why);
/* Background cost of a byte string as an anchor, 0 (never seen) .. 1000000 (everywhere); for
 * covers. */
uint32_t search_cost(const struct pattern *pattern);

#endif
