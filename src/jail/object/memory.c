/* Regions of a process's memory. Counts and addresses are the opener's, believed. */
#include "jail/object/memory.h"

uint32_t memory_find(const struct memory *m, uint64_t at)
{
    uint32_t low = 0, high = m->count;
    while (low < high) { /* the first that ends behind `at` */
        uint32_t middle = low + (high - low) / 2;
        if (m->regions[middle].at + m->regions[middle].len <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->count && m->regions[low].at <= at ? low : m->count;
}

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct memory_part *p = ctx;
    struct span got = source_view(p->whole, p->object.base + at, len);
    if (got.len < len) /* pages that cannot be read: behind the end of a mapped file, for one */
        p->object.source.size = at + got.len;
    return got;
}

void memory_part(struct memory_part *out, struct object *process, uint32_t index)
{
    const struct batch_region *r = &process->memory->regions[index];
    *out = (struct memory_part){.object = *process, .whole = &process->source};
    out->object.memory = NULL;
    out->object.is_region = true;
    out->object.base = r->at;
    out->object.source = (struct source){.size = r->len, .fetch = fetch, .ctx = out};
}
