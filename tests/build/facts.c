/* Trees of facts in tests. */
#include "facts.h"

#include <string.h>

#include "common/err.h"
#include "common/text.h"

struct loaded facts_load_given(const char *module, struct span bytes, struct span given)
{
    struct loaded l = {.arena = arena_new(LIMIT_ARENA_BYTES),
                       .object = {.source = source_of(bytes)},
                       .module = module_find(span_text(module))};
    must(l.arena && l.module);
    l.root = module_struct(l.arena, l.module->fields);
    must(l.root);
    must(!l.module->load || l.module->load(&l.object, l.arena, l.root, given));
    return l;
}

struct loaded facts_load(const char *module, struct span bytes)
{
    return facts_load_given(module, bytes, (struct span){NULL, 0});
}

void facts_done(struct loaded *l)
{
    arena_free(l->arena);
}

/* A struct's table and value, found step by step. */
struct place {
    const struct field *row;
    const struct fact *fact;
};

static struct place step_name(struct place p, struct span name)
{
    const struct field *kids = p.row->kids;
    for (uint32_t i = 0; kids[i].name; i++)
        if (span_equal(span_text(kids[i].name), name))
            return (struct place){&kids[i], &p.fact->list.items[i]};
    return (struct place){NULL, NULL};
}

static struct place step_index(struct place p, struct span number)
{
    uint64_t i;
    must(text_u64(number, &i));
    bool has = p.row->kind == FACT_ARRAY && i < p.fact->list.count;
    return has ? (struct place){p.row->kids, &p.fact->list.items[i]} : (struct place){NULL, NULL};
}

static struct place step_key(struct place p, struct span key)
{
    for (uint32_t i = 0; i < p.fact->dict.count; i++)
        if (span_equal(p.fact->dict.entries[i].key, key))
            return (struct place){p.row->kids, &p.fact->dict.entries[i].value};
    return (struct place){NULL, NULL};
}

static struct place find(const struct loaded *l, const char *path, struct field *top)
{
    *top = (struct field){.name = "", .kind = FACT_STRUCT, .kids = l->module->fields};
    struct place p = {top, l->root};
    while (*path && p.fact) {
        size_t n = strcspn(path, path[0] == '[' ? "]" : path[0] == '{' ? "}" : ".[{");
        bool is_name = path[0] != '[' && path[0] != '{';
        struct span part = span_make(path + !is_name, n - !is_name);
        p = is_name ? step_name(p, part) : path[0] == '[' ? step_index(p, part) : step_key(p, part);
        path += n + !is_name;
        path += *path == '.';
    }
    return p;
}

const struct fact *facts_at(const struct loaded *l, const char *path)
{
    struct field top;
    const struct fact *f = find(l, path, &top).fact;
    if (!f)
        err_bug(path, __FILE__, __LINE__);
    return f;
}

void facts_int(const struct loaded *l, const char *path, int64_t want)
{
    const struct fact *f = facts_at(l, path);
    if (f->kind != FACT_INT || f->i != want)
        err_bug(path, __FILE__, __LINE__);
}

void facts_text(const struct loaded *l, const char *path, const char *want)
{
    const struct fact *f = facts_at(l, path);
    if (f->kind != FACT_STRING || !span_equal(f->s, span_text(want)))
        err_bug(path, __FILE__, __LINE__);
}

void facts_undefined(const struct loaded *l, const char *path)
{
    if (facts_at(l, path)->kind != FACT_UNDEFINED)
        err_bug(path, __FILE__, __LINE__);
}

static bool substring(struct module_call *call, struct span program, struct span text,
                      uint64_t *at_out)
{
    (void)call;
    size_t at = span_find(text, program, 0);
    if (at_out)
        *at_out = at;
    return at != SIZE_MAX;
}

static bool substring_past(struct module_call *call, struct span program, struct span text)
{
    return text.len > 0 && substring(call, program, text, NULL);
}

static struct fact run(struct loaded *l, const struct fact *self, const struct field *f,
                       struct fact *args)
{
    struct module_call c = {.object = &l->object,
                            .arena = l->arena,
                            .root = l->root,
                            .self = self,
                            .args = args,
                            .arg_count = (uint32_t)strcspn(f->signature, ">"),
                            .matches = substring,
                            .matches_past = substring_past};
    return f->call(&c);
}

struct fact facts_call(struct loaded *l, const char *holder, const char *name,
                       const char *signature, struct fact *args)
{
    struct field top;
    struct place p = find(l, holder, &top);
    must(p.fact);
    for (const struct field *f = p.row->kids; f->name; f++)
        if (f->kind == FACT_FUNCTION && strcmp(f->name, name) == 0 &&
            strcmp(f->signature, signature) == 0)
            return run(l, p.fact, f, args);
    err_bug(name, __FILE__, __LINE__);
}

/* Calls one function with small and large numbers and a few names. */
static void call_some(struct loaded *l, const struct fact *self, const struct field *f)
{
    static const int64_t numbers[] = {0, 1, 3, 0x1000, -1, INT64_MAX};
    static const char *const names[] = {"", "e", "KERNEL32.dll", ".text"};
    for (uint32_t i = 0; i < 6; i++) {
        struct fact args[4] = {{0}};
        for (uint32_t k = 0; k < 4 && f->signature[k] && f->signature[k] != '>'; k++) {
            args[k].kind = f->signature[k] == 'i'   ? FACT_INT
                           : f->signature[k] == 's' ? FACT_STRING
                                                    : FACT_REGEX;
            if (args[k].kind == FACT_INT)
                args[k].i = numbers[(i + k) % 6];
            else
                args[k].s = span_text(names[(i + k) % 4]);
        }
        (void)run(l, self, f, args);
    }
}

/* Our tables nest a few levels only. */
static void call_below(struct loaded *l, const struct field *row, const struct fact *fact)
{
    for (uint32_t i = 0; row->kind == FACT_STRUCT && row->kids[i].name; i++) {
        const struct field *kid = &row->kids[i];
        if (kid->kind == FACT_FUNCTION)
            call_some(l, fact, kid);
        else if (kid->kind == FACT_STRUCT || kid->kind == FACT_ARRAY)
            call_below(l, kid, &fact->list.items[i]);
    }
    for (uint32_t i = 0; row->kind == FACT_ARRAY && i < fact->list.count && i < 4; i++)
        call_below(l, row->kids, &fact->list.items[i]);
}

void facts_call_all(struct loaded *l)
{
    struct field top = {.name = "", .kind = FACT_STRUCT, .kids = l->module->fields};
    call_below(l, &top, l->root);
}
