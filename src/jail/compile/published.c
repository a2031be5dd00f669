/* What the rule log refuses. Reads rules as the front end understood them: hostile, well-formed.
 * The profile: doc/rulelog.md. Hidden keywords are the point: a digest of a part of a file, or of a
 * text in it, asks for a word that nobody can read in the rule. */
#include "jail/compile/published.h"

struct walk {
    struct arena *arena;
    const struct ir_expr **waiting;
    uint32_t count, cap;
    bool bad;
};

static void push(struct walk *w, const struct ir_expr *x)
{
    if (!x || w->bad)
        return;
    if (!arena_grow(w->arena, (void **)&w->waiting, &w->cap, w->count + 1, sizeof *w->waiting))
        w->bad = true;
    else
        w->waiting[w->count++] = x;
}

static bool is_of(const struct ir_expr *x, const char *module)
{
    return x->op == IR_MODULE && span_equal(span_text(x->module->name), span_text(module));
}

/* hash.NAME(0, filesize), and nothing else. */
static bool is_whole_file(const struct ir_expr *call)
{
    return call->count == 2 && call->list[0]->op == IR_INT && call->list[0]->i == 0 &&
           call->list[1]->op == IR_FILESIZE;
}

static const char *fault_of(const struct ir_expr *x)
{
    if (is_of(x, "time") || is_of(x, "console") || is_of(x, "cuckoo"))
        return "a published rule knows no time, prints nothing and asks no sandbox";
    if (x->op == IR_EXTERNAL)
        return "a published rule has no external variables";
    if (x->op == IR_RULE)
        return "a published rule stands alone: it may not name another";
    if (x->op == IR_CALL && is_of(x->kid[0], "hash") && !is_whole_file(x))
        return "a published rule may hash the whole file only: hash.sha256(0, filesize)";
    return NULL;
}

static bool is_named_as_its_file(const struct ir *ir, const struct ir_rule *rule)
{
    struct span file = rule->file < ir->file_count ? ir->files[rule->file] : (struct span){0};
    return file.len == rule->name.len + 4 && span_starts(file, rule->name) &&
           span_equal(span_cut(file, rule->name.len, 4), SPAN_OF(".yar"));
}

const char *published_fault(const struct ir *ir, const struct ir_rule *rule, uint32_t *line,
                            uint32_t *column)
{
    struct walk w = {.arena = ir->arena};
    const char *fault = NULL;
    *line = rule->line;
    *column = 0;
    if (rule->is_clam || rule->is_global || rule->is_private)
        return "a published rule is a YARA rule, neither global nor private";
    if (!is_named_as_its_file(ir, rule))
        return "a leaf holds one rule, named as its id";
    push(&w, rule->condition);
    while (w.count > 0 && !w.bad && !fault) {
        const struct ir_expr *x = w.waiting[--w.count];
        fault = fault_of(x);
        *line = fault && x->line ? x->line : rule->line;
        *column = fault ? x->column : 0;
        for (unsigned k = 0; k < 3; k++)
            push(&w, x->kid[k]);
        for (uint32_t k = 0; k < x->count; k++)
            push(&w, x->list[k]);
    }
    return w.bad ? "the rule is too large to be checked" : fault;
}
