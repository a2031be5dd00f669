/* YARA's module magic: what libmagic says of the object. The library reads hostile bytes; it runs
 * in the jail like everything else, on a database that was loaded before the cage closed. */
#include "jail/facts/magic.h"

#include "jail/facts/fact_build.h"
#include "jail/facts/modules.h"

/* Of an object larger than the window: as much as one view gives. file(1) itself reads 7 MiB. */
static struct span bytes_of(struct object *o)
{
    if (source_in_memory(&o->source))
        return o->source.whole;
    return source_view(&o->source, 0, LIMIT_VIEW_BYTES);
}

static struct fact ask(struct module_call *c, bool mime)
{
    struct source *source = &c->object->source;
    if (!c->magic)
        source->facts_lack = "libmagic or its database";
    /* as YARA: of a process, and of nothing, it says nothing */
    if (!c->magic || c->object->memory || source->size == 0)
        return fact_undefined();
    struct span said = c->magic->ask(c->magic->ctx, bytes_of(c->object), mime);
    struct fact out = fact_undefined();
    if (said.len == 0)
        source->facts_lack = "libmagic could not tell";
    else
        fact_set_span(&out, arena_copy(c->arena, said));
    return out.kind == FACT_STRING && !out.s.at ? fact_undefined() : out;
}

static struct fact mime_type(struct module_call *c)
{
    return ask(c, true);
}

static struct fact type(struct module_call *c)
{
    return ask(c, false);
}

static const struct field fields[] = {
    {"mime_type", FACT_FUNCTION, .signature = ">s", .call = mime_type,
     .doc = "MIME type, as file --mime-type says it"},
    {"type", FACT_FUNCTION, .signature = ">s", .call = type,
     .doc = "what the bytes are, as file says it"},
    {.name = NULL},
};

const struct module module_magic = {.name = "magic", .fields = fields};
