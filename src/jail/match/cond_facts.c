/* Module values: loaded when a condition first asks, walked by the module's own table, so that a
 * forged index finds nothing. */
#include "jail/facts/module_dump.h"
#include "jail/match/cond.h"
#include "jail/object/memory.h"

#include <string.h>

/* A call may read the whole object (hashes, entropy). */
enum { CALL_COST = 50, BYTES_A_STEP = 64 };

static uint64_t bytes_of(const struct object *o)
{
    return o->memory ? o->memory->bytes : o->source.size;
}

struct cond_value cond_of_fact(const struct fact *fact, const struct field *field)
{
    switch (fact->kind) {
    case FACT_BOOL:
    case FACT_INT:
        return (struct cond_value){.kind = COND_V_INT, .i = fact->i};
    case FACT_FLOAT:
        if (__builtin_isnan(fact->f))
            break;
        return (struct cond_value){.kind = COND_V_FLOAT, .f = fact->f};
    case FACT_STRING:
        return (struct cond_value){.kind = COND_V_STRING, .s = fact->s};
    case FACT_STRUCT:
    case FACT_ARRAY:
    case FACT_DICT:
        if (!field)
            break;
        return (struct cond_value){.kind = COND_V_OBJECT, .fact = fact, .field = field};
    default:
        break;
    }
    return (struct cond_value){.kind = COND_V_UNDEFINED};
}

/* The region of a process that a module is about; an empty object when there is none. False: out of
 * memory. */
static bool find_region(struct cond *c, const struct module *m, struct object **out)
{
    struct object *process = *out;
    struct memory_part *part = arena_new_of(c->now.arena, struct memory_part);
    if (!part)
        return false;
    *out = &part->object;
    for (uint32_t i = 0; i < process->memory->count; i++) {
        memory_part(part, process, i);
        if (m->in_memory(&part->object))
            return true;
    }
    part->object.source = source_of((struct span){NULL, 0});
    return true;
}

static bool load(struct cond *c, struct cond_module *m)
{
    m->root = module_struct(c->now.arena, m->module->fields);
    if (!m->root)
        return false;
    struct object *o = c->now.object;
    if (o->memory && m->module->in_memory && !find_region(c, m->module, &o))
        return false;
    if (!m->module->load)
        return true;
    bool ok = m->module->load(o, c->now.arena, m->root, m->data);
    c->now.object->source.facts_cut |= o->source.facts_cut;
    return ok;
}

void cond_module_root(struct cond *c, const struct image_insn *i)
{
    if (i->c >= c->module_count) {
        c->broken = true;
        return;
    }
    struct cond_module *m = &c->modules[i->c];
    if (!m->root && !load(c, m)) {
        c->spent = true; /* out of memory: the engine makes it a gap */
        return;
    }
    cond_push(c, cond_of_fact(m->root, &m->row));
}

void cond_field(struct cond *c, const struct image_insn *i)
{
    struct cond_value v = cond_pop(c);
    bool has = v.kind == COND_V_OBJECT && v.fact->kind == FACT_STRUCT && v.field->kids &&
               i->c < v.fact->list.count;
    if (has)
        cond_push(c, cond_of_fact(&v.fact->list.items[i->c], &v.field->kids[i->c]));
    else
        cond_push_undefined(c);
}

void cond_index(struct cond *c, const struct image_insn *i)
{
    (void)i; /* has no operand */
    struct cond_value at = cond_pop(c), v = cond_pop(c);
    bool has = v.kind == COND_V_OBJECT && v.fact->kind == FACT_ARRAY && at.kind == COND_V_INT &&
               at.i >= 0 && (uint64_t)at.i < v.fact->list.count;
    if (has)
        cond_push(c, cond_of_fact(&v.fact->list.items[at.i], v.field->kids));
    else
        cond_push_undefined(c);
}

void cond_lookup(struct cond *c, const struct image_insn *i)
{
    (void)i;
    struct cond_value key = cond_pop(c), v = cond_pop(c);
    struct cond_value out = {.kind = COND_V_UNDEFINED};
    bool is_dict = v.kind == COND_V_OBJECT && v.fact->kind == FACT_DICT;
    if (is_dict && key.kind == COND_V_STRING && cond_charge(c, v.fact->dict.count)) {
        for (uint32_t k = 0; k < v.fact->dict.count; k++) {
            const struct fact_entry *e = &v.fact->dict.entries[k];
            if (span_equal(e->key, key.s)) {
                out = cond_of_fact(&e->value, v.field->kids);
                break;
            }
        }
    }
    cond_push(c, out);
}

void cond_len(struct cond *c, const struct image_insn *i)
{
    (void)i;
    struct cond_value v = cond_pop(c);
    if (v.kind == COND_V_STRING)
        cond_push_int(c, (int64_t)v.s.len);
    else if (v.kind == COND_V_OBJECT && v.fact->kind == FACT_ARRAY)
        cond_push_int(c, v.fact->list.count);
    else if (v.kind == COND_V_OBJECT && v.fact->kind == FACT_DICT)
        cond_push_int(c, v.fact->dict.count);
    else
        cond_push_undefined(c);
}

