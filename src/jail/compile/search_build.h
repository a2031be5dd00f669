/* Inside search_emit: what its files share while one section is built. */
#ifndef CANDOR_SEARCH_BUILD_H
#define CANDOR_SEARCH_BUILD_H

#include "common/map.h"
#include "jail/compile/search_emit.h"
#include "jail/match/grams.h"
#include "jail/match/search_format.h"

struct search_build {
    struct arena *arena; /* dies with the build */
    const struct pattern *patterns;
    uint32_t count, rule_count;
    struct buf strings, chains, pieces, needles, pool, programs;
    struct map *pooled; /* bytes -> place in the pool */
    struct map *known;  /* a pattern spelled out -> the first string that has it */
    uint64_t *cost;     /* per string; ANCHORS_NONE: no anchor */
    bool *common;       /* per string: its anchor stands in many ordinary files */
    uint32_t *best;     /* per chain: the piece to look for */
    struct buf *out;
    size_t start; /* of the section in out */
    struct search_head head;
};

struct cover_list {
    const struct cover *at;
    uint32_t count;
};

/* One array of items, appended 8-aligned to the section. */
struct search_part search_build_part(struct search_build *b, const void *items, uint32_t count,
                                     size_t size);
/* Needle `index`, from the tables built so far. */
struct masked search_build_needle(const struct search_build *b, const struct search_needle *n);
/* Chooses covers for one class and appends its tables to the section and the head; a rule that
 * finds no anchor is set in `always`. */
enum err search_tables_build(struct search_build *b, const struct cover_list *covers,
                             enum search_class kind, uint8_t *always, struct why *why);

#endif
