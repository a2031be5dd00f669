/* One pass over a piece of code, keeping the depth of the stack and the loops that are open. Reads
 * an image that may be forged. */
#include "jail/match/code_check.h"

#include <stdlib.h>
#include <string.h>

enum operand {
    OPERAND_NONE,
    OPERAND_SMALL,
    OPERAND_ANY,
    OPERAND_CONST,
    OPERAND_TEXT,
    OPERAND_VAR,
    OPERAND_RULE,
    OPERAND_STRING,
    OPERAND_LIST_S,
    OPERAND_LIST_R,
    OPERAND_JUMP,
    OPERAND_LOOP,
    OPERAND_MODULE,
    OPERAND_REGEX,
    OPERAND_BACKTRACK,
};

static const struct op_row {
    uint8_t pops, pushes, quantified, operand;
} rows[COND_OP_COUNT] = {
#define OP(id, pops, pushes, quantified, operand, meaning)                                         \
    [COND_##id] = {pops, pushes, quantified, OPERAND_##operand},
#include "jail/match/cond.def"
#undef OP
};

/* What a jump promised of its target. */
struct promise {
    uint32_t depth; /* one more than the stack's depth; 0: nobody jumps here */
    uint32_t loop;
};

struct open_loop {
    uint32_t id, values, depth;
    uint32_t next, end; /* places of its NEXT and END */
};

struct code_check {
    const struct ruleset *set;
    struct promise *promises;
    uint32_t longest;
    /* of the code at hand */
    uint32_t index, count, pc, depth, loop_count, loop_ids;
    const struct image_rule *rule;
    bool reachable;
    struct open_loop loops[COND_FRAMES];
};

struct code_check *code_check_new(const struct ruleset *r, uint32_t longest)
{
    struct code_check *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->set = r;
    k->longest = longest;
    k->promises = calloc((size_t)longest + 1, sizeof *k->promises);
    if (!k->promises) {
        free(k);
        return NULL;
    }
    return k;
}

void code_check_free(struct code_check *k)
{
    if (!k)
        return;
    free(k->promises);
    free(k);
}

static uint32_t loop_id(const struct code_check *k)
{
    return k->loop_count ? k->loops[k->loop_count - 1].id : 0;
}

/* The instruction at `to` will be reached with this depth, in this loop. */
static bool promise(struct code_check *k, uint32_t to)
{
    if (to <= k->pc || to >= k->count)
        return false;
    struct promise *p = &k->promises[to];
    if (p->depth == 0)
        *p = (struct promise){k->depth + 1, loop_id(k)};
    return p->depth == k->depth + 1 && p->loop == loop_id(k);
}

static bool is_list(const struct code_check *k, uint32_t at, uint32_t below)
{
    uint32_t total = k->set->counts[IMAGE_LISTS];
    if (at >= total)
        return false;
    uint32_t count = ruleset_u32(k->set, IMAGE_LISTS, at);
    if (count > total - at - 1)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (ruleset_u32(k->set, IMAGE_LISTS, at + 1 + i) >= below)
            return false;
    return true;
}

static bool operand_ok(const struct code_check *k, const struct image_insn *i)
{
    const uint32_t *counts = k->set->counts;
    switch (rows[i->op].operand) {
    case OPERAND_CONST:
        return i->c < counts[IMAGE_CONSTS];
    case OPERAND_TEXT:
        return i->c < counts[IMAGE_TEXTS];
    case OPERAND_VAR:
        return i->c < k->rule->var_count &&
               (i->op != COND_LOOP_DICT || i->c + 1 < k->rule->var_count);
    case OPERAND_RULE:
        return i->c < k->index;
    case OPERAND_STRING:
        return i->c < k->rule->string_count || i->c == IMAGE_CURRENT;
    case OPERAND_LIST_S:
        return is_list(k, i->c, k->rule->string_count);
    case OPERAND_LIST_R:
        return is_list(k, i->c, k->index);
    case OPERAND_MODULE:
        return i->c < counts[IMAGE_MODULES];
    case OPERAND_REGEX:
        return i->c < counts[IMAGE_REGEXES];
    case OPERAND_BACKTRACK:
        return i->c < counts[IMAGE_BACKTRACKS];
    default:
        return true;
    }
}

static uint32_t pops_of(const struct image_insn *i)
{
    uint32_t pops = rows[i->op].pops;
    if (rows[i->op].quantified && (i->a == COND_SOME || i->a == COND_PERCENT))
        pops++;
    if (i->op == COND_CALL)
        pops += i->a;
    if (i->op == COND_END)
        pops += i->b;
    if (i->op == COND_OF_STRINGS)
        pops += i->b == COND_IN ? 2 : i->b == COND_AT;
    return pops;
}

static bool fields_ok(const struct image_insn *i)
{
    if (rows[i->op].quantified && i->a >= COND_QUANT_COUNT)
        return false;
    if (i->op == COND_OF_STRINGS && i->b >= COND_WHERE_COUNT)
        return false;
    return i->op != COND_CALL || i->a <= COND_ARGS;
}

/* LOOP_*, NEXT, CHECK and END keep to one shape: the loop, its NEXT at once, a body, CHECK, END. */
static bool step_loop(struct code_check *k, const struct image_insn *i)
{
    struct open_loop *top = k->loop_count ? &k->loops[k->loop_count - 1] : NULL;
    switch (i->op) {
    case COND_LOOP_RANGE:
    case COND_LOOP_VALUES:
    case COND_LOOP_ARRAY:
    case COND_LOOP_DICT:
    case COND_LOOP_STRINGS: {
        uint32_t values = i->op == COND_LOOP_VALUES ? i->b : 0;
        if (k->loop_count >= COND_FRAMES || values > k->depth)
            return false;
        k->loops[k->loop_count++] = (struct open_loop){
            .id = ++k->loop_ids, .values = values, .depth = k->depth, .next = k->pc + 1};
        return true;
    }
    case COND_NEXT:
        if (!top || top->next != k->pc)
            return false;
        top->end = i->c;
        return promise(k, i->c);
    case COND_CHECK:
        return top && i->c == top->next && top->end == k->pc + 1 && k->depth == top->depth;
    case COND_END:
        if (!top || top->end != k->pc || i->b != top->values || k->depth + i->b != top->depth + 1)
            return false;
        k->loop_count--;
        return true;
    default: /* a loop's NEXT follows it directly */
        return !top || top->next != k->pc;
    }
}

static const char *step(struct code_check *k, const struct image_insn *i)
{
    if (i->op >= COND_OP_COUNT || !fields_ok(i))
        return "an unknown instruction";
    if (!operand_ok(k, i))
        return "an operand that leads nowhere";
    uint32_t pops = pops_of(i);
    if (pops > k->depth || k->depth - pops + rows[i->op].pushes > COND_STACK)
        return "a stack out of bounds";
    k->depth = k->depth - pops + rows[i->op].pushes;
    if (!step_loop(k, i))
        return "a loop out of shape";
    if (rows[i->op].operand == OPERAND_JUMP && !promise(k, i->c))
        return "a jump that leads nowhere";
    if (i->op == COND_RETURN && (k->pc + 1 != k->count || k->depth != 0 || k->loop_count != 0))
        return "an early end";
    k->reachable = i->op != COND_JUMP;
    return NULL;
}

/* Comes to instruction pc, from the one before or by a jump. */
static bool arrive(struct code_check *k)
{
    const struct promise *p = &k->promises[k->pc];
    if (p->depth == 0)
        return k->reachable;
    if (!k->reachable)
        k->depth = p->depth - 1;
    k->reachable = true;
    return k->depth == p->depth - 1 && p->loop == loop_id(k);
}

const char *code_check_run(struct code_check *k, uint32_t index, const struct image_rule *rule,
                           uint32_t first, uint32_t count)
{
    if (count == 0 || count > k->longest || first > k->set->counts[IMAGE_CODE] ||
        count > k->set->counts[IMAGE_CODE] - first)
        return "no code";
    memset(k->promises, 0, (size_t)count * sizeof *k->promises);
    k->index = index;
    k->rule = rule;
    k->count = count;
    k->depth = k->loop_count = k->loop_ids = 0;
    k->reachable = true;
    struct image_insn i = {0};
    for (k->pc = 0; k->pc < count; k->pc++) {
        if (!arrive(k))
            return "a stack that does not meet";
        (void)ruleset_read(k->set, IMAGE_CODE, first + k->pc, &i);
        const char *wrong = step(k, &i);
        if (wrong)
            return wrong;
    }
    return i.op == COND_RETURN ? NULL : "no end";
}
