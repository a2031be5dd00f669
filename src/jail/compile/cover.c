/* Covers by walking a condition once for each class, with what the class's first bytes decide
 * folded in. Sound by construction: "true" needs every part of an `and`, one of an `or`, and every
 * operand defined; whatever is not understood is COVER_NONE. */
#include "jail/compile/cover.h"

#include "common/sort.h"
#include "jail/compile/cond_emit.h"
#include "jail/compile/cover_free.h"
#include "jail/compile/cover_head.h"
#include "jail/match/clam_facts.h"

enum {
    WORK_MAX = 200000,   /* expressions looked at for one rule and class; then: nothing is known */
    PARTS_MAX = 64,      /* string-free parts of one cover */
    IMPLIED_MOST = 4096, /* comparisons of strings, of two sets */
};

/* Any cover of strings alone is better than one with a part to evaluate. */
#define PART_COST (UINT64_C(1) << 40)

struct walk {
    struct cover_maker *m;
    unsigned class;
    uint32_t rule;
    uint32_t current; /* string at hand in a for..of */
    uint32_t work;
};

static const struct cover_of none = {.kind = COVER_NONE}, never = {.kind = COVER_NEVER};

static struct cover_of cover_true(struct walk *w, const struct ir_expr *x);
static struct cover_of cover_defined(struct walk *w, const struct ir_expr *x);

/* Whether `b` says nothing that `a` does not: it has all its strings. */
static bool is_implied(const struct cover_of *a, const struct cover_of *b)
{
    uint32_t k = 0;
    if ((uint64_t)a->count * b->count > IMPLIED_MOST)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        for (k = 0; k < b->count && b->strings[k] != a->strings[i]; k++)
            ;
        if (k == b->count)
            return false;
    }
    return true;
}

static bool is_new(const struct cover_of *best, uint32_t count, const struct cover_of *c)
{
    if (c->part_count > 0 && count > 0) /* its parts would have to be asked besides */
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (best[i].part_count > 0 || is_implied(&best[i], c))
            return false;
    return true;
}

/* The sets of both, the cheapest first. */
static struct cover_of merge(struct walk *w, const struct cover_of *a, const struct cover_of *b)
{
    struct cover_of best[COVER_CLAUSES];
    uint32_t count = 0;
    while ((a || b) && count < COVER_CLAUSES) {
        const struct cover_of **from = !a || (b && b->cost < a->cost) ? &b : &a;
        if (is_new(best, count, *from))
            best[count++] = **from;
        *from = (*from)->also;
    }
    best[count - 1].also = NULL; /* the first one is always new */
    for (uint32_t i = count - 1; i > 0; i--) {
        struct cover_of *kept = arena_new_of(w->m->arena, struct cover_of);
        if (!kept)
            w->m->bad = true;
        else
            *kept = best[i];
        best[i - 1].also = kept;
    }
    return best[0];
}

static struct cover_of both(struct walk *w, struct cover_of a, struct cover_of b)
{
    if (a.kind == COVER_NEVER || b.kind == COVER_NEVER)
        return never;
    if (a.kind == COVER_NONE || b.kind == COVER_NONE)
        return a.kind == COVER_NONE ? b : a;
    return merge(w, &a, &b);
}

static struct cover_of itself(struct walk *w, const struct ir_expr *x)
{
    struct cover_of out = {.kind = COVER_SET, .cost = PART_COST, .part_count = 1};
    out.parts = arena_array(w->m->arena, const struct ir_expr *, 1);
    if (!out.parts) {
        w->m->bad = true;
        return none;
    }
    out.parts[0] = x;
    return out;
}

/* Where nothing is known of a part but that it needs no strings, it is asked for itself. */
static struct cover_of or_itself(struct walk *w, struct cover_of c, const struct ir_expr *x)
{
    bool asks = c.kind == COVER_NONE && x->type == IR_T_BOOL && cover_is_free(x);
    return asks ? itself(w, x) : c;
}

/* What an `and` of which nothing else is known says without its strings: so that they are looked
 * for only where that is true. What its gate says anyway is no reason. */
