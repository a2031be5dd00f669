/* The machine's heart: fetch, dispatch, leaves, jumps and logic. Reads an image's code and the
 * object's bytes. Semantics: YARA 4's documentation, "Writing rules", and its behaviour where that
 * is silent (observed with 4.2.3: `and` and `or` are never undefined, `not` of undefined is). */
#include "jail/match/cond_vm.h"

#include "jail/match/cond.h"
#include "jail/object/memory.h"

#include <stdlib.h>
#include <string.h>

void cond_push(struct cond *c, struct cond_value v)
{
    if (c->depth < COND_STACK)
        c->stack[c->depth++] = v;
    else
        c->broken = true;
}

void cond_push_int(struct cond *c, int64_t i)
{
    cond_push(c, (struct cond_value){.kind = COND_V_INT, .i = i});
}

void cond_push_undefined(struct cond *c)
{
    cond_push(c, (struct cond_value){.kind = COND_V_UNDEFINED});
}

struct cond_value cond_pop(struct cond *c)
{
    if (c->depth > 0)
        return c->stack[--c->depth];
    c->broken = true;
    return (struct cond_value){.kind = COND_V_UNDEFINED};
}

bool cond_charge(struct cond *c, uint64_t n)
{
    if (n > c->left) {
        c->left = 0;
        c->spent = true;
        return false;
    }
    c->left -= n;
    return true;
}

static void on_undefined(struct cond *c, const struct image_insn *i)
{
    (void)i; /* has no operand */
    cond_push_undefined(c);
}

static void on_small(struct cond *c, const struct image_insn *i)
{
    cond_push_int(c, (int32_t)i->c);
}

static void on_int(struct cond *c, const struct image_insn *i)
{
    cond_push_int(c, (int64_t)ruleset_u64(c->rules, IMAGE_CONSTS, i->c));
}

static void on_float(struct cond *c, const struct image_insn *i)
{
    uint64_t bits = ruleset_u64(c->rules, IMAGE_CONSTS, i->c);
    struct cond_value v = {.kind = COND_V_FLOAT};
    memcpy(&v.f, &bits, sizeof v.f);
    cond_push(c, v);
}

static void on_text(struct cond *c, const struct image_insn *i)
{
    cond_push(c, (struct cond_value){.kind = COND_V_STRING,
                                     .s = ruleset_text_at(c->rules, IMAGE_TEXTS, i->c)});
}

static void on_regex(struct cond *c, const struct image_insn *i)
{
    struct image_text place;
    (void)ruleset_read(c->rules, IMAGE_REGEXES, i->c, &place);
    cond_push(c, (struct cond_value){
                     .kind = COND_V_REGEX,
                     .s = span_cut(c->rules->parts[IMAGE_PROGRAMS], place.at, place.len)});
}

static void on_filesize(struct cond *c, const struct image_insn *i)
{
    (void)i;
    if (c->now.object->memory)
        cond_push_undefined(c);
    else
        cond_push_int(c, (int64_t)c->now.object->source.size);
}

static void on_entrypoint(struct cond *c, const struct image_insn *i)
{
    (void)i;
    uint64_t at;
    if (!c->has_entry) {
        c->has_entry = true;
        c->entry = (struct cond_value){.kind = COND_V_UNDEFINED};
        if (entry_point(c->now.object, &at))
            c->entry = (struct cond_value){.kind = COND_V_INT, .i = (int64_t)at};
    }
    cond_push(c, c->entry);
}

static void on_var(struct cond *c, const struct image_insn *i)
{
    if (i->c < COND_VARS)
        cond_push(c, c->vars[i->c]);
    else
        c->broken = true;
}

static void on_set(struct cond *c, const struct image_insn *i)
{
    struct cond_value v = cond_pop(c);
    if (i->c < COND_VARS)
        c->vars[i->c] = v;
    else
        c->broken = true;
}

static void on_rule(struct cond *c, const struct image_insn *i)
{
    bool known = i->c < ruleset_rules(c->rules);
    cond_push_int(c, known ? (c->now.truth[i->c / 32] >> (i->c % 32)) & 1 : 0);
}

/* All widths in one: bytes in file order make a number, then its sign or its reading as a float. */
static struct cond_value read_value(struct span bytes, const struct image_insn *i)
{
    uint64_t v = 0;
    for (size_t k = 0; k < bytes.len && k < 8; k++) {
        size_t from = i->b & COND_READ_BIG ? k : bytes.len - 1 - k;
        v = v << 8 | span_byte(bytes, from);
    }
    struct cond_value out = {.kind = COND_V_INT, .i = (int64_t)v};
    if (i->b & COND_READ_FLOAT) {
        out.kind = COND_V_FLOAT;
        float narrow;
        uint32_t low = (uint32_t)v;
        memcpy(&narrow, &low, sizeof narrow);
        out.f = (double)narrow;
        if (i->a == 8)
            memcpy(&out.f, &v, sizeof out.f);
    } else if ((i->b & COND_READ_SIGNED) && i->a < 8) {
        unsigned drop = 64 - 8U * i->a;
        out.i = (int64_t)(v << drop) >> drop;
    }
    return out;
}

