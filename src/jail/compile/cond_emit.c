/* Expressions to instructions. The tree comes from the front end, which checked its types; its size
 * is the source's, so depth is bounded here. */
#include "jail/compile/cond_emit.h"

#include "common/text.h"
#include "jail/compile/cond_write.h"
#include "jail/compile/pattern.h"

#include <stdio.h>
#include <string.h>

void cond_fail(struct cond_writer *w, const struct ir_expr *x, const char *text)
{
    if (w->out->failed)
        return;
    w->out->failed = true;
    w->out->line = x->line;
    w->out->column = x->column;
    (void)snprintf(w->out->text, sizeof w->out->text, "%s", text);
}

uint32_t cond_put(struct cond_writer *w, uint8_t op, uint8_t a, uint16_t b, uint32_t c)
{
    struct image_insn i = {.op = op, .a = a, .b = b, .c = c};
    uint32_t at = image_append(w->image, IMAGE_CODE, &i) - w->out->first;
    w->out->loops += w->loops > 0;
    return at;
}

void cond_patch(struct cond_writer *w, uint32_t at, uint32_t to)
{
    struct buf *code = &w->image->parts[IMAGE_CODE];
    size_t place =
        ((size_t)w->out->first + at) * sizeof(struct image_insn) + offsetof(struct image_insn, c);
    if (!w->image->bad)
        memcpy(code->at + place, &to, sizeof to);
}

uint32_t cond_here(const struct cond_writer *w)
{
    return w->image->counts[IMAGE_CODE] - w->out->first;
}

uint32_t cond_rule_number(struct cond_writer *w, const struct ir_expr *x)
{
    if (w->numbers[x->i] != COND_LEFT_OUT)
        return w->numbers[x->i];
    char name[100], text[160];
    text_escape_into(name, sizeof name, w->ir->rules[x->i].name);
    (void)snprintf(text, sizeof text, "rule \"%s\" was left out", name);
    cond_fail(w, x, text);
    return 0;
}

static void put_int(struct cond_writer *w, int64_t v)
{
    if (v >= INT32_MIN && v <= INT32_MAX)
        (void)cond_put(w, COND_SMALL, 0, 0, (uint32_t)v);
    else
        (void)cond_put(w, COND_INT, 0, 0, image_const(w->image, (uint64_t)v));
}

static void put_text(struct cond_writer *w, struct span s)
{
    (void)cond_put(w, COND_TEXT, 0, 0, image_named(w->image, IMAGE_TEXTS, s));
}

static void put_external(struct cond_writer *w, const struct ir_expr *x)
{
    must((uint64_t)x->i < w->ir->external_count);
    const struct ir_external *e = &w->ir->externals[x->i];
    if (e->kind == FACT_STRING)
        put_text(w, e->s);
    else if (e->kind == FACT_FLOAT)
        (void)cond_put(w, COND_FLOAT, 0, 0, image_double(w->image, e->f));
    else
        put_int(w, e->kind == FACT_BOOL ? e->i != 0 : e->i);
}

static void put_regex(struct cond_writer *w, const struct ir_expr *x)
{
    struct buf program;
    buf_init(&program, LIMIT_IMAGE_BYTES);
    struct why why = {0};
    enum err err = pattern_compile_regex(x->re, x->re_flags, &program, &why);
    if (err != ERR_NONE)
        cond_fail(w, x, why.text);
    struct image_text place = image_bytes(w->image, IMAGE_PROGRAMS, buf_get(&program));
    buf_done(&program);
    (void)cond_put(w, COND_REGEX, 0, 0, image_append(w->image, IMAGE_REGEXES, &place));
}

static void put_read_text(struct cond_writer *w, const struct ir_expr *x)
{
    cond_write(w, x->kid[0]);
    (void)cond_put(w, COND_READ_TEXT, x->read.bytes, (uint16_t)x->re_flags, 0);
}

static void put_read(struct cond_writer *w, const struct ir_expr *x)
{
    cond_write(w, x->kid[0]);
    unsigned bits = (x->read.is_signed ? COND_READ_SIGNED : 0) |
                    (x->read.big_endian ? COND_READ_BIG : 0) |
                    (x->read.is_float ? COND_READ_FLOAT : 0);
    (void)cond_put(w, COND_READ, x->read.bytes, (uint16_t)bits, 0);
}