static struct cover_of and_free(struct walk *w, const struct ir_expr *x)
{
    struct ir_expr *rest = arena_new_of(w->m->arena, struct ir_expr);
    bool is_dear = false;
    if (w->m->ir->rules[w->rule].string_count == 0)
        return none;
    if (rest)
        *rest = *x;
    struct ir_expr **list = arena_array(w->m->arena, struct ir_expr *, x->count);
    if (!rest || !list) {
        w->m->bad = true;
        return none;
    }
    rest->list = list;
    rest->count = 0;
    for (uint32_t k = 0; k < x->count; k++) {
        if (!cover_is_free(x->list[k]))
            continue;
        list[rest->count++] = x->list[k];
        is_dear = is_dear || !gate_is_cheap(x->list[k]);
    }
    if (!is_dear)
        return none;
    return itself(w, rest->count == 1 ? list[0] : rest);
}

/* One of the sets holds: all their strings and parts. */
static struct cover_of join(struct walk *w, const struct cover_of *const *sets, uint32_t count)
{
    struct cover_of out = never;
    size_t strings = 0, parts = 0;
    for (uint32_t i = 0; i < count; i++) {
        strings += sets[i]->count;
        parts += sets[i]->part_count;
    }
    if (strings + parts == 0)
        return never;
    if (parts > PARTS_MAX)
        return none;
    out.kind = COVER_SET;
    out.strings = arena_array(w->m->arena, uint32_t, strings);
    out.parts = arena_array(w->m->arena, const struct ir_expr *, parts);
    if (!out.strings || !out.parts) {
        w->m->bad = true;
        return none;
    }
    for (uint32_t i = 0; i < count; i++) {
        out.cost += sets[i]->cost;
        for (uint32_t k = 0; k < sets[i]->count; k++)
            out.strings[out.count++] = sets[i]->strings[k];
        for (uint32_t k = 0; k < sets[i]->part_count; k++)
            out.parts[out.part_count++] = sets[i]->parts[k];
    }
    return out;
}

/* One of the covers holds. Whichever it is, its second set does too: so one of all second sets, and
 * so on; the last one stands for those that are not there. */
static struct cover_of any_of(struct walk *w, const struct cover_of *covers, uint32_t count)
{
    struct cover_of out = never;
    const struct cover_of **sets = arena_array(w->m->arena, const struct cover_of *, count);
    uint32_t possible = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (covers[i].kind == COVER_NONE)
            return none;
        if (sets && covers[i].kind == COVER_SET)
            sets[possible++] = &covers[i];
    }
    if (!sets) {
        w->m->bad = true;
        return none;
    }
    out = join(w, sets, possible);
    for (uint32_t round = 1; round < COVER_CLAUSES && out.kind == COVER_SET; round++) {
        bool more = false;
        for (uint32_t i = 0; i < possible; i++) {
            more = more || sets[i]->also;
            sets[i] = sets[i]->also ? sets[i]->also : sets[i];
        }
        if (!more || out.part_count > 0)
            break;
        out = both(w, out, join(w, sets, possible));
    }
    return out;
}

static struct cover_of found(struct walk *w, uint32_t string)
{
    if (string == IR_CURRENT)
        string = w->current;
    struct cover_of out = {.kind = COVER_SET, .count = 1};
    out.strings = arena_array(w->m->arena, uint32_t, 1);
    if (!out.strings || string == IR_CURRENT) {
        w->m->bad = w->m->bad || !out.strings;
        return none;
    }
    out.strings[0] = w->m->string_first[w->rule] + string;
    out.cost = w->m->string_cost[out.strings[0]];
    return out;
}

static int compare_covers(const void *a, const void *b)
{
    const struct cover_of *x = a, *y = b;
    if (x->kind != y->kind) /* sets first */
        return x->kind == COVER_SET ? -1 : 1;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->count && y->count ? (x->strings[0] > y->strings[0]) - (x->strings[0] < y->strings[0])
                                : 0;
}

/* At least `need` of `count` parts are true: any count - need + 1 of them cannot all be false,
 * first the cheapest. */
