/* Conditions in the making. Reads nothing. */
#include "jail/compile/clam.h"

#include "common/limits.h"

static uint32_t height(const struct ir_expr *x)
{
    return x ? x->height : 0;
}

struct ir_expr *clam_leaf(struct clam *c, enum ir_op op)
{
    bool is_number = op == IR_INT || op == IR_COUNT || op == IR_FILESIZE || op == IR_COUNT_IN ||
                     op == IR_COUNT_VERSION || op == IR_COUNT_EDGED || op == IR_BACKTRACK;
    struct ir_expr *x = ir_expr_new(c->ir, op, is_number ? IR_T_INT : IR_T_BOOL);
    if (!x)
        return clam_no_memory(c);
    x->line = c->line;
    return x;
}

struct ir_expr *clam_int(struct clam *c, int64_t value)
{
    struct ir_expr *x = clam_leaf(c, IR_INT);
    if (x)
        x->i = value;
    return x;
}

struct ir_expr *clam_fact(struct clam *c, enum clam_fact fact, uint32_t arg)
{
    struct ir_expr *x = clam_leaf(c, IR_CLAM);
    if (!x)
        return NULL;
    if (fact == CLAM_MEMBER_NAME)
        x->type = IR_T_STRING;
    else if (fact != CLAM_IS_TARGET && fact != CLAM_IN && fact != CLAM_IS_ROOT &&
             fact != CLAM_SIGNER && fact != CLAM_IS_MEMBER && fact != CLAM_ICON)
        x->type = IR_T_INT;
    x->string = fact;
    x->i = arg;
    return x;
}

struct ir_expr *clam_two(struct clam *c, enum ir_op op, struct ir_expr *a, struct ir_expr *b)
{
    struct ir_expr *x = a && (b || op == IR_OR_ZERO || op == IR_NOT) ? clam_leaf(c, op) : NULL;
    if (!x)
        return clam_no_memory(c);
    if (op == IR_ADD || op == IR_SUB || op == IR_MUL || op == IR_OR_ZERO)
        x->type = IR_T_INT;
    x->kid[0] = a;
    x->kid[1] = b;
    x->height = 1 + (height(a) > height(b) ? height(a) : height(b));
    return x;
}

static uint32_t join_count(const struct ir_expr *x, enum ir_op op)
{
    return x->op == op ? x->count : 1;
}

static void put(struct ir_expr *list, const struct ir_expr *x)
{
    bool is_same = x->op == list->op;
    for (uint32_t i = 0; i < (is_same ? x->count : 1); i++) {
        struct ir_expr *kid = is_same ? x->list[i] : (struct ir_expr *)x;
        list->list[list->count++] = kid;
        if (list->height <= kid->height)
            list->height = kid->height + 1;
    }
}

struct ir_expr *clam_join(struct clam *c, enum ir_op op, struct ir_expr *a, struct ir_expr *b)
{
    if (!a || !b)
        return a ? a : b;
    struct ir_expr *x = clam_leaf(c, op);
    if (!x)
        return NULL;
    x->list = arena_array(c->arena, struct ir_expr *, join_count(a, op) + join_count(b, op));
    if (!x->list)
        return clam_no_memory(c);
    put(x, a);
    put(x, b);
    return x;
}

struct ir_expr *clam_range(struct clam *c, struct ir_expr *what, uint64_t low, uint64_t high)
{
    int64_t from = low > INT64_MAX ? INT64_MAX : (int64_t)low;
    int64_t to = high > INT64_MAX ? INT64_MAX : (int64_t)high;
    if (low == high)
        return clam_two(c, IR_EQ, what, clam_int(c, from));
    struct ir_expr *least = low ? clam_two(c, IR_GE, what, clam_int(c, from)) : NULL;
    struct ir_expr *most = high < INT64_MAX ? clam_two(c, IR_LE, what, clam_int(c, to)) : NULL;
    return clam_join(c, IR_AND, least, most);
}

