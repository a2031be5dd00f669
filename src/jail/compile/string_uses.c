/* How a condition asks for the strings of its rule. The tree is the front end's; its size is the
 * source's, so it is walked with a list, not by recursion. Facts: observed of yara 4.2.3 -s. */
#include "jail/compile/string_uses.h"

#include "jail/compile/ir_walk.h"

static void note_at(struct string_use *use, const struct ir_expr *place)
{
    bool same = !use->is_fixed || use->at == place->i;
    if (place->op != IR_INT || !same)
        use->is_free = true;
    use->is_fixed = true;
    use->at = place->i;
}

static bool is_short(const struct ir_expr *x)
{
    return x->op == IR_INT && x->i >= INT32_MIN && x->i <= INT32_MAX;
}

/* x as a sum of something (*base; NULL: nothing) and a number. */
static int64_t split(const struct ir_expr *x, const struct ir_expr **base)
{
    int64_t sum = 0;
    while ((x->op == IR_ADD || x->op == IR_SUB) && is_short(x->kid[1])) {
        sum += x->op == IR_ADD ? x->kid[1]->i : -x->kid[1]->i;
        x = x->kid[0];
    }
    *base = is_short(x) ? NULL : x;
    return is_short(x) ? sum + x->i : sum;
}

/* Whether [low, high] can hold a few places only. */
static bool is_narrow(const struct ir_expr *low, const struct ir_expr *high)
{
    const struct ir_expr *a, *b;
    int64_t from = split(low, &a), to = split(high, &b);
    bool is_same =
        a == b || (a && b && a->op == b->op && (a->op == IR_FILESIZE || a->op == IR_ENTRYPOINT));
    return is_same && to - from < STRING_PLACES_MAX;
}

static bool is_placed(const struct ir_expr *x)
{
    return x->op == IR_FOUND_AT ||
           ((x->op == IR_FOUND_IN || x->op == IR_COUNT_IN) && is_narrow(x->kid[0], x->kid[1]));
}

static void note(const struct ir_expr *x, const struct ir_rule *rule, struct string_uses *out)
{
    bool asks = x->op >= IR_FOUND && x->op <= IR_LENGTH && x->string < rule->string_count;
    if (asks && !is_placed(x))
        out->strings[x->string].is_roving = true;
    if (asks && x->op == IR_FOUND_AT)
        note_at(&out->strings[x->string], x->kid[0]);
    else if (asks)
        out->strings[x->string].is_free = true;
    if (x->op == IR_CALL && x->kid[0]->op == IR_MODULE &&
        span_equal(span_text(x->kid[0]->module->name), SPAN_OF("console")))
        out->prints = true;
}

bool string_uses_find(const struct ir_rule *rule, struct arena *a, struct string_uses *out)
{
    struct ir_walk w = ir_walk_from(a, rule->condition);
    *out = (struct string_uses){.strings = arena_array(a, struct string_use, rule->string_count)};
    if (!out->strings)
        return false;
    const struct ir_expr *x;
    while ((x = ir_walk_next(&w)))
        note(x, rule, out);
    return !w.bad;
}

bool *string_uses_placed(const struct string_uses *uses, const struct pattern *patterns,
                         uint32_t count, struct arena *a)
{
    bool *placed = arena_array(a, bool, count);
    for (uint32_t k = 0; placed && k < count; k++) {
        placed[k] = !uses->strings[k].is_roving;
        for (uint32_t i = 0; i < patterns[k].chain_count; i++)
            placed[k] = placed[k] && patterns[k].chains[i].count == 1;
    }
    return placed;
}
