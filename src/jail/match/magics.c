/* Magics of an image against an object's bytes (hostile). */
#include "jail/match/magics.h"

/* What sniffing leaves: bytes, or text, of no format that we know. */
static bool is_unknown(enum object_type type)
{
    return type == TYPE_DATA || type == TYPE_TEXT;
}

void magics_tell(const struct ruleset *r, struct object *o)
{
    for (uint32_t i = 0; i < r->counts[IMAGE_MAGICS] && is_unknown(o->type); i++) {
        struct image_magic m;
        (void)ruleset_read(r, IMAGE_MAGICS, i, &m);
        struct span bytes = ruleset_text(r, m.bytes);
        if (!span_equal(source_view(&o->source, m.at, bytes.len), bytes))
            continue;
        o->told_target = (uint8_t)m.target;
        return;
    }
}