/* Of a process: in one region. */
static bool is_readable(const struct object *o, uint64_t at, uint64_t len)
{
    if (!o->memory)
        return true;
    uint32_t i = memory_find(o->memory, at);
    return i < o->memory->count && memory_find(o->memory, at + len - 1) == i;
}

static void on_read(struct cond *c, const struct image_insn *i)
{
    struct cond_value at = cond_pop(c);
    uint64_t size = c->now.object->source.size;
    bool is_width = i->a == 1 || i->a == 2 || i->a == 4 || i->a == 8;
    if (!is_width || at.kind != COND_V_INT || at.i < 0 || size < i->a ||
        (uint64_t)at.i > size - i->a || !is_readable(c->now.object, (uint64_t)at.i, i->a)) {
        cond_push_undefined(c);
        return;
    }
    struct span bytes = source_view(&c->now.object->source, (uint64_t)at.i, i->a);
    if (bytes.len == i->a)
        cond_push(c, read_value(bytes, i));
    else
        cond_push_undefined(c);
}

static void on_jump(struct cond *c, const struct image_insn *i)
{
    c->pc = i->c;
}

static void on_jump_if(struct cond *c, const struct image_insn *i)
{
    struct cond_value v = cond_pop(c);
    if (cond_is_true(&v) == (i->op == COND_JUMP_TRUE))
        c->pc = i->c;
}

static cond_handler *const handlers[COND_OP_COUNT] = {
    [COND_UNDEFINED] = on_undefined,
    [COND_SMALL] = on_small,
    [COND_INT] = on_int,
    [COND_FLOAT] = on_float,
    [COND_TEXT] = on_text,
    [COND_REGEX] = on_regex,
    [COND_FILESIZE] = on_filesize,
    [COND_ENTRYPOINT] = on_entrypoint,
    [COND_VAR] = on_var,
    [COND_SET] = on_set,
    [COND_RULE] = on_rule,
    [COND_READ] = on_read,
    [COND_MODULE] = cond_module_root,
    [COND_FIELD] = cond_field,
    [COND_INDEX] = cond_index,
    [COND_LOOKUP] = cond_lookup,
    [COND_CALL] = cond_call,
    [COND_LEN] = cond_len,
    [COND_FOUND] = cond_found,
    [COND_FOUND_AT] = cond_found_at,
    [COND_FOUND_IN] = cond_found_in,
    [COND_COUNT] = cond_count,
    [COND_COUNT_IN] = cond_count_in,
    [COND_OFFSET] = cond_place,
    [COND_LENGTH] = cond_place,
    [COND_OF_STRINGS] = cond_of_strings,
    [COND_OF_RULES] = cond_of_rules,
    [COND_TALLY] = cond_tally,
    [COND_DECIDE] = cond_decided,
    [COND_LOOP_RANGE] = cond_loop,
    [COND_LOOP_VALUES] = cond_loop,
    [COND_LOOP_ARRAY] = cond_loop,
    [COND_LOOP_DICT] = cond_loop,
    [COND_LOOP_STRINGS] = cond_loop,
    [COND_NEXT] = cond_next,
    [COND_CHECK] = cond_check,
    [COND_END] = cond_end,
    [COND_JUMP] = on_jump,
    [COND_JUMP_FALSE] = on_jump_if,
    [COND_JUMP_TRUE] = on_jump_if,
    [COND_NOT] = cond_unary,
    [COND_DEFINED] = cond_unary,
    [COND_TO_BOOL] = cond_unary,
    [COND_TO_FLOAT] = cond_unary,
    [COND_NEG] = cond_unary,
    [COND_BIT_NOT] = cond_unary,
    [COND_ADD] = cond_math,
    [COND_SUB] = cond_math,
    [COND_MUL] = cond_math,
    [COND_DIV] = cond_math,
    [COND_MOD] = cond_math,
    [COND_BIT_AND] = cond_math,
    [COND_BIT_OR] = cond_math,
    [COND_BIT_XOR] = cond_math,
    [COND_SHL] = cond_math,
    [COND_SHR] = cond_math,
    [COND_EQ] = cond_compare,
    [COND_NE] = cond_compare,
    [COND_LT] = cond_compare,
    [COND_LE] = cond_compare,
    [COND_GT] = cond_compare,
    [COND_GE] = cond_compare,
    [COND_CONTAINS] = cond_text,
    [COND_ICONTAINS] = cond_text,
    [COND_STARTSWITH] = cond_text,
    [COND_ISTARTSWITH] = cond_text,
    [COND_ENDSWITH] = cond_text,
    [COND_IENDSWITH] = cond_text,
    [COND_IEQUALS] = cond_text,
    [COND_MATCHES] = cond_matches,
    [COND_CLAM] = cond_clam,
    [COND_OR_ZERO] = cond_unary,
    [COND_COUNT_VERSION] = cond_count_version,
    [COND_COUNT_EDGED] = cond_count_edged,
    [COND_READ_TEXT] = cond_read_text,
    [COND_BACKTRACK] = cond_backtrack,
};

