/* Finding strings. Two stages over one image section: `search_rules` says, in one pass over the
 * bytes, which rules may be true (one of their anchors occurred); `search_strings` then finds every
 * match of the strings of just those rules, exactly. The section is built by compile/search_emit.c.
 */
#ifndef CANDOR_SEARCH_H
#define CANDOR_SEARCH_H

#include "common/arena.h"
#include "common/err.h"
#include "jail/object/budget.h"
#include "jail/object/source.h"

/* Kinds of object that their first bytes decide, and nothing else: what the compiler may take for
 * granted when it folds a rule's gate. Each has tables of its own. */
enum search_class {
    CLASS_OTHER, /* none of those below */
    CLASS_ELF,   /* 7f 45 4c 46 */
    CLASS_PE,    /* 4d 5a, whatever follows */
    CLASS_ZIP,   /* 50 4b 03 04 */
    CLASS_OLE,   /* d0 cf 11 e0 */
    CLASS_PDF,   /* 25 50 44 46 */
    CLASS_COUNT
};
/* head: the object's first bytes, 4 or (when it is smaller) all. */
enum search_class search_class_of(struct span head);

/* One match; offsets in the object. */
struct hit {
    uint64_t at;
    uint32_t len;
    uint8_t xor_key;
    bool is_wide; /* of a regular expression */
};

/* All matches of one string, by rising offset, one an offset (the longest where the string is
 * greedy, wide before others then; else the first found). */
struct hits {
    struct hit *items; /* in the scan's arena */
    uint32_t count, cap;
    bool too_many;      /* LIMIT_MATCHES reached: the list is cut */
    bool one_is_enough; /* asked by the caller: whether it occurs, not where and how often */
    bool on_demand;     /* asked by the caller: not looked for, see search_in */
};

struct search; /* per engine; scratch memory, reused */

/* Whether every offset, count and program in the section is inside it. O(section). Once per image.
 * The section must lie at a multiple of 8. */
bool search_check(struct span section);
/* `section` is borrowed and was checked. */
struct search *search_open(struct span section);
void search_close(struct search *s);
uint32_t search_string_count(const struct search *s);
/* As vm_drops, since search_open: matches of regular expressions may have been missed. */
uint64_t search_drops(const struct search *s);

/* Stage one. Calls `alive` for each rule (by the numbering given to search_emit) whose cover
 * for this class occurred, once each; rules with no cover are not its business. Reads the object
 * once, chunk by chunk. False when the budget ran out (the caller treats every rule as alive or
 * gives a gap). */
bool search_rules(struct search *s, enum search_class kind, struct source *source,
                  struct budget *budget, void (*alive)(void *ctx, uint32_t rule), void *ctx);

/* Stage two. Finds all matches of strings[0..count) (indices given to search_emit, ascending, no
 * duplicates) and stores them in hits[i], i as in `strings`. Of hits only
 * one_is_enough and on_demand are read, the rest is zeroed; memory from `arena`. first_only: one
 * match of each is enough. False when the budget or memory ran out. */
bool search_strings(struct search *s, struct source *source, const uint32_t *strings,
                    uint32_t count, bool first_only, struct arena *arena, struct budget *budget,
                    struct hits *hits);

/* Where a string is asked for, ends included, and how much work the asking may take. */
struct search_range {
    uint64_t low, high, work;
};
/* At how many offsets of the range the string begins; *first: the first such match. *work is set to
 * what it took, more than range.work when it was not finished. A string in several pieces is never
 * found so. */
uint64_t search_in(struct search *s, struct source *source, uint32_t string,
                   const struct search_range *range, struct hit *first, uint64_t *work);
/* Before each object: what search_in kept of the last one is old. */
void search_begin(struct search *s);

#endif
