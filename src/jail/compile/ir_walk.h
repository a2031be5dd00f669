/* All expressions of a condition, each once. The tree is a stranger's, so it is walked with a list.
 */
#ifndef CANDOR_IR_WALK_H
#define CANDOR_IR_WALK_H

#include "jail/compile/ir.h"

struct ir_walk {
    struct arena *arena;
    const struct ir_expr **waiting; /* in the arena */
    uint32_t count, cap;
    bool bad; /* out of memory: not all were given */
};

/* A walk from `root` (NULL is fine: nothing). */
struct ir_walk ir_walk_from(struct arena *arena, const struct ir_expr *root);
/* The next one, an expression before what it is made of; NULL at the end, or when `bad`. */
const struct ir_expr *ir_walk_next(struct ir_walk *w);

#endif