static struct cover_of some(struct walk *w, struct cover_of *parts, uint32_t count, uint64_t need)
{
    uint32_t possible = 0;
    for (uint32_t i = 0; i < count; i++)
        if (parts[i].kind != COVER_NEVER)
            parts[possible++] = parts[i];
    if (need == 0)
        return none;
    if (need > possible)
        return never;
    struct cover_of *scratch = arena_array(w->m->arena, struct cover_of, possible);
    if (!scratch) {
        w->m->bad = true;
        return none;
    }
    sort_items(parts, scratch, possible, sizeof *parts, compare_covers);
    uint32_t size = possible - (uint32_t)need + 1;
    struct cover_of out = none;
    for (uint32_t k = 0; k < COVER_CLAUSES && size <= possible - k * size; k++)
        out = both(w, out, any_of(w, parts + (size_t)k * size, size));
    return out;
}

/* How many of `count` a quantifier asks for at least; 0 when that is not known or none. */
static uint64_t least(const struct ir_expr *x, uint64_t count)
{
    const struct ir_expr *n = x->kid[0];
    switch (x->quant) {
    case IR_ALL:
        return count;
    case IR_ANY:
        return 1;
    case IR_SOME:
        return n && n->op == IR_INT && n->i > 0 ? (uint64_t)n->i : 0;
    case IR_PERCENT:
        return n && n->op == IR_INT && n->i > 0 && n->i <= 100 ? (count * (uint64_t)n->i + 99) / 100
                                                               : 0;
    default:
        return 0;
    }
}

static struct cover_of in_place(struct walk *w, const struct ir_expr *x, struct cover_of part,
                                const struct ir_expr *item)
{
    if (x->where == IR_AT)
        return cover_head_at(w->m->ir, w->rule, item->string, x->kid[1], w->class) == COVER_NO
                   ? never
                   : part;
    return part;
}

static struct cover_of cover_of_set(struct walk *w, const struct ir_expr *x)
{
    struct cover_of *parts = arena_array(w->m->arena, struct cover_of, x->count);
    if (!parts) {
        w->m->bad = true;
        return none;
    }
    for (uint32_t k = 0; k < x->count; k++)
        parts[k] = in_place(w, x, or_itself(w, cover_true(w, x->list[k]), x->list[k]), x->list[k]);
    return some(w, parts, x->count, least(x, x->count));
}

static struct cover_of cover_for_of(struct walk *w, const struct ir_expr *x)
{
    struct cover_of *parts = arena_array(w->m->arena, struct cover_of, x->count);
    uint32_t outer = w->current;
    if (!parts) {
        w->m->bad = true;
        return none;
    }
    for (uint32_t k = 0; k < x->count; k++) {
        w->current = x->list[k]->string;
        parts[k] = cover_true(w, x->kid[1]);
    }
    w->current = outer;
    uint64_t need = least(x, x->count);
    if (x->kid[1]->op == IR_TO_BOOL && need > 1) /* numbers add up: one may do for all */
        need = 1;
    return some(w, parts, x->count, need);
}

/* A loop without items is false (undefined bounds make none), so it needs its bounds defined, and
 * any quantifier but `none` the body true once. */
static struct cover_of cover_for_in(struct walk *w, const struct ir_expr *x)
{
    struct cover_of items = none;
    for (uint32_t k = 0; x->iter != IR_ITER_VALUES && k < x->count; k++)
        items = both(w, items, cover_defined(w, x->list[k]));
    bool needs = x->quant == IR_ALL || x->quant == IR_ANY || least(x, 1) > 0;
    return needs ? both(w, items, cover_true(w, x->kid[1])) : items;
}

static bool is_int(const struct ir_expr *x, int64_t low)
{
    return x->op == IR_INT && x->i >= low;
}

/* `#a op n` that is false when the string does not occur. */
static bool counts_up(enum ir_op op, const struct ir_expr *n)
{
    switch (op) {
    case IR_GT:
        return is_int(n, 0);
    case IR_GE:
    case IR_EQ:
        return is_int(n, 1);
    case IR_NE:
        return n->op == IR_INT && n->i == 0;
    default:
        return false;
    }
}

static enum ir_op turned(enum ir_op op)
{
    switch (op) {
    case IR_LT:
        return IR_GT;
    case IR_LE:
        return IR_GE;
    case IR_GT:
        return IR_LT;
    case IR_GE:
        return IR_LE;
    default:
        return op;
    }
}

