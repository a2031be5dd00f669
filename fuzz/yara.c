/* YARA sources: lexer, parser, checker, dump. The first byte chooses the options. Traps when the IR
 * is not what ir.h says. */
#include "drive.h"
#include "front.h"

#include "common/limits.h"

enum { SLOTS = 4096 };

struct walk {
    const struct ir *ir;
    const struct ir_rule *rule;
    uint32_t index;
    const struct ir_expr *stack[SLOTS];
    uint32_t depth;
};

static void trap_unless(bool ok)
{
    if (!ok)
        __builtin_trap();
}

/* What a node refers to is there. */
static void check_references(const struct walk *w, const struct ir_expr *e)
{
    bool is_string = e->op >= IR_FOUND && e->op <= IR_LENGTH;
    trap_unless(!is_string || e->string == IR_CURRENT || e->string < w->rule->string_count);
    trap_unless(e->op != IR_RULE || (e->i >= 0 && e->i < w->index));
    trap_unless(e->op != IR_VAR || (e->i >= 0 && e->i < w->rule->var_count));
    trap_unless(e->op != IR_EXTERNAL || (e->i >= 0 && e->i < w->ir->external_count));
    trap_unless(e->op != IR_REGEX || e->re);
    trap_unless(e->op != IR_MODULE || e->module);
    trap_unless((e->op != IR_FIELD && e->op != IR_CALL) || (e->field && e->kid[0]));
}

static void check_types(const struct ir_expr *e)
{
    bool is_list = e->op == IR_AND || e->op == IR_OR;
    for (uint32_t i = 0; is_list && i < e->count; i++)
        trap_unless(e->list[i]->type == IR_T_BOOL);
    trap_unless(!is_list || e->count >= 2);
    if (e->op >= IR_ADD && e->op <= IR_MOD)
        trap_unless(e->kid[0]->type == e->type && e->kid[1]->type == e->type);
    if (e->op >= IR_EQ && e->op <= IR_GE)
        trap_unless(e->kid[0]->type == e->kid[1]->type && e->type == IR_T_BOOL);
    if (e->op == IR_NOT)
        trap_unless(e->kid[0]->type == IR_T_BOOL);
    if (e->op == IR_FOR_OF || e->op == IR_FOR_IN)
        trap_unless(e->kid[1]->type == IR_T_BOOL && e->count > 0);
    bool counted = e->op == IR_OF || e->op == IR_FOR_OF || e->op == IR_FOR_IN;
    if (counted && (e->quant == IR_SOME || e->quant == IR_PERCENT))
        trap_unless(e->kid[0] && e->kid[0]->type == IR_T_INT);
}

static void push(struct walk *w, const struct ir_expr *parent, const struct ir_expr *kid)
{
    trap_unless(kid && kid->height < parent->height);
    if (w->depth < SLOTS)
        w->stack[w->depth++] = kid;
}

static void check_rule(const struct ir *ir, uint32_t index)
{
    static struct walk w;
    w.ir = ir;
    w.rule = &ir->rules[index];
    w.index = index;
    w.depth = 1;
    w.stack[0] = w.rule->condition;
    trap_unless(w.rule->condition && w.rule->condition->type == IR_T_BOOL);
    trap_unless(w.rule->condition->height <= LIMIT_EXPR_HEIGHT);
    while (w.depth) {
        const struct ir_expr *e = w.stack[--w.depth];
        check_references(&w, e);
        check_types(e);
        for (unsigned i = 0; i < 3; i++)
            if (e->kid[i])
                push(&w, e, e->kid[i]);
        for (uint32_t i = 0; i < e->count; i++)
            push(&w, e, e->list[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct front f;
    struct buf dump;
    struct span all = span_make(data, size);
    uint8_t options = span_byte(all, 0);
    front_open(&f);
    f.in.yara_x = options & 1;
    f.in.strict_escape = options & 2;
    f.in.keep_going = options & 4;
    f.in.as_yara = options & 8;
    front_add(&f, "fuzz.yar", "ns", span_cut(all, 1, size));
    for (uint32_t i = 0; i < f.fe.ir->rule_count; i++)
        check_rule(f.fe.ir, i);
    /* A refused rule is named, or leans on one that is. */
    trap_unless(f.fe.errors == 0 || f.diags.len > 0);
    buf_init(&dump, 1 << 20);
    ir_dump(f.fe.ir, &dump);
    buf_done(&dump);
    front_close(&f);
    return 0;
}