/* One argument as the letter of the signature wants it; false when it is of another kind. */
static bool to_argument(const struct cond_value *v, char letter, struct fact *out)
{
    switch (letter) {
    case 'i':
    case 'b':
        *out = (struct fact){.kind = FACT_INT, .i = v->i};
        return v->kind == COND_V_INT;
    case 'f':
        *out = (struct fact){.kind = FACT_FLOAT, .f = v->kind == COND_V_INT ? (double)v->i : v->f};
        return v->kind == COND_V_FLOAT || v->kind == COND_V_INT;
    case 's':
        *out = (struct fact){.kind = FACT_STRING, .s = v->s};
        return v->kind == COND_V_STRING;
    case 'r':
        *out = (struct fact){.kind = FACT_REGEX, .s = v->s};
        return v->kind == COND_V_REGEX;
    default:
        return false;
    }
}

static bool call_matches(struct module_call *call, struct span program, struct span text,
                         uint64_t *at_out)
{
    struct cond *c = call->ctx;
    uint64_t before = vm_steps(c->vm);
    bool found = text.len > 0 && vm_search(c->vm, program, text, at_out);
    return cond_charge(c, vm_steps(c->vm) - before) && found;
}

static bool call_matches_past(struct module_call *call, struct span program, struct span text)
{
    struct cond *c = call->ctx;
    uint64_t before = vm_steps(c->vm);
    bool found = text.len > 0 && vm_search_past(c->vm, program, text);
    return cond_charge(c, vm_steps(c->vm) - before) && found;
}

static void call_log(struct module_call *call, struct span text)
{
    struct cond *c = call->ctx;
    c->now.output(c->now.output_ctx, text);
    c->now.output(c->now.output_ctx, SPAN_OF("\n"));
}

/* The arguments lie on the stack above the struct. False: the call's result is undefined. */
static bool take_arguments(struct cond *c, const char *signature, unsigned count, struct fact *args)
{
    bool ok = signature && strlen(signature) > count && signature[count] == '>';
    for (unsigned k = count; k-- > 0;) {
        struct cond_value v = cond_pop(c);
        ok = ok && to_argument(&v, signature[k], &args[k]);
    }
    return ok;
}

/* The answer to a call without arguments, when it was asked before; NULL otherwise. */
static const struct fact *known_answer(const struct cond *c, const struct fact *holder,
                                       const struct field *row)
{
    for (uint32_t i = 0; i < c->answer_count; i++)
        if (c->answers[i].holder == holder && c->answers[i].row == row)
            return &c->answers[i].result;
    return NULL;
}

static void keep_answer(struct cond *c, const struct module_call *call, const struct field *row,
                        const struct fact *result)
{
    if (call->arg_count == 0 && c->answer_count < COND_ANSWERS)
        c->answers[c->answer_count++] = (struct cond_answer){call->root, row, *result};
}

void cond_call(struct cond *c, const struct image_insn *i)
{
    unsigned count = i->a;
    if (count > COND_ARGS || c->depth <= count) {
        c->broken = true;
        return;
    }
    struct cond_value holder = c->stack[c->depth - count - 1];
    const struct field *row = NULL;
    if (holder.kind == COND_V_OBJECT && holder.fact->kind == FACT_STRUCT && holder.field->kids &&
        i->c < holder.fact->list.count && holder.field->kids[i->c].kind == FACT_FUNCTION)
        row = &holder.field->kids[i->c];
    struct fact args[COND_ARGS];
    bool ok = take_arguments(c, row ? row->signature : NULL, count, args);
    (void)cond_pop(c); /* the holder */
    const struct fact *known = ok && count == 0 ? known_answer(c, holder.fact, row) : NULL;
    if (known) {
        cond_push(c, cond_of_fact(known, NULL));
        return;
    }
    if (!ok || !row->call || !cond_charge(c, CALL_COST + bytes_of(c->now.object) / BYTES_A_STEP)) {
        cond_push_undefined(c);
        return;
    }
    struct module_call call = {.object = c->now.object,
                               .arena = c->now.arena,
                               .root = holder.fact,
                               .self = holder.fact,
                               .args = args,
                               .arg_count = count,
                               .matches = call_matches,
                               .matches_past = call_matches_past,
                               .log = c->now.output ? call_log : NULL,
                               .now_s = c->now.now_s,
                               .magic = c->now.magic,
                               .ctx = c};
    struct fact result = row->call(&call);
    keep_answer(c, &call, row, &result);
    cond_push(c, cond_of_fact(&result, NULL));
}

bool cond_dump(struct cond *c, struct buf *out)
{
    for (uint32_t i = 0; i < c->module_count; i++) {
        struct cond_module *m = &c->modules[i];
        if (!m->root && !load(c, m))
            return false;
        module_dump(out, m->module, m->root, false);
    }
    return !out->bad;
}
