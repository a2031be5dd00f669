/* Windowed sources copied view by view; what the bytes say is the callers' affair. */
#include "jail/facts/whole_bytes.h"

#include <string.h>

bool whole_bytes(struct source *source, struct arena *a, struct span *out)
{
    *out = source->whole;
    if (source_in_memory(source))
        return true;
    uint64_t want = source->size < LIMIT_MODULE_COPY_BYTES ? source->size : LIMIT_MODULE_COPY_BYTES;
    uint8_t *copy = arena_alloc(a, (size_t)want, 1);
    size_t have = 0;
    while (copy && have < want) {
        struct span view = source_view(source, have, want - have);
        if (view.len == 0)
            break;
        memcpy(copy + have, view.at, view.len);
        have += view.len;
    }
    source->facts_cut |= want < source->size;
    *out = span_make(copy, have);
    return copy != NULL;
}
