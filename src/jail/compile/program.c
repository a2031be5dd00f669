/* Code generation: a tree becomes a program of match/regex_code.h. The tree comes from a hostile
 * rule; it is walked with a stack of our own, and what it unrolls to is bounded by CODE_MAX. */
#include "jail/compile/program.h"

#include "jail/match/regex_code.h"

#include <stdio.h>
#include <string.h>

enum { SETS_LOOKED_AT = 16, NO_CHAIN = 0xffffffff };

/* A node under way. */
struct frame {
    struct re *node;
    uint32_t next;  /* kids or copies emitted */
    uint32_t patch; /* an instruction to complete or to go back to */
    uint32_t chain; /* instructions that want the end, linked through the field to be filled */
};

struct emit {
    struct arena *arena;
    struct code *code; /* in the arena */
    uint32_t count, code_cap, slots;
    struct buf data;
    struct frame *frames;
    uint32_t depth, frame_cap;
    bool backwards, bad, too_large;
};

static bool is_unit(const struct re *node)
{
    return node->kind == RE_BYTE || node->kind == RE_SET;
}

/* Appends an instruction and returns its index; 0 when there is no room (then `bad`). */
static uint32_t put(struct emit *e, struct code c, uint32_t slots)
{
    void *code = e->code;
    if (e->count >= CODE_MAX || slots > CODE_SLOTS_MAX - e->slots) {
        e->bad = e->too_large = true;
        return 0;
    }
    if (!arena_grow(e->arena, &code, &e->code_cap, e->count + 1, sizeof c)) {
        e->bad = true;
        return 0;
    }
    e->code = code;
    c.slot = e->slots;
    e->slots += slots;
    e->code[e->count] = c;
    return e->count++;
}

/* Where a set lies in the data; the same few sets tend to come again. */
static uint32_t put_set(struct emit *e, const uint8_t *set)
{
    struct span data = buf_get(&e->data);
    for (size_t i = 1; i <= SETS_LOOKED_AT && i * CODE_SET_BYTES <= data.len; i++) {
        size_t at = data.len - i * CODE_SET_BYTES;
        if (span_equal(span_cut(data, at, CODE_SET_BYTES), span_make(set, CODE_SET_BYTES)))
            return (uint32_t)at;
    }
    buf_put(&e->data, set, CODE_SET_BYTES);
    return (uint32_t)data.len;
}

static void emit_unit(struct emit *e, const struct re *node)
{
    struct code c = {.op = CODE_BYTE, .value = node->value, .mask = node->mask};
    if (node->kind == RE_SET)
        c = (struct code){.op = CODE_SET, .x = put_set(e, node->set)};
    else if (node->negated)
        c.flags = CODE_NEGATED;
    (void)put(e, c, 1); /* sets bad */
}

static void emit_counted(struct emit *e, const struct re *node)
{
    const struct re *kid = node->kids[0];
    uint32_t max = node->max == RE_NO_MAX ? CODE_NO_MAX : node->max;
    struct code c = {.op = CODE_REPEAT, .value = kid->value, .mask = kid->mask};
    if (node->min >= CODE_NO_MAX || (node->max != RE_NO_MAX && node->max >= CODE_NO_MAX)) {
        e->bad = e->too_large = true;
        return;
    }
    c.flags = (uint8_t)((node->greedy ? CODE_GREEDY : 0) |
                        (kid->kind == RE_SET && !re_is_full(kid) ? CODE_IS_SET : 0) |
                        (kid->kind == RE_BYTE && kid->negated ? CODE_NEGATED : 0));
    if (re_is_full(kid))
        c.value = c.mask = 0;
    c.x = node->min | max << 16;
    c.y = c.flags & CODE_IS_SET ? put_set(e, kid->set) : 0;
    (void)put(e, c, (max == CODE_NO_MAX ? node->min : max) + 1); /* sets bad */
}

static void begin_node(struct emit *e, struct re *node)
{
    static const uint8_t borders[] = {
        [RE_START] = CODE_START,
        [RE_END] = CODE_END,
        [RE_WORD] = CODE_WORD,
        [RE_NOT_WORD] = CODE_NOT_WORD,
    };
    if (is_unit(node)) {
        emit_unit(e, node);
    } else if (node->kind == RE_REPEAT && is_unit(node->kids[0])) {
        emit_counted(e, node);
    } else if (node->kind >= RE_START) {
        (void)put(e, (struct code){.op = borders[node->kind]}, 1); /* sets bad */
    } else if (node->kind != RE_EMPTY) {
        void *frames = e->frames;
        if (!arena_grow(e->arena, &frames, &e->frame_cap, e->depth + 1, sizeof *e->frames)) {
            e->bad = true;
            return;
        }
        e->frames = frames;
        e->frames[e->depth++] = (struct frame){node, 0, 0, NO_CHAIN};
    }
}

static struct re *kid_in_order(const struct emit *e, const struct re *cat, uint32_t i)
{
    return cat->kids[e->backwards ? cat->count - 1 - i : i];
}

static bool is_plain(const struct re *node)
{
    return node->kind == RE_BYTE && node->mask == 0xff && !node->negated;
}

/* A run of exact bytes becomes one instruction. Returns how many kids it took. */
static uint32_t emit_literal(struct emit *e, const struct re *cat, uint32_t from)
{
    uint32_t count = 0;
    while (from + count < cat->count && is_plain(kid_in_order(e, cat, from + count)))
        count++;
    if (count < 2)
        return 0;
    struct code c = {.op = CODE_LITERAL, .x = (uint32_t)e->data.len, .y = count};
    for (uint32_t i = 0; i < count; i++)
        buf_byte(&e->data, kid_in_order(e, cat, from + i)->value);
    buf_align(&e->data, CODE_SET_BYTES);
    (void)put(e, c, count); /* sets bad */
    return count;
}