static void put_leaf(struct cond_writer *w, const struct ir_expr *x)
{
    switch (x->op) {
    case IR_BOOL:
        put_int(w, x->i != 0);
        break;
    case IR_INT:
        put_int(w, x->i);
        break;
    case IR_FLOAT:
        (void)cond_put(w, COND_FLOAT, 0, 0, image_double(w->image, x->f));
        break;
    case IR_STRING:
        put_text(w, x->s);
        break;
    case IR_REGEX:
        put_regex(w, x);
        break;
    case IR_FILESIZE:
        (void)cond_put(w, COND_FILESIZE, 0, 0, 0);
        break;
    case IR_ENTRYPOINT:
        (void)cond_put(w, COND_ENTRYPOINT, 0, 0, 0);
        break;
    case IR_VAR:
        (void)cond_put(w, COND_VAR, 0, 0, (uint32_t)x->i);
        break;
    case IR_CLAM:
        (void)cond_put(w, COND_CLAM, (uint8_t)x->string, 0, (uint32_t)x->i);
        break;
    case IR_EXTERNAL:
        put_external(w, x);
        break;
    default: /* IR_RULE */
        (void)cond_put(w, COND_RULE, 0, 0, cond_rule_number(w, x));
    }
}

static void put_backtrack(struct cond_writer *w, const struct ir_expr *x)
{
    uint32_t skip = 0;
    if (x->kid[2]) {
        cond_write(w, x->kid[2]);
        skip = cond_put(w, COND_JUMP_FALSE, 0, 0, 0);
    }
    cond_write(w, x->kid[0]);
    cond_write(w, x->kid[1]);
    (void)cond_put(w, COND_BACKTRACK, 0, 0, (uint32_t)x->i);
    if (!x->kid[2])
        return;
    uint32_t over = cond_put(w, COND_JUMP, 0, 0, 0);
    cond_patch(w, skip, cond_here(w));
    put_int(w, 0);
    cond_patch(w, over, cond_here(w));
}

static void put_module_value(struct cond_writer *w, const struct ir_expr *x)
{
    switch (x->op) {
    case IR_MODULE:
        (void)cond_put(w, COND_MODULE, 0, 0,
                       image_named(w->image, IMAGE_MODULES, span_text(x->module->name)));
        break;
    case IR_FIELD:
        if (x->field && x->field->is_const) {
            put_int(w, x->field->value);
            break;
        }
        cond_write(w, x->kid[0]);
        (void)cond_put(w, COND_FIELD, 0, 0, (uint32_t)x->i);
        break;
    case IR_CALL:
        cond_write(w, x->kid[0]);
        for (uint32_t k = 0; k < x->count; k++)
            cond_write(w, x->list[k]);
        if (x->count > COND_ARGS)
            cond_fail(w, x, "too many arguments");
        (void)cond_put(w, COND_CALL, (uint8_t)x->count, 0, (uint32_t)x->i);
        break;
    default:
        cond_write(w, x->kid[0]);
        if (x->op == IR_LEN) {
            (void)cond_put(w, COND_LEN, 0, 0, 0);
            break;
        }
        cond_write(w, x->kid[1]);
        (void)cond_put(w, x->op == IR_INDEX ? COND_INDEX : COND_LOOKUP, 0, 0, 0);
    }
}

/* Kids one after the other; the first that decides jumps to the end. Jumps that wait for their
 * target are chained through their own operands. */
static void put_and_or(struct cond_writer *w, const struct ir_expr *x)
{
    bool is_and = x->op == IR_AND;
    uint32_t chain = UINT32_MAX;
    for (uint32_t k = 0; k < x->count; k++) {
        cond_write(w, x->list[k]);
        chain = cond_put(w, is_and ? COND_JUMP_FALSE : COND_JUMP_TRUE, 0, 0, chain);
    }
    put_int(w, is_and);
    uint32_t over = cond_put(w, COND_JUMP, 0, 0, 0), decided = cond_here(w);
    while (chain != UINT32_MAX && !w->image->bad) {
        struct image_insn i;
        memcpy(&i,
               w->image->parts[IMAGE_CODE].at +
                   ((size_t)w->out->first + chain) * sizeof(struct image_insn),
               sizeof i);
        cond_patch(w, chain, decided);
        chain = i.c;
    }
    put_int(w, !is_and);
    cond_patch(w, over, cond_here(w));
}

