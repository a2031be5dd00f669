/* Names that outlive one YARA file. Facts: observed of yarac 4.2.3: rules and imports belong to a
 * namespace, externals to all of them; a rule may have an imported module's name. */
#include "jail/compile/yara_names.h"

#include <string.h>

struct yara_names {
    struct map *imports; /* "space:module" -> position, see module_at */
    struct map *refused; /* "space:rule" */
    struct map *wilds;   /* "space:prefix" */
    uint8_t *key;        /* scratch for looking up */
    uint32_t key_cap;
};

bool yara_names_open(struct frontend *fe)
{
    struct arena *a = fe->ir->arena;
    struct yara_names *n = arena_new_of(a, struct yara_names);
    if (!n)
        return false;
    n->imports = map_new(a);
    n->refused = map_new(a);
    n->wilds = map_new(a);
    fe->names = n;
    return n->imports && n->refused && n->wilds;
}

/* "space:name" in the scratch memory: valid until the next call. */
static struct span scratch_key(struct yara *y, struct span name)
{
    struct yara_names *n = y->fe->names;
    void *key = n->key;
    size_t len = y->space.len + 1 + name.len;
    if (len > UINT32_MAX || !arena_grow(y->arena, &key, &n->key_cap, (uint32_t)len, 1)) {
        (void)yara_say_no_memory(y); /* the caller's lookup fails, and the parse ends */
        return (struct span){NULL, 0};
    }
    n->key = key;
    if (y->space.len)
        memcpy(n->key, y->space.at, y->space.len);
    n->key[y->space.len] = ':';
    memcpy(&n->key[y->space.len + 1], name.at, name.len);
    return span_make(n->key, len);
}

enum yara_rule_state yara_names_rule(struct yara *y, struct span name, uint32_t *index)
{
    struct span key = scratch_key(y, name);
    uint64_t value;
    if (map_find(y->ir->rule_names, key, &value)) {
        *index = (uint32_t)value;
        return YARA_RULE_GOOD;
    }
    return map_find(y->fe->names->refused, key, &value) ? YARA_RULE_REFUSED : YARA_RULE_UNKNOWN;
}

bool yara_names_add_rule(struct yara *y)
{
    struct span key = ir_rule_key(y->ir, y->space, y->rule.name);
    struct ir_rule *r = key.at ? ir_add_rule(y->ir) : NULL;
    if (!r || !map_put(y->ir->rule_names, key, y->ir->rule_count - 1))
        return yara_say_no_memory(y) != NULL;
    *r = y->rule;
    return true;
}

bool yara_names_refuse(struct yara *y, struct span name)
{
    struct span key = ir_rule_key(y->ir, y->space, name);
    if (!key.at || !map_put(y->fe->names->refused, key, 1))
        return yara_say_no_memory(y) != NULL;
    return true;
}

bool yara_names_import(struct yara *y, const struct module *m)
{
    struct span key = ir_rule_key(y->ir, y->space, span_text(m->name));
    uint32_t at = 0;
    while (module_at(at) && module_at(at) != m)
        at++;
    if (!key.at || !map_put(y->fe->names->imports, key, at) || !ir_add_import(y->ir, m))
        return yara_say_no_memory(y) != NULL;
    return true;
}

const struct module *yara_names_module(struct yara *y, struct span name)
{
    uint64_t at;
    if (!map_find(y->fe->names->imports, scratch_key(y, name), &at))
        return NULL;
    return module_at((uint32_t)at);
}

bool yara_names_add_wild(struct yara *y, struct span prefix)
{
    struct span key = ir_rule_key(y->ir, y->space, prefix);
    if (!key.at || !map_put(y->fe->names->wilds, key, 1))
        return yara_say_no_memory(y) != NULL;
    return true;
}

/* A name has few prefixes, hostile rules may have used many wildcards: the names are looked up. */
bool yara_names_hits_wild(struct yara *y, struct span name)
{
    uint64_t value;
    const struct map *wilds = y->fe->names->wilds;
    for (size_t len = 1; map_count(wilds) && len <= name.len; len++)
        if (map_find(wilds, scratch_key(y, span_cut(name, 0, len)), &value))
            return true;
    return false;
}

bool yara_names_external(const struct yara *y, struct span name, uint32_t *index)
{
    for (uint32_t i = 0; i < y->ir->external_count; i++)
        if (span_equal(y->ir->externals[i].name, name)) {
            *index = i;
            return true;
        }
    return false;
}