static void step_cat(struct emit *e, struct frame *f)
{
    if (f->next == f->node->count) {
        e->depth--;
        return;
    }
    uint32_t taken = emit_literal(e, f->node, f->next);
    struct re *kid = kid_in_order(e, f->node, f->next);
    f->next += taken ? taken : 1;
    if (!taken)
        begin_node(e, kid);
}

/* Lets every instruction of a chain go to the next one to be written. `exit_is_x`: which field. */
static void end_chain(struct emit *e, uint32_t chain, bool exit_is_x)
{
    while (chain != NO_CHAIN && !e->bad) {
        uint32_t *field = exit_is_x ? &e->code[chain].x : &e->code[chain].y;
        chain = *field;
        *field = e->count;
    }
}

static void step_alt(struct emit *e, struct frame *f)
{
    uint32_t done = f->next, all = f->node->count;
    if (done > 0 && done < all) {
        uint32_t jump = put(e, (struct code){.op = CODE_JUMP, .x = f->chain}, 1);
        f->chain = jump;
        if (e->bad)
            return;
        e->code[f->patch].y = e->count;
    }
    if (done == all) {
        end_chain(e, f->chain, true);
        e->depth--;
        return;
    }
    if (done + 1 < all)
        f->patch = put(e, (struct code){.op = CODE_SPLIT, .x = e->count + 1}, 1);
    f->next++;
    begin_node(e, f->node->kids[done]);
}

/* A SPLIT that goes on, or to `other` with less preference when greedy, with more when lazy. */
static uint32_t put_split(struct emit *e, const struct re *node, uint32_t go_on, uint32_t leave)
{
    struct code c = {.op = CODE_SPLIT, .x = go_on, .y = leave};
    if (!node->greedy)
        c = (struct code){.op = CODE_SPLIT, .x = leave, .y = go_on};
    return put(e, c, 1);
}

/* The part of a repeat past its lower bound when there is no upper one. */
static void step_loop(struct emit *e, struct frame *f)
{
    const struct re *node = f->node;
    if (f->next > 0 && node->min > 0) {                   /* back to the last copy */
        (void)put_split(e, node, f->patch, e->count + 1); /* sets bad */
        e->depth--;
    } else if (f->next == 0) {
        f->patch = put_split(e, node, e->count + 1, NO_CHAIN);
        f->chain = f->patch;
        f->next++;
        begin_node(e, node->kids[0]);
    } else {
        (void)put(e, (struct code){.op = CODE_JUMP, .x = f->patch}, 1); /* sets bad */
        end_chain(e, f->chain, !node->greedy);
        e->depth--;
    }
}

static void step_repeat(struct emit *e, struct frame *f)
{
    struct re *node = f->node, *kid = node->kids[0];
    /* what consumes nothing need not be looked at twice */
    uint32_t most = kid->max_len == 0 ? 1 : RE_NO_MAX - 1;
    uint32_t min = node->min < most ? node->min : most;
    bool is_loop = node->max == RE_NO_MAX && kid->max_len > 0;
    uint32_t max = node->max < most ? node->max : most;
    if (f->next < min) {
        f->patch = e->count;
        f->next++;
        begin_node(e, kid);
    } else if (is_loop) {
        step_loop(e, f);
    } else if (f->next < max) {
        f->chain = put_split(e, node, e->count + 1, f->chain);
        f->next++;
        begin_node(e, kid);
    } else {
        end_chain(e, f->chain, !node->greedy);
        e->depth--;
    }
}

static void step(struct emit *e)
{
    struct frame *f = &e->frames[e->depth - 1];
    if (f->node->kind == RE_CAT)
        step_cat(e, f);
    else if (f->node->kind == RE_ALT)
        step_alt(e, f);
    else
        step_repeat(e, f);
}

static void store(struct emit *e, struct buf *programs, uint32_t *start)
{
    buf_align(programs, sizeof(uint32_t));
    *start = (uint32_t)programs->len;
    struct code_header head = {e->count, (uint32_t)e->data.len, e->slots, 0};
    buf_put(programs, &head, sizeof head);
    buf_put(programs, e->code, e->count * sizeof *e->code);
    buf_span(programs, buf_get(&e->data));
}

enum err program_emit(struct re *tree, bool backwards, struct arena *a, struct buf *programs,
                      uint32_t *start, struct re_error *error)
{
    struct emit e = {.arena = a, .backwards = backwards};
    struct re_list nodes;
    if (!re_postorder(tree, a, &nodes))
        return ERR_NOMEM;
    re_measure(&nodes);
    buf_init(&e.data, 0);
    begin_node(&e, tree);
    while (e.depth && !e.bad)
        step(&e);
    (void)put(&e, (struct code){.op = CODE_MATCH}, 1); /* sets bad */
    if (!e.bad)
        store(&e, programs, start);
    bool is_full = e.data.bad || programs->bad;
    buf_done(&e.data);
    if (e.too_large) {
        *error = (struct re_error){0};
        snprintf(error->text, sizeof error->text, "regular expression is too large");
        return ERR_RULES;
    }
    return e.bad || is_full ? ERR_NOMEM : ERR_NONE;
}
