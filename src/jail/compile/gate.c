/* Gates: the part of a condition that costs nothing to ask. Kept out of the covers, evaluated
 * before any string is looked for. */
#include "jail/compile/cond_emit.h"

#include "jail/match/clam_facts.h"

enum { CHEAP_READ_END = 4096 };

static bool is_placed(const struct ir_expr *x, const bool *placed)
{
    return x->string != IR_CURRENT && placed[x->string];
}

/* Needs only the object's size, a few bytes at known places, and what is known now. */
static bool is_cheap(const struct ir_expr *x, const bool *placed)
{
    switch (x->op) {
    case IR_BOOL:
    case IR_INT:
    case IR_FLOAT:
    case IR_STRING:
    case IR_FILESIZE:
    case IR_EXTERNAL:
        return true;
    case IR_CLAM:
    case IR_ENTRYPOINT:
        return true;
    case IR_FOUND_AT:
        return is_placed(x, placed) && is_cheap(x->kid[0], placed);
    case IR_FOUND_IN:
    case IR_COUNT_IN:
        return is_placed(x, placed) && is_cheap(x->kid[0], placed) && is_cheap(x->kid[1], placed);
    case IR_READ:
        return x->kid[0]->op == IR_INT && x->kid[0]->i >= 0 && x->kid[0]->i < CHEAP_READ_END;
    case IR_NOT:
    case IR_DEFINED:
    case IR_TO_FLOAT:
    case IR_TO_BOOL:
    case IR_NEG:
    case IR_BIT_NOT:
    case IR_OR_ZERO:
        return is_cheap(x->kid[0], placed);
    case IR_AND:
    case IR_OR:
        for (uint32_t k = 0; k < x->count; k++)
            if (!is_cheap(x->list[k], placed))
                return false;
        return true;
    default:
        return x->op >= IR_ADD && x->op <= IR_GE && x->op != IR_BIT_NOT &&
               is_cheap(x->kid[0], placed) && is_cheap(x->kid[1], placed);
    }
}

static const struct ir_expr *gate_of_list(struct ir *ir, const struct ir_expr *x,
                                          const bool *placed)
{
    struct ir_expr *out = ir_expr_new(ir, x->op, IR_T_BOOL);
    if (!out)
        return NULL;
    out->line = x->line;
    out->column = x->column;
    out->list = arena_array(ir->arena, struct ir_expr *, x->count);
    if (!out->list)
        return NULL;
    for (uint32_t k = 0; k < x->count; k++) {
        const struct ir_expr *part = gate_of(ir, x->list[k], placed);
        if (!part && x->op == IR_OR)
            return NULL;
        if (part)
            out->list[out->count++] = (struct ir_expr *)part; /* ours, or the rule's: only read */
    }
    if (out->count == 0)
        return NULL;
    return out->count == 1 ? out->list[0] : out;
}

const struct ir_expr *gate_of(struct ir *ir, const struct ir_expr *x, const bool *placed)
{
    if (x->op == IR_AND || x->op == IR_OR)
        return gate_of_list(ir, x, placed);
    if (x->op == IR_BOOL && x->i)
        return NULL;
    return x->type == IR_T_BOOL && is_cheap(x, placed) ? x : NULL;
}

bool gate_is_cheap(const struct ir_expr *x)
{
    return is_cheap(x, NULL);
}
