/* One pass over an object through one set of tables: views, chunks, the sieve, the buckets. What
 * to do with what is found is the caller's: rules (search.c) or matches (confirm.c). */
#ifndef CANDOR_SWEEP_H
#define CANDOR_SWEEP_H

#include "jail/match/prefilter.h"
#include "jail/match/regex_vm.h"

enum { SWEEP_CHUNK = 32768 }; /* bytes sieved at a time */

/* How much one bucket was made to work on the object at hand. */
struct sweep_load {
    uint32_t epoch, work;
};

/* A part of the object whose positions are this turn's; the view reaches LIMIT_VIEW_CONTEXT
 * further on both sides, or to the object's ends. */
struct stretch {
    struct vm_text text;
    size_t from, to; /* in the view */
};

struct sweep {
    struct prefilter sieve;
    prefilter_run run;
    uint32_t bucket_log;
    const uint32_t *starts;
    const struct search_entry *entries;
    uint32_t *found; /* SWEEP_CHUNK / 2 + 16 */
    /* Buckets that are worked too hard are given up (may be NULL: none is). */
    struct sweep_load *loads;
    uint32_t epoch;
    void *ctx;
    /* An entry's bytes were seen: `at` is its gram's place in the view, maybe past its end. Returns
     * the work it took. */
    uint64_t (*entry)(void *ctx, uint32_t ref, const struct stretch *s, size_t at);
    /* Everything this bucket could find must be taken as found. */
    void (*give_up)(void *ctx, uint32_t bucket);
    /* After the candidates of a chunk; may be NULL. Returns the work. */
    uint64_t (*chunk)(void *ctx, const struct stretch *s, struct prefilter_part part);
    /* After the chunks of a stretch; may be NULL. False when the budget ran out. */
    bool (*stretch)(void *ctx, const struct stretch *s, struct budget *budget);
};

/* False when the budget ran out. A source that fails ends the pass: source->failed says so. */
bool sweep_run(struct sweep *w, struct source *source, struct budget *budget);
/* The bytes of a needle at a place in the view. *work grows by what it cost. */
bool sweep_needle(struct span pool, const struct search_needle *n, struct span view, size_t at,
                  uint32_t *work);
/* Where a needle begins whose gram lies at `at`; false when that is before the view. */
bool sweep_begin(const struct search_needle *n, uint32_t odd, size_t at, size_t *begin);

#endif
