/* Reports: growing lists in one arena. Ids come from a jail, so every look-up is a search with a
 * bound. */
#include "common/report.h"

#include "common/limits.h"

enum { FINDINGS_RESERVED = 10000 };

static const char *const verdict_names[VERDICT_COUNT] = {
    [VERDICT_CLEAN] = "clean",
    [VERDICT_FOUND] = "found",
    [VERDICT_PARTIAL] = "partial",
    [VERDICT_ERROR] = "error",
};

struct report *report_new(struct span path)
{
    struct arena *a = arena_new(LIMIT_REPORT_BYTES);
    struct report *r = a ? arena_new_of(a, struct report) : NULL;
    if (!r) {
        arena_free(a);
        return NULL;
    }
    r->arena = a;
    r->path = arena_copy(a, path);
    if (!r->path.at) {
        arena_free(a);
        return NULL;
    }
    return r;
}

void report_free(struct report *r)
{
    if (r)
        arena_free(r->arena);
}

uint64_t report_records(const struct report *r)
{
    return (uint64_t)r->objects_len + r->findings_len + r->matches_len + r->gaps_len +
           r->output_len;
}

static bool may_grow(struct report *r)
{
    uint64_t total = report_records(r);
    if (total < LIMIT_RECORDS_PER_FILE)
        return true;
    if (total == LIMIT_RECORDS_PER_FILE) {
        if (arena_grow(r->arena, (void **)&r->gaps, &r->gaps_cap, r->gaps_len + 1, sizeof *r->gaps))
            r->gaps[r->gaps_len++] = (struct report_gap){.kind = GAP_TOO_MANY};
    }
    return false;
}

bool report_add_object(struct report *r, const struct report_object *o)
{
    if (!may_grow(r) ||
        !arena_grow(r->arena, (void **)&r->objects, &r->objects_cap, r->objects_len + 1, sizeof *o))
        return false;
    struct report_object *copy = &r->objects[r->objects_len++];
    *copy = *o;
    copy->name = arena_copy(r->arena, o->name);
    return true;
}

bool report_add_finding(struct report *r, const struct report_finding *f)
{
    /* A flood of other records must not push a finding out. */
    bool room = may_grow(r) || r->findings_len < FINDINGS_RESERVED;
    if (!room || !arena_grow(r->arena, (void **)&r->findings, &r->findings_cap, r->findings_len + 1,
                             sizeof *f))
        return false;
    struct report_finding *copy = &r->findings[r->findings_len++];
    *copy = *f;
    copy->name = arena_copy(r->arena, f->name);
    copy->source = arena_copy(r->arena, f->source);
    copy->kind = arena_copy(r->arena, f->kind);
    return true;
}

bool report_add_match(struct report *r, const struct report_match *m)
{
    if (!may_grow(r) ||
        !arena_grow(r->arena, (void **)&r->matches, &r->matches_cap, r->matches_len + 1, sizeof *m))
        return false;
    struct report_match *copy = &r->matches[r->matches_len++];
    *copy = *m;
    copy->name = arena_copy(r->arena, m->name);
    copy->bytes = arena_copy(r->arena, m->bytes);
    return true;
}

bool report_add_output(struct report *r, struct span text)
{
    if (!may_grow(r) || !arena_grow(r->arena, (void **)&r->output, &r->output_cap,
                                    r->output_len + 1, sizeof *r->output))
        return false;
    r->output[r->output_len++] = arena_copy(r->arena, text);
    return true;
}

bool report_add_gap(struct report *r, uint32_t object, enum gap_kind kind, uint64_t at,
                    struct span detail)
{
    if (!may_grow(r) ||
        !arena_grow(r->arena, (void **)&r->gaps, &r->gaps_cap, r->gaps_len + 1, sizeof *r->gaps))
        return false;
    r->gaps[r->gaps_len++] = (struct report_gap){object, kind, at, arena_copy(r->arena, detail)};
    return true;
}

void report_fail(struct report *r, struct span text)
{
    r->failed = true;
    if (r->failure.len == 0)
        r->failure = arena_copy(r->arena, text);
}

enum verdict report_verdict(const struct report *r, uint64_t accepted)
{
    if (r->findings_len > 0)
        return VERDICT_FOUND;
    if (r->failed)
        return VERDICT_ERROR;
    for (uint32_t i = 0; i < r->gaps_len; i++)
        if (!(accepted >> r->gaps[i].kind & 1))
            return VERDICT_PARTIAL;
    return VERDICT_CLEAN;
}

const char *report_verdict_name(enum verdict v)
{
    return (unsigned)v < VERDICT_COUNT ? verdict_names[v] : "unknown";
}

const struct report_object *report_find_object(const struct report *r, uint32_t id)
{
    /* Ids rise (who takes records from a jail holds it to that), so a flood of them costs little.
     */
    uint32_t low = 0, high = r->objects_len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (r->objects[middle].id == id)
            return &r->objects[middle];
        if (r->objects[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

size_t report_part(const struct report *r, uint32_t object, struct span *names, size_t max)
{
    size_t count = 0;
    const struct report_object *o = report_find_object(r, object);
    while (o && o->id != 0 && count < max) {
        names[count++] = o->name;
        o = o->parent < o->id ? report_find_object(r, o->parent) : NULL;
    }
    for (size_t i = 0; i < count / 2; i++) {
        struct span swap = names[i];
        names[i] = names[count - 1 - i];
        names[count - 1 - i] = swap;
    }
    return count;
}
