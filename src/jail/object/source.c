/* Views of an object's bytes. */
#include "jail/object/source.h"

struct source source_of(struct span whole)
{
    return (struct source){.size = whole.len, .whole = whole};
}

bool source_in_memory(const struct source *s)
{
    return s->whole.at != NULL || s->size == 0;
}

struct span source_view(struct source *s, uint64_t at, uint64_t len)
{
    if (at >= s->size)
        return (struct span){NULL, 0};
    uint64_t left = s->size - at;
    if (len > left)
        len = left;
    if (source_in_memory(s))
        return span_cut(s->whole, (size_t)at, (size_t)len);
    if (len > LIMIT_VIEW_BYTES)
        len = LIMIT_VIEW_BYTES;
    struct span got = s->fetch(s->ctx, at, (size_t)len);
    if (got.len < len && !s->is_sparse)
        s->failed = true;
    return got;
}
