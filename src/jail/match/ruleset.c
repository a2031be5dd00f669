/* Reads an image's directory and records. The image may be forged: see image.h for the format. */
#include "jail/match/ruleset.h"

#include "jail/facts/module.h"

#include <string.h>

static const struct {
    const char *name, *holds;
    uint32_t bytes;
} parts[IMAGE_SECTIONS] = {
#define PART(id, name, bytes, holds) [IMAGE_##id] = {name, holds, bytes},
    IMAGE_PARTS
#undef PART
};

const char *image_part_name(enum image_part part)
{
    return part < IMAGE_SECTIONS ? parts[part].name : "unknown";
}

const char *image_part_holds(enum image_part part)
{
    return part < IMAGE_SECTIONS ? parts[part].holds : "";
}

uint32_t image_record_bytes(enum image_part part)
{
    return part < IMAGE_SECTIONS ? parts[part].bytes : 1;
}

uint32_t image_size_bit(uint64_t size, uint32_t bits)
{
    uint64_t mixed = size * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32) & (bits - 1);
}

static uint64_t mix(uint64_t print, uint64_t v)
{
    return (print ^ v) * UINT64_C(0x100000001b3);
}

static uint64_t print_text(uint64_t print, const char *text)
{
    for (size_t i = 0; text && text[i]; i++)
        print = mix(print, (uint8_t)text[i]);
    return mix(print, 0x100);
}

/* The tables are our own and finite: a stack, because they nest. */
enum { PRINT_DEPTH = 32 };

static uint64_t print_table(uint64_t print, const struct field *fields)
{
    const struct field *stack[PRINT_DEPTH] = {fields};
    const struct field *ends[PRINT_DEPTH] = {NULL}; /* element rows: one row, no NULL name behind */
    unsigned depth = 1;
    while (depth > 0) {
        const struct field *f = stack[depth - 1];
        if (f == ends[depth - 1] || !f->name) {
            depth--;
            print = mix(print, 0x101);
            continue;
        }
        stack[depth - 1]++;
        print = mix(print_text(print_text(print, f->name), f->signature), f->kind);
        print = mix(print, (uint64_t)f->value);
        bool is_list = f->kind == FACT_ARRAY || f->kind == FACT_DICT;
        if (f->kids && (is_list || f->kind == FACT_STRUCT)) {
            must(depth < PRINT_DEPTH);
            ends[depth] = is_list ? f->kids + 1 : NULL;
            stack[depth++] = f->kids;
        }
    }
    return print;
}

uint64_t image_module_print(void)
{
    /* Of our own tables only, so that it is the same for ever: a zygote makes it for its jails. */
    static uint64_t made;
    uint64_t print = UINT64_C(0xcbf29ce484222325);
    const struct module *m;
    if (made != 0)
        return made;
    for (uint32_t i = 0; (m = module_at(i)) != NULL; i++)
        print = print_table(print_text(print, m->name), m->fields);
    made = print;
    return made;
}

static bool read_section(struct ruleset *out, struct span image, unsigned i, uint64_t *end)
{
    struct image_section s;
    struct span row = span_cut(image, sizeof(struct image_head) + i * sizeof s, sizeof s);
    if (row.len != sizeof s)
        return false;
    memcpy(&s, row.at, sizeof s);
    uint64_t bytes;
    if (s.part != i || s.at % IMAGE_ALIGN != 0 || s.at < *end || (uint64_t)s.at + s.len > image.len)
        return false;
    if (!mul_u64(s.count, parts[i].bytes, &bytes) || bytes != s.len)
        return false;
    *end = (uint64_t)s.at + s.len;
    out->parts[i] = span_cut(image, s.at, s.len);
    out->counts[i] = s.count;
    return true;
}

enum err ruleset_open(struct ruleset *out, struct span image, struct why *why)
{
    *out = (struct ruleset){0};
    if (image.len < sizeof out->head || !span_starts(image, SPAN_OF(IMAGE_MAGIC)))
        return fail(why, ERR_IMAGE, "not a rule image");
    memcpy(&out->head, image.at, sizeof out->head);
    if (out->head.version != IMAGE_VERSION || out->head.sections != IMAGE_SECTIONS)
        return fail(why, ERR_IMAGE, "a rule image of version %u, not %u: build it again",
                    out->head.version, IMAGE_VERSION);
    if (out->head.bytes != image.len)
        return fail(why, ERR_IMAGE, "the rule image is %zu bytes and claims %u", image.len,
                    out->head.bytes);
    if (out->head.modules != image_module_print())
        return fail(why, ERR_IMAGE, "a rule image of another Candor: build it again");
    uint64_t end = sizeof(struct image_head) + IMAGE_SECTIONS * sizeof(struct image_section);
    for (unsigned i = 0; i < IMAGE_SECTIONS; i++)
        if (!read_section(out, image, i, &end))
            return fail(why, ERR_IMAGE, "the rule image's part \"%s\" is damaged", parts[i].name);
    return ERR_NONE;
}

bool ruleset_get(const struct ruleset *r, enum image_part part, uint32_t index, void *out,
                 size_t bytes)
{
    must(bytes == parts[part].bytes);
    if (index >= r->counts[part]) {
        memset(out, 0, bytes);
        return false;
    }
    memcpy(out, span_cut(r->parts[part], (size_t)index * bytes, bytes).at, bytes);
    return true;
}

uint32_t ruleset_u32(const struct ruleset *r, enum image_part part, uint32_t index)
{
    uint32_t v;
    (void)ruleset_read(r, part, index, &v); /* 0 past the end is what we promise */
    return v;
}

uint64_t ruleset_u64(const struct ruleset *r, enum image_part part, uint32_t index)
{
    uint64_t v;
    (void)ruleset_read(r, part, index, &v);
    return v;
}

struct span ruleset_text(const struct ruleset *r, struct image_text text)
{
    return span_cut(r->parts[IMAGE_TEXT], text.at, text.len);
}

struct span ruleset_text_at(const struct ruleset *r, enum image_part part, uint32_t index)
{
    struct image_text text;
    (void)ruleset_read(r, part, index, &text);
    return ruleset_text(r, text);
}

bool ruleset_always(const struct ruleset *r, unsigned class, uint32_t rule)
{
    uint32_t words = (ruleset_rules(r) + 31) / 32;
    return (ruleset_u32(r, IMAGE_ALWAYS, class * words + rule / 32) >> (rule % 32)) & 1;
}
