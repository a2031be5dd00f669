/* The modules by name, and their empty trees. Names come from rules, hostile text. */
#include "jail/facts/module.h"

#include "jail/facts/modules.h"

/* A new module is one row here, at the end: images name modules by their place. */
static const struct module *const modules[] = {
    &module_console, &module_hash,   &module_math, &module_string, &module_time,
    &module_pe,      &module_dotnet, &module_elf,  &module_macho,  &module_dex,
    &module_cuckoo,  &module_magic,  &module_lnk,
};

const struct module *module_at(uint32_t index)
{
    return index < sizeof modules / sizeof modules[0] ? modules[index] : NULL;
}

const struct module *module_find(struct span name)
{
    const struct module *m;
    for (uint32_t i = 0; (m = module_at(i)) != NULL; i++)
        if (span_equal(span_text(m->name), name))
            return m;
    return NULL;
}

uint32_t module_field_count(const struct field *fields)
{
    uint32_t n = 0;
    while (fields[n].name)
        n++;
    return n;
}

/* Nesting is that of our own tables, never of input. */
static bool fill(struct arena *a, const struct field *fields, struct fact *out)
{
    out->kind = FACT_STRUCT;
    out->list.count = module_field_count(fields);
    out->list.items = arena_array(a, struct fact, out->list.count);
    if (!out->list.items)
        return false;
    for (uint32_t i = 0; i < out->list.count; i++) {
        struct fact *f = &out->list.items[i];
        f->kind = fields[i].kind;
        if (fields[i].is_const)
            f->i = fields[i].value;
        else if (f->kind == FACT_STRUCT && !fill(a, fields[i].kids, f))
            return false;
        else if (f->kind != FACT_STRUCT && f->kind != FACT_ARRAY && f->kind != FACT_DICT &&
                 f->kind != FACT_FUNCTION)
            f->kind = FACT_UNDEFINED;
    }
    return true;
}

struct fact *module_struct(struct arena *a, const struct field *fields)
{
    struct fact *f = arena_new_of(a, struct fact);
    return f && fill(a, fields, f) ? f : NULL;
}
