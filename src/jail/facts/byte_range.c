/* Byte ranges of hostile objects. The bounds are a rule's, the bytes an attacker's. */
#include "jail/facts/byte_range.h"

bool byte_range_each(struct object *o, int64_t at, int64_t len,
                     void (*piece)(void *ctx, struct span bytes), void *ctx)
{
    struct source *s = &o->source;
    if (at < 0 || len < 0 || (uint64_t)at >= s->size)
        return false;
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
