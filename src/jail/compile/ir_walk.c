/* The one walk over conditions that needs no values of kids. */
#include "jail/compile/ir_walk.h"

static void add(struct ir_walk *w, const struct ir_expr *x)
{
    if (!x || w->bad)
        return;
    if (!arena_grow(w->arena, (void **)&w->waiting, &w->cap, w->count + 1, sizeof *w->waiting))
        w->bad = true;
    else
        w->waiting[w->count++] = x;
}

struct ir_walk ir_walk_from(struct arena *arena, const struct ir_expr *root)
{
    struct ir_walk w = {.arena = arena};
    add(&w, root);
    return w;
}

const struct ir_expr *ir_walk_next(struct ir_walk *w)
{
    if (w->count == 0 || w->bad)
        return NULL;
    const struct ir_expr *x = w->waiting[--w->count];
    for (unsigned k = 0; k < 3; k++)
        add(w, x->kid[k]);
    for (uint32_t k = 0; k < x->count; k++)
        add(w, x->list[k]);
    return w->bad ? NULL : x;
}
