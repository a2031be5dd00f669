/* What a set of rules is compiled from. */
#ifndef CANDOR_ACTIVE_SOURCES_H
#define CANDOR_ACTIVE_SOURCES_H

#include "common/rule_leaf.h"
#include "open/sources.h"
#include "user/active.h"
#include "user/own_sources.h"

/* Changes of the owner's sources that are not in his log yet. */
struct own_change {
    const struct source_leaf *leaves;
    uint32_t count;
};

struct active_sources {
    struct sources *sources;
    struct buf leaves; /* the sources borrow from it */
    uint64_t count;    /* leaves in force */
    struct own_sources own;
};

/* Walks entries: `leaf` is NULL for what is none. */
enum err active_leaves(struct span entries, void *ctx,
                       enum err (*leaf)(void *ctx, uint64_t index, struct span entry,
                                        const struct rule_leaf *leaf, struct why *why),
                       struct why *why);
/* Adds to `s` the leaves numbered from..to that no leaf of `entries` revokes, named ID.leaf. */
enum err active_add_leaves(struct sources *s, struct span entries, uint64_t from, uint64_t to,
                           uint64_t *count, struct why *why);
/* Everything that the set of `entries` entries is made of. `change` (may be NULL): more of the
 * owner's, each applied to what his log says. Release with active_sources_done, whatever it
 * returns.
 */
enum err active_gather(struct active *a, uint64_t entries, const struct own_change *change,
                       struct active_sources *out, struct why *why);
void active_sources_done(struct active_sources *s);

#endif
