/* From what is known of a rule in each class to the covers that search_emit takes. */
#include "jail/compile/cover.h"

#include <string.h>

static const struct cover_of *clause_of(const struct cover_of *c, uint32_t clause)
{
    while (c && clause--)
        c = c->also;
    return c && c->kind == COVER_SET && c->count > 0 ? c : NULL;
}

static bool is_same_set(const struct cover_of *a, const struct cover_of *b)
{
    return a && b && a->count == b->count &&
           memcmp(a->strings, b->strings, a->count * sizeof *a->strings) == 0;
}

/* A cover for each group of classes that share this clause. */
static bool put_clause(const struct cover_of *all, uint32_t rule, uint32_t clause,
                       struct cover_array *out)
{
    uint32_t taken = 0;
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        const struct cover_of *set = clause_of(&all[class], clause);
        if (!set || (taken >> class & 1))
            continue;
        struct cover cover = {
            .rule = rule, .clause = clause, .strings = set->strings, .count = set->count};
        for (unsigned other = class; other < CLASS_COUNT; other++)
            if (is_same_set(set, clause_of(&all[other], clause)))
                cover.classes |= 1u << other;
        taken |= cover.classes;
        if (!arena_grow(out->arena, (void **)&out->items, &out->cap, out->count + 1, sizeof cover))
            return false;
        out->items[out->count++] = cover;
    }
    return true;
}

bool cover_put(const struct cover_of *all, uint32_t rule, struct cover_array *out)
{
    for (uint32_t clause = 0; clause < COVER_CLAUSES; clause++)
        if (!put_clause(all, rule, clause, out))
            return false;
    return true;
}
