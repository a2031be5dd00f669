/* Rules about members of containers. Reads a checked image, and what an unpacker read of hostile
 * bytes. */
#include "jail/match/members.h"

#include "jail/match/cond_vm.h"
#include "jail/match/engine_open.h"

#include <stdlib.h>
#include <string.h>

struct members {
    const struct ruleset *rules;
    struct vm *vm;
    struct cond *cond;
    struct arena *arena;
    uint32_t count, words;
    uint32_t *list;  /* indices of such rules, ascending */
    uint32_t *truth; /* bitmap of all rules: none is known to be true here */
    /* what was said already of the containers along the path at hand, by depth */
    uint32_t *of;   /* id of the container, plus one */
    uint32_t *said; /* bitmaps of `words` each */
};

static enum err allocate(struct members *m, struct why *why)
{
    m->list = calloc(m->count, sizeof *m->list);
    m->words = (m->count + 31) / 32;
    m->of = calloc(LIMIT_DEPTH + 1, sizeof *m->of);
    m->said = calloc((size_t)m->words * (LIMIT_DEPTH + 1), sizeof *m->said);
    m->truth = calloc((size_t)ruleset_rules(m->rules) / 32 + 1, sizeof *m->truth);
    m->vm = vm_new();
    m->arena = arena_new(LIMIT_ARENA_BYTES);
    if (!m->list || !m->of || !m->said || !m->truth || !m->vm || !m->arena)
        return fail(why, ERR_NOMEM, "engine: %u rules about members", m->count);
    for (uint32_t i = 0; i < m->count; i++)
        m->list[i] = ruleset_u32(m->rules, IMAGE_MEMBERS, i);
    return cond_new(&m->cond, m->rules, m->vm, (struct span){NULL, 0}, why);
}

enum err members_open(struct members **out, const struct engine *e, struct why *why)
{
    struct members first = {.rules = engine_rules(e)};
    *out = NULL;
    first.count = first.rules->counts[IMAGE_MEMBERS];
    if (first.count == 0)
        return ERR_NONE;
    struct members *m = malloc(sizeof *m);
    if (!m)
        return fail(why, ERR_NOMEM, "engine: rules about members");
    *m = first;
    enum err err = allocate(m, why);
    if (err == ERR_NONE)
        *out = m;
    else
        members_close(m);
    return err;
}

void members_close(struct members *m)
{
    if (!m)
        return;
    cond_free(m->cond);
    vm_free(m->vm);
    arena_free(m->arena);
    free(m->list);
    free(m->of);
    free(m->said);
    free(m->truth);
    free(m);
}

/* The bitmap of this container: an empty one when another stood at its depth. */
static uint32_t *said_of(struct members *m, const struct object *o)
{
    uint64_t depth = o->depth < LIMIT_DEPTH ? o->depth : LIMIT_DEPTH;
    uint32_t *map = m->said + depth * m->words;
    if (m->of[depth] != o->id + 1)
        memset(map, 0, m->words * sizeof *map);
    m->of[depth] = o->id + 1;
    return map;
}

void members_begin(struct members *m)
{
    if (m)
        memset(m->of, 0, (LIMIT_DEPTH + 1) * sizeof *m->of);
}

void members_scan(struct members *m, struct object *container, const struct member *what,
                  struct budget *budget, const struct sink *sink)
{
    if (!m || container->is_trusted)
        return;
    struct cond_object o = {
        .object = container, .arena = m->arena, .truth = m->truth, .member = what};
    uint32_t *said = said_of(m, container);
    arena_reset(m->arena);
    cond_begin(m->cond, &o);
    for (uint32_t k = 0; k < m->count && !budget->spent; k++) {
        struct image_rule rule;
        uint64_t used = 0;
        if (said[k / 32] >> (k % 32) & 1)
            continue;
        (void)ruleset_read(m->rules, IMAGE_RULES, m->list[k], &rule);
        struct cond_rule r = {.index = m->list[k],
                              .code_first = rule.code_first,
                              .code_count = rule.code_count,
                              .steps = LIMIT_CONDITION_STEPS};
        bool is_true = cond_run(m->cond, &r, &used) == COND_IS_TRUE;
        (void)budget_steps(budget, used); /* the loop looks at `spent` */
        if (!is_true)
            continue;
        said[k / 32] |= 1u << (k % 32);
        struct finding f = {.object = container->id, .rule = m->list[k]};
        sink->finding(sink->ctx, &f);
    }
}