/* Counts and sums of counts: never below 0. */
static bool not_negative(const struct ir_expr *x)
{
    if (x->op == IR_OR_ZERO)
        return not_negative(x->kid[0]);
    if (x->type == IR_T_BOOL) /* counted as 0 or 1 by ClamAV's signatures */
        return true;
    if (x->op == IR_ADD || (x->op == IR_MUL && x->kid[0]->type == IR_T_BOOL))
        return not_negative(x->kid[0]) && not_negative(x->kid[1]);
    return x->op == IR_COUNT || x->op == IR_COUNT_IN || x->op == IR_FILESIZE ||
           (x->op == IR_INT && x->i >= 0 && x->i <= INT32_MAX);
}

/* If a sum of counts is above 0, one of its strings occurs. */
static struct cover_of positive(struct walk *w, const struct ir_expr *x)
{
    if (x->op == IR_COUNT || x->op == IR_COUNT_IN)
        return found(w, x->string);
    if (x->op == IR_OR_ZERO)
        return positive(w, x->kid[0]);
    if (x->type == IR_T_BOOL)
        return cover_true(w, x);
    if (x->op == IR_MUL && not_negative(x))
        return both(w, positive(w, x->kid[0]), positive(w, x->kid[1]));
    if (x->op != IR_ADD || !not_negative(x))
        return none;
    struct cover_of parts[2] = {positive(w, x->kid[0]), positive(w, x->kid[1])};
    return any_of(w, parts, 2);
}

/* a > b, with b at least 0; or as strong. */
static struct cover_of cover_above(struct walk *w, enum ir_op op, const struct ir_expr *a,
                                   const struct ir_expr *b)
{
    if ((op == IR_GT && not_negative(b)) || counts_up(op, b))
        return positive(w, a);
    return none;
}

static struct cover_of cover_compare(struct walk *w, const struct ir_expr *x)
{
    const struct ir_expr *a = x->kid[0], *b = x->kid[1];
    if (cover_head_compare(w->m->ir, x, w->class) == COVER_NO)
        return never;
    struct cover_of out = both(w, cover_defined(w, a), cover_defined(w, b));
    out = both(w, out, cover_above(w, x->op, a, b));
    out = both(w, out, cover_above(w, turned(x->op), b, a));
    return out;
}

static struct cover_of cover_list(struct walk *w, const struct ir_expr *x)
{
    struct cover_of out = none;
    struct cover_of *parts = arena_array(w->m->arena, struct cover_of, x->count);
    if (!parts) {
        w->m->bad = true;
        return none;
    }
    for (uint32_t k = 0; k < x->count && out.kind != COVER_NEVER; k++) {
        parts[k] = cover_true(w, x->list[k]);
        if (x->op == IR_AND)
            out = both(w, out, parts[k]);
        else
            parts[k] = or_itself(w, parts[k], x->list[k]);
    }
    if (x->op != IR_AND)
        return any_of(w, parts, x->count);
    return out.kind == COVER_NONE ? and_free(w, x) : out;
}

static struct cover_of cover_found_at(struct walk *w, const struct ir_expr *x)
{
    uint32_t string = x->string == IR_CURRENT ? w->current : x->string;
    if (string == IR_CURRENT)
        return none;
    if (cover_head_at(w->m->ir, w->rule, string, x->kid[0], w->class) == COVER_NO)
        return never;
    return both(w, found(w, string), cover_defined(w, x->kid[0]));
}

static struct cover_of cover_to_bool(struct walk *w, const struct ir_expr *x)
{
    const struct ir_expr *kid = x->kid[0];
    if (kid->op == IR_COUNT || kid->op == IR_COUNT_IN)
        return both(w, found(w, kid->string), cover_defined(w, kid));
    if (kid->op == IR_INT)
        return kid->i ? none : never;
    return cover_head_zero(kid, w->class) ? never : cover_defined(w, kid);
}

/* Its parts are of another condition, whose variables are not ours. */
static struct cover_of cover_of_rule(const struct cover_of *rule)
{
    return rule->part_count > 0 ? none : *rule;
}