static enum err find_modules(struct cond *c, struct why *why)
{
    c->module_count = c->rules->counts[IMAGE_MODULES];
    c->modules = calloc((size_t)c->module_count + 1, sizeof *c->modules);
    if (!c->modules)
        return fail(why, ERR_NOMEM, "conditions: %u modules", c->module_count);
    for (uint32_t i = 0; i < c->module_count; i++) {
        struct cond_module *m = &c->modules[i];
        m->module = module_find(ruleset_text_at(c->rules, IMAGE_MODULES, i));
        if (!m->module)
            return fail(why, ERR_IMAGE, "the image uses a module that we do not have");
        m->row = (struct field){.name = "", .kind = FACT_STRUCT, .kids = m->module->fields};
    }
    return ERR_NONE;
}

static void give_one(struct cond *c, struct span name, struct span data)
{
    for (uint32_t i = 0; i < c->module_count; i++)
        if (c->modules[i].module->data_fault &&
            span_equal(span_text(c->modules[i].module->name), name))
            c->modules[i].data = data;
}

static enum err give(struct cond *c, struct span files, struct why *why)
{
    struct reader r = reader_of(files);
    while (reader_left(&r) > 0 && !r.bad) {
        uint32_t name_len = reader_u32le(&r), data_len = reader_u32le(&r);
        struct span name = reader_take(&r, name_len);
        give_one(c, name, reader_take(&r, data_len));
    }
    if (r.bad)
        return fail(why, ERR_PEER, "files for modules cannot be read");
    for (uint32_t i = 0; i < c->module_count; i++) {
        const struct cond_module *m = &c->modules[i];
        const char *fault = m->data.len > 0 ? m->module->data_fault(m->data) : NULL;
        if (fault)
            return fail(why, ERR_USAGE, "the file given to the module %s: %s", m->module->name,
                        fault);
    }
    return ERR_NONE;
}

enum err cond_new(struct cond **out, const struct ruleset *rules, struct vm *vm, struct span given,
                  struct why *why)
{
    struct cond *c = calloc(1, sizeof *c);
    if (!c)
        return fail(why, ERR_NOMEM, "conditions");
    c->rules = rules;
    c->vm = vm;
    c->stack = calloc(COND_STACK, sizeof *c->stack);
    enum err err = c->stack ? find_modules(c, why) : fail(why, ERR_NOMEM, "conditions: stack");
    if (err == ERR_NONE)
        err = give(c, given, why);
    if (err != ERR_NONE)
        cond_free(c);
    else
        *out = c;
    return err;
}

void cond_free(struct cond *c)
{
    if (!c)
        return;
    cond_backtracks_free(c);
    free(c->modules);
    free(c->stack);
    free(c);
}

void cond_begin(struct cond *c, const struct cond_object *o)
{
    c->now = *o;
    c->has_entry = c->exe_known = c->signers_known = false;
    c->versions = NULL;
    c->icons = NULL;
    c->answer_count = 0;
    c->backtracks.has_subject = false;
    if (o->search)
        search_begin(o->search);
    for (uint32_t i = 0; i < c->module_count; i++)
        c->modules[i].root = NULL;
}

static void reset(struct cond *c, const struct cond_rule *r)
{
    c->rule = *r;
    c->code =
        span_cut(c->rules->parts[IMAGE_CODE], (size_t)r->code_first * sizeof(struct image_insn),
                 (size_t)r->code_count * sizeof(struct image_insn));
    c->pc = c->depth = c->frame_count = 0;
    c->string = IMAGE_CURRENT;
    c->left = r->steps;
    c->spent = c->broken = c->is_unsure = false;
    c->backtracks.answer_count = 0;
    if (!r->no_vars)
        memset(c->vars, 0, sizeof c->vars);
}

enum cond_result cond_run(struct cond *c, const struct cond_rule *r, uint64_t *steps_used)
{
    bool is_true = false;
    reset(c, r);
    while (!c->spent && !c->broken && cond_charge(c, 1)) {
        struct image_insn i;
        struct span at = span_cut(c->code, (size_t)c->pc * sizeof i, sizeof i);
        if (at.len != sizeof i)
            break;
        memcpy(&i, at.at, sizeof i);
        c->pc++;
        if (i.op == COND_RETURN) {
            struct cond_value v = cond_pop(c);
            is_true = cond_is_true(&v);
            break;
        }
        if (i.op >= COND_OP_COUNT)
            break;
        handlers[i.op](c, &i);
    }
    *steps_used = r->steps - c->left;
    if (c->spent || (c->is_unsure && !is_true))
        return COND_IS_SPENT;
    return is_true ? COND_IS_TRUE : COND_IS_FALSE;
}
