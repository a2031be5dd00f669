/* Which parts of a condition are free of strings. The tree comes from the front end, which bounded
 * its height; its size is the source's, so the look ends after a number of steps. */
#include "jail/compile/cover_free.h"

enum { LOOK_MAX = 400 };

/* A part on its own is no use where strings or other rules are asked. */
static bool is_bound(const struct ir_expr *x)
{
    switch (x->op) {
    case IR_RULE:
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
        return true;
    default:
        return false;
    }
}

/* The variables that a loop or `with` names, a bit each. */
static uint64_t named(const struct ir_expr *x)
{
    uint64_t slots = 0;
    bool names = x->op == IR_FOR_IN || x->op == IR_WITH;
    for (uint32_t k = 0; names && k < x->vars.count && x->vars.first + k < 64; k++)
        slots |= UINT64_C(1) << (x->vars.first + k);
    return slots;
}

/* inside: variables of loops within the part. */
static bool look(const struct ir_expr *x, uint64_t inside, uint32_t *left)
{
    if (*left == 0 || is_bound(x))
        return false;
    if (x->op == IR_VAR && (x->i < 0 || x->i >= 64 || !(inside >> x->i & 1)))
        return false;
    --*left;
    inside |= named(x);
    for (unsigned k = 0; k < 3; k++)
        if (x->kid[k] && !look(x->kid[k], inside, left))
            return false;
    for (uint32_t k = 0; k < x->count; k++)
        if (!look(x->list[k], inside, left))
            return false;
    return true;
}

bool cover_is_free(const struct ir_expr *x)
{
    uint32_t left = LOOK_MAX;
    return look(x, 0, &left);
}
