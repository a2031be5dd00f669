/* Every rule of a set, asked whether it hunts documents. The rules are strangers'. */
#include "jail/compile/audit.h"

#include "jail/compile/ir_walk.h"

struct polarity {
    const struct ir_expr *x;
    bool is_not;
};

struct asked {
    struct arena *arena;
    struct polarity *todo;
    uint32_t count, cap;
    bool bad;
};

static void ask(struct asked *a, const struct ir_expr *x, bool is_not)
{
    if (!x || a->bad)
        return;
    if (!arena_grow(a->arena, (void **)&a->todo, &a->cap, a->count + 1, sizeof *a->todo))
        a->bad = true;
    else
        a->todo[a->count++] = (struct polarity){x, is_not};
}

bool audit_unwanted(struct ir *ir, const struct ir_rule *rule, bool *unwanted)
{
    struct asked a = {.arena = ir->arena};
    for (uint32_t k = 0; k < rule->string_count; k++)
        unwanted[k] = true;
    ask(&a, rule->condition, false);
    while (a.count > 0 && !a.bad) {
        struct polarity p = a.todo[--a.count];
        const struct ir_expr *x = p.x;
        bool is_not = p.is_not != (x->op == IR_NOT ||
                                   ((x->op == IR_OF || x->op == IR_FOR_OF) && x->quant == IR_NONE));
        if (x->op >= IR_FOUND && x->op <= IR_LENGTH && x->string < rule->string_count && !is_not)
            unwanted[x->string] = false;
        for (unsigned k = 0; k < 3; k++)
            ask(&a, x->kid[k], is_not);
        for (uint32_t k = 0; k < x->count; k++)
            ask(&a, x->list[k], is_not);
    }
    return !a.bad;
}

/* The words of the rules that this one asks, so that a document can hold them. */
static bool inherit(struct ir *ir, uint32_t rule, struct audit_row *rows)
{
    struct ir_walk w = ir_walk_from(ir->arena, ir->rules[rule].condition);
    const struct ir_expr *x;
    while ((x = ir_walk_next(&w)))
        for (uint32_t k = 0; x->op == IR_RULE && k < rows[x->i].word_count; k++)
            if (!audit_add_word(ir, &rows[rule], rows[x->i].words[k]))
                return false;
    return !w.bad;
}

/* Hiding counts where something is hidden. */
static void note_tricks(struct audit_row *row)
{
    for (uint32_t k = 0; k < row->word_count; k++)
        if (row->words[k].class >= AUDIT_WEAK)
            row->tricks |= row->words[k].tricks;
}

struct audit_row *audit_rules(struct ir *ir)
{
    struct audit_row *rows = arena_array(ir->arena, struct audit_row, ir->rule_count);
    for (uint32_t i = 0; rows && i < ir->rule_count; i++) {
        const struct ir_rule *rule = &ir->rules[i];
        enum audit_class *classes = arena_array(ir->arena, enum audit_class, rule->string_count);
        bool *unwanted = arena_array(ir->arena, bool, rule->string_count);
        if (!classes || !unwanted || !audit_unwanted(ir, rule, unwanted) ||
            !audit_strings(ir, rule, unwanted, classes, &rows[i]) ||
            !audit_condition(ir, i, classes, rows) || !inherit(ir, i, rows))
            return NULL;
        note_tricks(&rows[i]);
    }
    return rows;
}
