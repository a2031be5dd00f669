/* Byte ranges of hostile objects. The bounds are a rule's, the bytes an attacker's. */
#include "jail/facts/byte_range.h"

#include "jail/object/memory.h"

/* Of a process: up to the end of the last region, but never over a hole. */
static bool memory_each(struct object *o, uint64_t from, uint64_t left,
                        void (*piece)(void *ctx, struct span bytes), void *ctx)
{
    const struct memory *m = o->memory;
    uint32_t i = memory_find(m, from);
    if (i == m->count)
        return false;
    for (; left > 0 && i < m->count; i++) {
        uint64_t end = m->regions[i].at + m->regions[i].len;
        if (m->regions[i].at > from)
            return false;
        while (left > 0 && from < end) {
            struct span view = source_view(&o->source, from, left < end - from ? left : end - from);
            if (view.len == 0)
                return false;
            piece(ctx, view);
            from += view.len;
            left -= view.len;
        }
    }
    return true;
}

bool byte_range_each(struct object *o, int64_t at, int64_t len,
                     void (*piece)(void *ctx, struct span bytes), void *ctx)
{
    struct source *s = &o->source;
    if (at < 0 || len < 0 || (uint64_t)at >= s->size)
        return false;
    if (o->memory)
        return memory_each(o, (uint64_t)at, (uint64_t)len, piece, ctx);
    uint64_t from = (uint64_t)at, left = s->size - from;
    if ((uint64_t)len < left)
        left = (uint64_t)len;
    while (left > 0) {
        struct span view = source_view(s, from, left);
        if (view.len == 0)
            return false;
        piece(ctx, view);
        from += view.len;
        left -= view.len;
    }
    return true;
}

struct fact value_undefined(void)
{
    return (struct fact){.kind = FACT_UNDEFINED};
}

struct fact value_int(int64_t v)
{
    return (struct fact){.kind = FACT_INT, .i = v};
}

struct fact value_float(double v)
{
    return (struct fact){.kind = FACT_FLOAT, .f = v};
}

struct fact value_text(struct module_call *call, struct span s)
{
    struct span copy = arena_copy(call->arena, s);
    return copy.at ? (struct fact){.kind = FACT_STRING, .s = copy} : value_undefined();
}