/* FOUND is said for whoever looks for the strings that wake a rule. */
static struct ir_expr *in_version(struct clam *c, uint32_t string, bool counted)
{
    struct ir_expr *found = clam_leaf(c, IR_FOUND), *count = clam_leaf(c, IR_COUNT_VERSION);
    if (!found || !count)
        return NULL;
    found->string = count->string = string;
    return counted ? count : clam_join(c, IR_AND, found, clam_two(c, IR_GT, count, clam_int(c, 0)));
}

/* With marks at its ends: each match is looked at. */
static struct ir_expr *edged(struct clam *c, const struct clam_part *part, uint32_t string,
                             bool counted)
{
    struct ir_expr *found = clam_leaf(c, IR_FOUND), *count = clam_leaf(c, IR_COUNT_EDGED);
    const struct clam_place *p = &part->place;
    if (!found || !count)
        return NULL;
    found->string = count->string = string;
    count->re_flags = part->edges;
    count->kid[0] = p->anywhere ? clam_int(c, 0) : p->low;
    count->kid[1] = p->anywhere ? clam_int(c, INT64_MAX) : p->high;
    count->height = 1 + height(count->kid[1]);
    return counted ? count : clam_join(c, IR_AND, found, clam_two(c, IR_GT, count, clam_int(c, 0)));
}

/* One of a part's strings. */
static struct ir_expr *one(struct clam *c, const struct clam_part *part, uint32_t string,
                           bool counted)
{
    const struct clam_place *p = &part->place;
    if (p->is_version)
        return in_version(c, string, counted);
    if (part->edges)
        return edged(c, part, string, counted);
    enum ir_op op = p->anywhere ? IR_FOUND : p->exact ? IR_FOUND_AT : IR_FOUND_IN;
    if (counted)
        op = p->anywhere ? IR_COUNT : IR_COUNT_IN;
    struct ir_expr *x = clam_leaf(c, op);
    if (!x)
        return NULL;
    x->string = string;
    if (p->anywhere)
        return x;
    x->kid[0] = p->low;
    x->kid[1] = op == IR_FOUND_AT ? NULL : p->high;
    x->height = 1 + height(p->high);
    return counted ? clam_two(c, IR_OR_ZERO, x, NULL) : x;
}

/* A part that is run by backtrack.h: only where its trigger is true. */
static struct ir_expr *backtrack(struct clam *c, const struct clam_part *part, bool guard)
{
    const struct clam_place *p = &part->place;
    struct ir_expr *x = clam_leaf(c, IR_BACKTRACK);
    if (!x)
        return NULL;
    x->i = part->machine;
    x->kid[0] = p->anywhere ? clam_int(c, 0) : p->low;
    x->kid[1] = p->anywhere ? x->kid[0] : p->high;
    x->kid[2] = guard ? part->trigger : NULL;
    for (unsigned k = 0; k < 3; k++)
        if (x->height <= height(x->kid[k]))
            x->height = height(x->kid[k]) + 1;
    return x;
}

static bool backtrack_part(struct clam *c, const struct clam_part *part, bool counted,
                           struct clam_sub *out)
{
    struct ir_expr *found = clam_two(c, IR_GT, backtrack(c, part, false), clam_int(c, 0));
    out->is = clam_join(c, IR_AND, part->trigger, found);
    if (counted)
        out->count = backtrack(c, part, true);
    return !c->bad;
}

bool clam_part(struct clam *c, const struct clam_part *part, bool counted, struct clam_sub *out)
{
    *out = (struct clam_sub){.size = part->trigger_size + 2 + 4 * part->count,
                             .is_guarded = part->trigger || part->place.is_version || part->edges};
    if (part->backtracks)
        return backtrack_part(c, part, counted, out);
    for (uint32_t k = part->first; k < part->first + part->count; k++) {
        out->is = clam_join(c, IR_OR, out->is, one(c, part, k, false));
        struct ir_expr *count = counted ? one(c, part, k, true) : NULL;
        if (count)
            out->count = out->count ? clam_two(c, IR_ADD, out->count, count) : count;
    }
    if (part->trigger) {
        out->is = clam_join(c, IR_AND, part->trigger, out->is);
        if (counted)
            out->count = out->is; /* one match is all that counts */
    }
    return !c->bad;
}
