/* Which parts of a condition are free of strings. The tree comes from the front end, which bounded
 * its height; its size is the source's, so the look ends after a number of steps. */
#include "jail/compile/cover_free.h"

enum { LOOK_MAX = 400 };

/* A part on its own is no use where strings or other rules are asked, and has no loop around it. */
static bool is_bound(const struct ir_expr *x)
{
    switch (x->op) {
    case IR_RULE:
    case IR_VAR:
    case IR_BACKTRACK: /* dear: only behind its trigger */
    case IR_FOUND:
    case IR_FOUND_AT:
    case IR_FOUND_IN:
    case IR_COUNT:
    case IR_COUNT_IN:
    case IR_COUNT_VERSION:
    case IR_COUNT_EDGED:
    case IR_OFFSET:
    case IR_LENGTH:
    case IR_FOR_OF:
    case IR_FOR_IN:
    case IR_WITH:
        return true;
    default:
        return false;
    }
}

static bool look(const struct ir_expr *x, uint32_t *left)
{
    if (*left == 0 || is_bound(x))
        return false;
    --*left;
    for (unsigned k = 0; k < 3; k++)
        if (x->kid[k] && !look(x->kid[k], left))
            return false;
    for (uint32_t k = 0; k < x->count; k++)
        if (!look(x->list[k], left))
            return false;
    return true;
}

bool cover_is_free(const struct ir_expr *x)
{
    uint32_t left = LOOK_MAX;
    return look(x, &left);
}
