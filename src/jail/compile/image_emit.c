/* Writes the format of image.h. Deterministic: order is the order of the sources. */
#include "jail/compile/image_emit.h"

#include "jail/match/ruleset.h"

#include <string.h>

void image_init(struct image_out *o, struct arena *a)
{
    *o = (struct image_out){.arena = a};
    for (unsigned i = 0; i < IMAGE_SECTIONS; i++)
        buf_init(&o->parts[i], LIMIT_IMAGE_BYTES);
    o->texts = map_new(a);
    o->consts = map_new(a);
    o->tables = map_new(a);
    o->bad = !o->texts || !o->consts || !o->tables;
}

void image_done(struct image_out *o)
{
    for (unsigned i = 0; i < IMAGE_SECTIONS; i++)
        buf_done(&o->parts[i]);
}

uint32_t image_add(struct image_out *o, enum image_part part, const void *record, size_t bytes)
{
    must(bytes == image_record_bytes(part));
    buf_put(&o->parts[part], record, bytes);
    o->bad = o->bad || o->parts[part].bad;
    return o->counts[part]++;
}

struct image_text image_bytes(struct image_out *o, enum image_part part, struct span s)
{
    must(image_record_bytes(part) == 1);
    struct image_text place = {(uint32_t)o->parts[part].len, (uint32_t)s.len};
    buf_span(&o->parts[part], s);
    o->bad = o->bad || o->parts[part].bad;
    o->counts[part] = (uint32_t)o->parts[part].len;
    return place;
}

struct image_text image_text_of(struct image_out *o, struct span s)
{
    uint64_t known;
    if (s.len == 0)
        return (struct image_text){0, 0};
    if (!o->bad && map_find(o->texts, s, &known))
        return (struct image_text){(uint32_t)known, (uint32_t)s.len};
    struct image_text place = image_bytes(o, IMAGE_TEXT, s);
    o->bad = o->bad || !map_put(o->texts, s, place.at);
    return place;
}

/* Keys of what is in a table already: the part's number, then the bytes. */
static struct span table_key(struct image_out *o, enum image_part part, struct span s)
{
    uint8_t *key = arena_alloc(o->arena, s.len + 1, 1);
    if (!key)
        return (struct span){NULL, 0};
    key[0] = (uint8_t)part;
    if (s.len)
        memcpy(key + 1, s.at, s.len);
    return span_make(key, s.len + 1);
}

uint32_t image_named(struct image_out *o, enum image_part table, struct span s)
{
    uint64_t known;
    struct span key = table_key(o, table, s);
    if (!key.at || o->bad) {
        o->bad = true;
        return 0;
    }
    if (map_find(o->tables, key, &known))
        return (uint32_t)known;
    struct image_text text = image_text_of(o, s);
    uint32_t index = image_append(o, table, &text);
    o->bad = o->bad || !map_put(o->tables, key, index);
    return index;
}

uint32_t image_const(struct image_out *o, uint64_t value)
{
    uint64_t known;
    struct span key = arena_copy(o->arena, span_make(&value, sizeof value));
    if (!key.at || o->bad) {
        o->bad = true;
        return 0;
    }
    if (map_find(o->consts, key, &known))
        return (uint32_t)known;
    uint32_t index = image_append(o, IMAGE_CONSTS, &value);
    o->bad = o->bad || !map_put(o->consts, key, index);
    return index;
}

void image_import(struct image_out *o, struct span module)
{
    (void)image_named(o, IMAGE_MODULES, module);
    if (span_equal(module, SPAN_OF("magic")))
        o->wants |= IMAGE_WANTS_MAGIC;
}

uint32_t image_double(struct image_out *o, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return image_const(o, bits);
}

void image_backtracks(struct image_out *o, const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->backtrack_count; i++) {
        struct image_backtrack row = {.text = image_text_of(o, ir->backtracks[i].text),
                                      .flags = ir->backtracks[i].flags};
        (void)image_append(o, IMAGE_BACKTRACKS, &row);
    }
}

void image_icons(struct image_out *o, const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->icon_count; i++)
        (void)image_append(o, IMAGE_ICONS, &ir->icons[i]);
}

static uint64_t aligned(uint64_t n)
{
    return (n + IMAGE_ALIGN - 1) & ~(uint64_t)(IMAGE_ALIGN - 1);
}

enum err image_assemble(struct image_out *o, struct buf *out, struct why *why)
{
    struct image_section rows[IMAGE_SECTIONS];
    uint64_t at = aligned(sizeof(struct image_head) + sizeof rows);
    for (unsigned i = 0; i < IMAGE_SECTIONS; i++) {
        uint64_t len = o->parts[i].len;
        rows[i] = (struct image_section){i, (uint32_t)at, (uint32_t)len, o->counts[i]};
        at = aligned(at + len);
        if (o->bad || o->parts[i].bad || at > LIMIT_IMAGE_BYTES)
            return fail(why, o->bad ? ERR_NOMEM : ERR_LIMIT,
                        "the image is too large for %llu bytes",
                        (unsigned long long)LIMIT_IMAGE_BYTES);
    }
    struct image_head head = {.version = IMAGE_VERSION,
                              .sections = IMAGE_SECTIONS,
                              .modules = image_module_print(),
                              .bytes = (uint32_t)at,
                              .hash_any = o->hash_any,
                              .wants = o->wants};
    memcpy(head.magic, IMAGE_MAGIC, sizeof head.magic);
    buf_put(out, &head, sizeof head);
    buf_put(out, rows, sizeof rows);
    for (unsigned i = 0; i < IMAGE_SECTIONS; i++) {
        buf_align(out, IMAGE_ALIGN);
        buf_span(out, buf_get(&o->parts[i]));
    }
    buf_align(out, IMAGE_ALIGN);
    if (out->bad)
        return fail(why, ERR_NOMEM, "an image of %llu bytes", (unsigned long long)at);
    must(out->len == at);
    return ERR_NONE;
}