/* If x is true, then ... */
static struct cover_of cover_true(struct walk *w, const struct ir_expr *x)
{
    if (++w->work > WORK_MAX)
        return none;
    switch (x->op) {
    case IR_BOOL:
        return x->i ? none : never;
    case IR_CLAM:
        return x->string == CLAM_IS_MEMBER ||
                       (x->string == CLAM_IS_TARGET && !clam_target_class((uint32_t)x->i, w->class))
                   ? never
                   : none;
    case IR_EXTERNAL:
        return w->m->ir->externals[x->i].kind == FACT_BOOL && w->m->ir->externals[x->i].i == 0
                   ? never
                   : none;
    case IR_RULE:
        return cover_of_rule(&w->m->rules[(size_t)x->i * CLASS_COUNT + w->class]);
    case IR_FOUND:
        return found(w, x->string);
    case IR_FOUND_AT:
        return cover_found_at(w, x);
    case IR_FOUND_IN:
        return both(w, found(w, x->string), cover_defined(w, x));
    case IR_AND:
    case IR_OR:
        return cover_list(w, x);
    case IR_NOT: /* needs its operand defined and false */
        return cover_head_always(w->m->ir, x->kid[0], w->class) ? never
                                                                : cover_defined(w, x->kid[0]);
    case IR_DEFINED:
        return cover_defined(w, x->kid[0]);
    case IR_TO_BOOL:
        return cover_to_bool(w, x);
    case IR_OF:
        return cover_of_set(w, x);
    case IR_FOR_OF:
        return cover_for_of(w, x);
    case IR_FOR_IN:
        return cover_for_in(w, x);
    case IR_WITH:
        return cover_true(w, x->kid[0]);
    case IR_EQ:
    case IR_NE:
    case IR_LT:
    case IR_LE:
    case IR_GT:
    case IR_GE:
        return cover_compare(w, x);
    default:
        return cover_defined(w, x);
    }
}

static struct cover_of kids_defined(struct walk *w, const struct ir_expr *x)
{
    struct cover_of out = none;
    for (unsigned k = 0; k < 2 && x->kid[k]; k++)
        out = both(w, out, cover_defined(w, x->kid[k]));
    for (uint32_t k = 0; k < x->count; k++)
        out = both(w, out, cover_defined(w, x->list[k]));
    return out;
}

/* If x is defined, then ... */
static struct cover_of cover_defined(struct walk *w, const struct ir_expr *x)
{
    if (++w->work > WORK_MAX)
        return none;
    switch (x->op) {
    case IR_OFFSET:
    case IR_LENGTH:
        return both(w, found(w, x->string), kids_defined(w, x));
    case IR_FIELD:
    case IR_CALL:
        if (cover_head_undefined(x, w->class))
            return never;
        return kids_defined(w, x);
    case IR_LEN: /* of nothing it is 0 */
        return none;
    case IR_READ:
    case IR_INDEX:
    case IR_LOOKUP:
    case IR_FOUND_IN:
    case IR_COUNT_IN:
    case IR_NOT:
    case IR_TO_FLOAT:
    case IR_TO_BOOL:
    case IR_NEG:
    case IR_BIT_NOT:
        return kids_defined(w, x);
    default: /* two-operand arithmetic, comparisons and texts follow each other in the enum */
        if ((x->op >= IR_ADD && x->op <= IR_MATCHES) && x->op != IR_BIT_NOT)
            return kids_defined(w, x);
        return none; /* and, or, loops, sets and leaves are always defined, or not known to be not
                      */
    }
}

static int compare_indices(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Ascending, each once. A reference to another rule shares its strings, which are tidy already. */
static bool tidy(struct arena *a, struct cover_of *c)
{
    uint32_t kept = 0;
    if (c->count == 0)
        return true;
    uint32_t *scratch = arena_array(a, uint32_t, c->count);
    if (!scratch)
        return false;
    sort_items(c->strings, scratch, c->count, sizeof *c->strings, compare_indices);
    for (uint32_t i = 0; i < c->count; i++)
        if (i == 0 || c->strings[i] != c->strings[kept - 1])
            c->strings[kept++] = c->strings[i];
    c->count = kept;
    return true;
}

void cover_rule(struct cover_maker *m, uint32_t index)
{
    const struct ir_rule *rule = &m->ir->rules[index];
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        struct walk w = {.m = m, .class = class, .rule = index, .current = IR_CURRENT};
        struct cover_of *out = &m->rules[(size_t)index * CLASS_COUNT + class];
        *out = cover_true(&w, rule->condition);
        if (w.work > WORK_MAX) /* parts answered by chance of order: take nothing from them */
            *out = none;
        for (struct cover_of *c = out; c; c = c->also)
            m->bad = !tidy(m->arena, c) || m->bad;
    }
}
