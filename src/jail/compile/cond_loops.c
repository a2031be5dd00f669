/* Strings, sets and loops of conditions to instructions. */
#include "jail/compile/cond_write.h"

/* The condition asks more of this string than whether it occurs. */
static void mark_counted(struct cond_writer *w, uint32_t string)
{
    if (string != IR_CURRENT) {
        w->counted[string] = true;
        return;
    }
    for (uint32_t k = 0; w->strings && k < w->strings->count; k++)
        if (w->strings->list[k]->string != IR_CURRENT)
            w->counted[w->strings->list[k]->string] = true;
}

void cond_write_string(struct cond_writer *w, const struct ir_expr *x)
{
    static const uint8_t ops[IR_OP_COUNT] = {
        [IR_FOUND] = COND_FOUND,
        [IR_FOUND_AT] = COND_FOUND_AT,
        [IR_FOUND_IN] = COND_FOUND_IN,
        [IR_COUNT] = COND_COUNT,
        [IR_COUNT_IN] = COND_COUNT_IN,
        [IR_OFFSET] = COND_OFFSET,
        [IR_LENGTH] = COND_LENGTH,
        [IR_COUNT_VERSION] = COND_COUNT_VERSION,
        [IR_COUNT_EDGED] = COND_COUNT_EDGED,
    };
    if (x->kid[0])
        cond_write(w, x->kid[0]);
    if (x->kid[1])
        cond_write(w, x->kid[1]);
    if (x->op != IR_FOUND)
        mark_counted(w, x->string);
    (void)cond_put(w, ops[x->op], x->op == IR_COUNT_EDGED ? (uint8_t)x->re_flags : 0, 0, x->string);
}

/* The quantifier's value, when it has one, is the topmost. */
static uint8_t put_quant(struct cond_writer *w, const struct ir_expr *x)
{
    static const uint8_t quants[] = {[IR_ALL] = COND_ALL,
                                     [IR_ANY] = COND_ANY,
                                     [IR_NONE] = COND_NONE,
                                     [IR_SOME] = COND_SOME,
                                     [IR_PERCENT] = COND_PERCENT};
    if (x->quant == IR_SOME || x->quant == IR_PERCENT)
        cond_write(w, x->kid[0]);
    return quants[x->quant];
}

static uint32_t put_list(struct cond_writer *w, const struct ir_expr *x)
{
    uint32_t at = image_append(w->image, IMAGE_LISTS, &x->count);
    for (uint32_t k = 0; k < x->count; k++) {
        const struct ir_expr *item = x->list[k];
        uint32_t index = item->op == IR_RULE ? cond_rule_number(w, item) : item->string;
        (void)image_append(w->image, IMAGE_LISTS, &index);
    }
    return at;
}

static bool all_are(const struct ir_expr *x, enum ir_op op)
{
    for (uint32_t k = 0; k < x->count; k++)
        if (x->list[k]->op != op || (op == IR_FOUND && x->list[k]->string == IR_CURRENT))
            return false;
    return true;
}

static void put_tally(struct cond_writer *w, const struct ir_expr *x)
{
    (void)cond_put(w, COND_SMALL, 0, 0, 0);
    for (uint32_t k = 0; k < x->count; k++) {
        cond_write(w, x->list[k]);
        (void)cond_put(w, COND_TALLY, 0, 0, 0);
    }
    uint8_t quant = put_quant(w, x);
    (void)cond_put(w, COND_DECIDE, quant, 0, x->count);
}

void cond_write_of(struct cond_writer *w, const struct ir_expr *x)
{
    bool strings = all_are(x, IR_FOUND), rules = !strings && all_are(x, IR_RULE);
    if (!strings && !rules) {
        put_tally(w, x);
        return;
    }
    static const uint16_t wheres[] = {
        [IR_ANYWHERE] = COND_ANYWHERE, [IR_AT] = COND_AT, [IR_IN] = COND_IN};
    if (strings && x->where != IR_ANYWHERE)
        cond_write(w, x->kid[1]);
    if (strings && x->where == IR_IN)
        cond_write(w, x->kid[2]);
    for (uint32_t k = 0; strings && x->where != IR_ANYWHERE && k < x->count; k++)
        mark_counted(w, x->list[k]->string);
    uint8_t quant = put_quant(w, x);
    (void)cond_put(w, strings ? COND_OF_STRINGS : COND_OF_RULES, quant,
                   strings ? wheres[x->where] : 0, put_list(w, x));
}

/* Everything from NEXT to END. */
static void put_body(struct cond_writer *w, const struct ir_expr *body, uint32_t values)
{
    w->loops++;
    uint32_t next = cond_put(w, COND_NEXT, 0, 0, 0);
    cond_write(w, body->op == IR_TO_BOOL ? body->kid[0] : body); /* CHECK adds what it says */
    (void)cond_put(w, COND_CHECK, 0, 0, next);
    cond_patch(w, next, cond_here(w));
    (void)cond_put(w, COND_END, 0, (uint16_t)values, 0);
    w->loops--;
}

void cond_write_for_of(struct cond_writer *w, const struct ir_expr *x)
{
    if (!all_are(x, IR_FOUND)) {
        cond_fail(w, x, "a loop over something other than strings");
        return;
    }
    const struct ir_expr *outer = w->strings;
    uint8_t quant = put_quant(w, x);
    (void)cond_put(w, COND_LOOP_STRINGS, quant, 0, put_list(w, x));
    w->strings = x;
    put_body(w, x->kid[1], 0);
    w->strings = outer;
}

void cond_write_for_in(struct cond_writer *w, const struct ir_expr *x)
{
    static const uint8_t ops[] = {[IR_ITER_RANGE] = COND_LOOP_RANGE,
                                  [IR_ITER_VALUES] = COND_LOOP_VALUES,
                                  [IR_ITER_EACH] = COND_LOOP_ARRAY,
                                  [IR_ITER_PAIRS] = COND_LOOP_DICT};
    for (uint32_t k = 0; k < x->count; k++)
        cond_write(w, x->list[k]);
    uint32_t values = x->iter == IR_ITER_VALUES ? x->count : 0;
    if (values > COND_STACK / 2)
        cond_fail(w, x, "too many values to loop over");
    uint8_t quant = put_quant(w, x);
    (void)cond_put(w, ops[x->iter], quant, (uint16_t)values, x->vars.first);
    put_body(w, x->kid[1], values);
}

void cond_write_with(struct cond_writer *w, const struct ir_expr *x)
{
    for (uint32_t k = 0; k < x->count; k++) {
        cond_write(w, x->list[k]);
        (void)cond_put(w, COND_SET, 0, 0, x->vars.first + k);
    }
    cond_write(w, x->kid[0]);
}