static const uint8_t plain_ops[IR_OP_COUNT] = {
    [IR_NOT] = COND_NOT,
    [IR_DEFINED] = COND_DEFINED,
    [IR_TO_FLOAT] = COND_TO_FLOAT,
    [IR_OR_ZERO] = COND_OR_ZERO,
    [IR_NEG] = COND_NEG,
    [IR_ADD] = COND_ADD,
    [IR_SUB] = COND_SUB,
    [IR_MUL] = COND_MUL,
    [IR_DIV] = COND_DIV,
    [IR_MOD] = COND_MOD,
    [IR_BIT_NOT] = COND_BIT_NOT,
    [IR_BIT_AND] = COND_BIT_AND,
    [IR_BIT_OR] = COND_BIT_OR,
    [IR_BIT_XOR] = COND_BIT_XOR,
    [IR_SHL] = COND_SHL,
    [IR_SHR] = COND_SHR,
    [IR_EQ] = COND_EQ,
    [IR_NE] = COND_NE,
    [IR_LT] = COND_LT,
    [IR_LE] = COND_LE,
    [IR_GT] = COND_GT,
    [IR_GE] = COND_GE,
    [IR_CONTAINS] = COND_CONTAINS,
    [IR_ICONTAINS] = COND_ICONTAINS,
    [IR_STARTSWITH] = COND_STARTSWITH,
    [IR_ISTARTSWITH] = COND_ISTARTSWITH,
    [IR_ENDSWITH] = COND_ENDSWITH,
    [IR_IENDSWITH] = COND_IENDSWITH,
    [IR_IEQUALS] = COND_IEQUALS,
    [IR_MATCHES] = COND_MATCHES,
    [IR_TO_BOOL] = COND_TO_BOOL,
};

static void put_plain(struct cond_writer *w, const struct ir_expr *x)
{
    must(plain_ops[x->op] != 0);
    cond_write(w, x->kid[0]);
    if (x->kid[1])
        cond_write(w, x->kid[1]);
    (void)cond_put(w, plain_ops[x->op], 0, 0, 0);
}

static cond_put_function *const writers[IR_OP_COUNT] = {
    [IR_BOOL] = put_leaf,
    [IR_INT] = put_leaf,
    [IR_FLOAT] = put_leaf,
    [IR_STRING] = put_leaf,
    [IR_REGEX] = put_leaf,
    [IR_FILESIZE] = put_leaf,
    [IR_ENTRYPOINT] = put_leaf,
    [IR_VAR] = put_leaf,
    [IR_EXTERNAL] = put_leaf,
    [IR_RULE] = put_leaf,
    [IR_CLAM] = put_leaf,
    [IR_BACKTRACK] = put_backtrack,
    [IR_READ_TEXT] = put_read_text,
    [IR_READ] = put_read,
    [IR_MODULE] = put_module_value,
    [IR_FIELD] = put_module_value,
    [IR_INDEX] = put_module_value,
    [IR_LOOKUP] = put_module_value,
    [IR_CALL] = put_module_value,
    [IR_LEN] = put_module_value,
    [IR_FOUND] = cond_write_string,
    [IR_FOUND_AT] = cond_write_string,
    [IR_FOUND_IN] = cond_write_string,
    [IR_COUNT] = cond_write_string,
    [IR_COUNT_IN] = cond_write_string,
    [IR_COUNT_VERSION] = cond_write_string,
    [IR_COUNT_EDGED] = cond_write_string,
    [IR_OFFSET] = cond_write_string,
    [IR_LENGTH] = cond_write_string,
    [IR_OF] = cond_write_of,
    [IR_FOR_OF] = cond_write_for_of,
    [IR_FOR_IN] = cond_write_for_in,
    [IR_WITH] = cond_write_with,
    [IR_AND] = put_and_or,
    [IR_OR] = put_and_or,
};

void cond_write(struct cond_writer *w, const struct ir_expr *x)
{
    if (w->nest >= COND_NEST_MAX)
        cond_fail(w, x, "the condition is nested too deeply");
    if (w->out->failed)
        return;
    w->nest++;
    if (writers[x->op])
        writers[x->op](w, x);
    else
        put_plain(w, x);
    w->nest--;
}

void cond_emit(struct image_out *o, const struct ir *ir, const struct ir_rule *rule,
               const struct ir_expr *x, const uint32_t *numbers, bool *counted,
               struct cond_code *out)
{
    *out = (struct cond_code){.first = o->counts[IMAGE_CODE]};
    struct cond_writer w = {
        .image = o, .ir = ir, .numbers = numbers, .counted = counted, .out = out};
    if (rule->var_count > COND_VARS)
        cond_fail(&w, x, "too many loop variables");
    cond_write(&w, x);
    (void)cond_put(&w, COND_RETURN, 0, 0, 0);
    out->count = cond_here(&w);
}
