/* Matches of all regions put together. Reads the object through the search. */
#include "jail/match/object_search.h"

#include "jail/match/hits.h"
#include "jail/object/memory.h"

/* Appends what one region gave, moved to its address. */
static bool take(const struct object_search *f, const struct hits *found, uint64_t base,
                 struct hits *hits)
{
    for (uint32_t i = 0; i < f->count; i++) {
        hits[i].too_many = hits[i].too_many || found[i].too_many;
        for (uint32_t k = 0; k < found[i].count; k++) {
            struct hit hit = found[i].items[k];
            hit.at += base;
            if (!hits_add(&hits[i], hit, false, f->arena))
                return false;
        }
    }
    return true;
}

static bool search_region(const struct object_search *f, struct object *o, uint32_t index,
                          struct arena *scratch, struct hits *hits)
{
    struct memory_part part;
    memory_part(&part, o, index);
    struct hits *found = arena_array(scratch, struct hits, f->count);
    if (!found)
        return false;
    for (uint32_t i = 0; i < f->count; i++)
        found[i].one_is_enough = hits[i].one_is_enough;
    if (!search_strings(f->search, &part.object.source, f->strings, f->count, false, scratch,
                        f->budget, found))
        return false;
    if (part.object.source.failed && !o->memory->is_cut) {
        o->memory->is_cut = true;
        o->memory->unread_at = part.object.base;
    }
    return take(f, found, part.object.base, hits);
}

bool object_strings(const struct object_search *f, struct object *o, struct hits *hits)
{
    if (!o->memory)
        return search_strings(f->search, &o->source, f->strings, f->count, false, f->arena,
                              f->budget, hits);
    struct arena *scratch = arena_new(LIMIT_ARENA_BYTES);
    bool ok = scratch != NULL;
    for (uint32_t i = 0; ok && i < o->memory->count; i++) {
        arena_reset(scratch);
        ok = search_region(f, o, i, scratch, hits);
    }
    arena_free(scratch);
    return ok;
}
