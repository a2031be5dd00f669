/* Loops of conditions. A loop that had no item at all is false whatever its quantifier (observed,
 * 4.2.3); a bound or iterator that is undefined makes no items. */
#include "jail/match/cond.h"

#include <string.h>

static void start_items(struct cond *c, struct cond_frame *f, const struct image_insn *i)
{
    struct cond_value a, b;
    switch (i->op) {
    case COND_LOOP_RANGE:
        b = cond_pop(c);
        a = cond_pop(c);
        f->next = a.kind == COND_V_INT ? a.i : 0;
        f->last = b.kind == COND_V_INT ? b.i : -1;
        f->ended = a.kind != COND_V_INT || b.kind != COND_V_INT || f->next > f->last;
        return;
    case COND_LOOP_VALUES:
        f->count = i->b <= c->depth ? i->b : 0;
        f->base = c->depth - f->count;
        return;
    case COND_LOOP_STRINGS:
        f->count = ruleset_u32(c->rules, IMAGE_LISTS, i->c);
        f->base = i->c + 1;
        return;
    default: /* LOOP_ARRAY, LOOP_DICT */
        a = cond_pop(c);
        enum fact_kind kind = i->op == COND_LOOP_ARRAY ? FACT_ARRAY : FACT_DICT;
        if (a.kind != COND_V_OBJECT || a.fact->kind != kind)
            return;
        f->fact = a.fact;
        f->field = a.field;
        f->count = kind == FACT_ARRAY ? a.fact->list.count : a.fact->dict.count;
    }
}

void cond_loop(struct cond *c, const struct image_insn *i)
{
    struct cond_value want = cond_pop_want(c, i->a);
    if (c->frame_count >= COND_FRAMES) {
        c->broken = true;
        return;
    }
    struct cond_frame *f = &c->frames[c->frame_count++];
    *f = (struct cond_frame){
        .op = i->op, .quant = i->a, .slot = i->c, .want = want, .outer_string = c->string};
    start_items(c, f, i);
}

static void set_var(struct cond *c, uint32_t slot, struct cond_value v)
{
    if (slot < COND_VARS)
        c->vars[slot] = v;
    else
        c->broken = true;
}

static void take_listed(struct cond *c, struct cond_frame *f)
{
    const struct field *row = f->field && f->field->kids ? f->field->kids : NULL;
    uint32_t at = f->at++;
    switch (f->op) {
    case COND_LOOP_VALUES:
        set_var(c, f->slot, c->stack[f->base + at]);
        break;
    case COND_LOOP_STRINGS:
        c->string = ruleset_u32(c->rules, IMAGE_LISTS, f->base + at);
        break;
    case COND_LOOP_ARRAY:
        set_var(c, f->slot, cond_of_fact(&f->fact->list.items[at], row));
        break;
    default: {
        const struct fact_entry *e = &f->fact->dict.entries[at];
        set_var(c, f->slot, (struct cond_value){.kind = COND_V_STRING, .s = e->key});
        set_var(c, f->slot + 1, cond_of_fact(&e->value, row));
    }
    }
}

/* False when there are no more. */
static bool take_item(struct cond *c, struct cond_frame *f)
{
    if (f->op == COND_LOOP_RANGE) {
        if (f->ended)
            return false;
        set_var(c, f->slot, (struct cond_value){.kind = COND_V_INT, .i = f->next});
        f->ended = f->next == f->last; /* before counting up: last may be the largest number */
        f->next += !f->ended;
        return true;
    }
    if (f->at >= f->count)
        return false;
    take_listed(c, f);
    return true;
}

void cond_next(struct cond *c, const struct image_insn *i)
{
    if (c->frame_count == 0) {
        c->broken = true;
        return;
    }
    struct cond_frame *f = &c->frames[c->frame_count - 1];
    if (take_item(c, f))
        f->total++;
    else
        c->pc = i->c;
}

/* Whether more items cannot change the verdict. */
static bool is_decided(const struct cond_frame *f, uint64_t last)
{
    switch (f->quant) {
    case COND_ALL:
        return last == 0;
    case COND_ANY:
        return (int64_t)f->found >= 1;
    case COND_NONE:
        return last == 1;
    case COND_SOME:
        if (f->want.kind == COND_V_INT && f->want.i > 0)
            return (int64_t)f->found >= f->want.i;
        return f->want.kind == COND_V_INT && f->want.i == 0 && last == 1;
    default:
        return false;
    }
}

/* As YARA, which adds up what the body says: 0 or 1 of a condition, but a number is added as it is,
 * a fraction by its bits, a text by its address. */
static uint64_t worth_of(const struct cond_value *v)
{
    static const uint64_t some_address = UINT64_C(1) << 46;
    uint64_t bits = 0;
    if (v->kind == COND_V_INT)
        return (uint64_t)v->i;
    if (v->kind == COND_V_FLOAT)
        memcpy(&bits, &v->f, sizeof bits);
    return v->kind == COND_V_STRING ? some_address : bits;
}

void cond_check(struct cond *c, const struct image_insn *i)
{
    struct cond_value v = cond_pop(c);
    if (c->frame_count == 0) {
        c->broken = true;
        return;
    }
    struct cond_frame *f = &c->frames[c->frame_count - 1];
    uint64_t worth = worth_of(&v);
    f->found += worth;
    if (!is_decided(f, worth))
        c->pc = i->c;
}

void cond_end(struct cond *c, const struct image_insn *i)
{
    if (c->frame_count == 0) {
        c->broken = true;
        return;
    }
    struct cond_frame *f = &c->frames[--c->frame_count];
    for (uint32_t k = 0; k < i->b; k++)
        (void)cond_pop(c); /* the values of LOOP_VALUES, no longer wanted */
    c->string = f->outer_string;
    struct cond_value v = {.kind = COND_V_INT};
    if (f->total > 0)
        v = cond_decide(f->quant, &f->want, f->found, f->total);
    cond_push(c, v);
}
