/* The intermediate representation's containers. Reads no bytes of its own. */
#include "jail/compile/ir.h"

#include <string.h>

struct ir *ir_new(struct arena *a)
{
    struct ir *ir = arena_new_of(a, struct ir);
    if (!ir)
        return NULL;
    ir->arena = a;
    ir->rule_names = map_new(a);
    return ir->rule_names ? ir : NULL;
}

struct ir_rule *ir_add_rule(struct ir *ir)
{
    void *items = ir->rules;
    if (ir->rule_count == UINT32_MAX ||
        !arena_grow(ir->arena, &items, &ir->rule_cap, ir->rule_count + 1, sizeof *ir->rules))
        return NULL;
    ir->rules = items;
    struct ir_rule *rule = &ir->rules[ir->rule_count++];
    memset(rule, 0, sizeof *rule);
    return rule;
}

struct ir_hash *ir_add_hash(struct ir *ir)
{
    void *items = ir->hashes;
    if (ir->hash_count == UINT32_MAX ||
        !arena_grow(ir->arena, &items, &ir->hash_cap, ir->hash_count + 1, sizeof *ir->hashes))
        return NULL;
    ir->hashes = items;
    struct ir_hash *hash = &ir->hashes[ir->hash_count++];
    memset(hash, 0, sizeof *hash);
    return hash;
}

bool ir_add_icon(struct ir *ir, const struct clam_icon *icon)
{
    void *items = ir->icons;
    if (ir->icon_count == UINT32_MAX ||
        !arena_grow(ir->arena, &items, &ir->icon_cap, ir->icon_count + 1, sizeof *icon))
        return false;
    ir->icons = items;
    ir->icons[ir->icon_count++] = *icon;
    return true;
}

bool ir_add_backtrack(struct ir *ir, struct ir_backtrack row, uint32_t *index)
{
    void *items = ir->backtracks;
    if (ir->backtrack_count == UINT32_MAX ||
        !arena_grow(ir->arena, &items, &ir->backtrack_cap, ir->backtrack_count + 1, sizeof row))
        return false;
    ir->backtracks = items;
    ir->backtracks[ir->backtrack_count] = row;
    *index = ir->backtrack_count++;
    return true;
}

bool ir_add_signer(struct ir *ir, const struct ir_signer *s, uint32_t *index)
{
    if (ir->signer_count == UINT32_MAX ||
        !arena_grow(ir->arena, (void **)&ir->signers, &ir->signer_cap, ir->signer_count + 1,
                    sizeof *s))
        return false;
    *index = ir->signer_count;
    ir->signers[ir->signer_count++] = *s;
    return true;
}

bool ir_add_magic(struct ir *ir, const struct ir_magic *m)
{
    if (ir->magic_count == UINT32_MAX ||
        !arena_grow(ir->arena, (void **)&ir->magics, &ir->magic_cap, ir->magic_count + 1,
                    sizeof *m))
        return false;
    ir->magics[ir->magic_count++] = *m;
    return true;
}

bool ir_add_password(struct ir *ir, const struct ir_password *p)
{
    if (ir->password_count == UINT32_MAX ||
        !arena_grow(ir->arena, (void **)&ir->passwords, &ir->password_cap, ir->password_count + 1,
                    sizeof *p))
        return false;
    ir->passwords[ir->password_count++] = *p;
    return true;
}

bool ir_add_file(struct ir *ir, struct span name, uint32_t *index)
{
    void *items = ir->files;
    if (ir->file_count == UINT32_MAX ||
        !arena_grow(ir->arena, &items, &ir->file_cap, ir->file_count + 1, sizeof *ir->files))
        return false;
    ir->files = items;
    ir->files[ir->file_count] = name;
    *index = ir->file_count++;
    return true;
}

bool ir_add_import(struct ir *ir, const struct module *m)
{
    for (uint32_t i = 0; i < ir->import_count; i++)
        if (ir->imports[i] == m)
            return true;
    if (!arena_grow(ir->arena, (void **)&ir->imports, &ir->import_cap, ir->import_count + 1,
                    sizeof m))
        return false;
    ir->imports[ir->import_count++] = m;
    return true;
}

struct ir_expr *ir_expr_new(struct ir *ir, enum ir_op op, enum ir_type type)
{
    struct ir_expr *e = arena_new_of(ir->arena, struct ir_expr);
    if (!e)
        return NULL;
    e->op = op;
    e->type = type;
    e->height = 1;
    return e;
}

struct span ir_rule_key(struct ir *ir, struct span space, struct span name)
{
    size_t len = space.len + 1 + name.len;
    uint8_t *key = arena_alloc(ir->arena, len, 1);
    if (!key)
        return (struct span){NULL, 0};
    if (space.len)
        memcpy(key, space.at, space.len);
    key[space.len] = ':';
    if (name.len)
        memcpy(&key[space.len + 1], name.at, name.len);
    return span_make(key, len);
}
