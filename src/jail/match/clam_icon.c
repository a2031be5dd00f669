/* The icons that a PE shows: those of its first group. Hostile bytes: the object's. Format:
 * GRPICONDIR, 6 bytes and 14 an icon. *Observed* with clamscan 1.4.6: only the first name of type
 * 14 counts, in each of its languages, and 100 icons in all, whether they can be read or not. */
#include "jail/match/clam_icon.h"

enum { TYPE_ICON = 3, TYPE_GROUP = 14, HEAD_BYTES = 6, ROW_BYTES = 14, ENTRY_LEAST = 16 };

struct walk {
    const struct clam_pe *pe;
    struct clam_icons *out;
    struct icon_pixels *pixels;
    uint32_t *scratch;
    uint32_t name, groups; /* the one that counts, how many were read */
    uint32_t icons;        /* that groups spoke of */
};

static bool on_icon(void *ctx, uint32_t name, uint64_t entry_rva)
{
    struct walk *w = ctx;
    (void)name; /* it was asked for */
    if (w->out->count == LIMIT_CLAM_ICONS)
        return false;
    if (clam_icon_pixels(w->pe, entry_rva, w->scratch, w->pixels))
        clam_icon_measure(w->pixels, &w->out->items[w->out->count++]);
    return true;
}

/* The group whose data lie at `at`: `len` bytes. */
static bool read_group(struct walk *w, uint64_t at, uint32_t len)
{
    struct reader r = reader_of(source_view(w->pe->source, at, HEAD_BYTES));
    reader_skip(&r, 4);
    uint32_t count = reader_u16le(&r);
    if (r.bad || at > w->pe->source->size || len > w->pe->source->size - at)
        return true;
    for (uint32_t i = 0; i < count && len - HEAD_BYTES >= (i + 1) * ROW_BYTES; i++) {
        uint64_t row = at + HEAD_BYTES + (uint64_t)i * ROW_BYTES;
        struct reader id = reader_of(source_view(w->pe->source, row + 12, 2));
        struct clam_resources asked = {
            .type = TYPE_ICON, .name = reader_u16le(&id), .found = on_icon, .ctx = w};
        clam_resources(w->pe, &asked);
        if (++w->icons == LIMIT_CLAM_ICONS)
            return false;
    }
    return true;
}

static bool on_group(void *ctx, uint32_t name, uint64_t entry_rva)
{
    struct walk *w = ctx;
    uint64_t entry, at;
    if (w->groups && name != w->name)
        return false;
    w->groups++;
    w->name = name;
    if (!clam_pe_place(w->pe, entry_rva, &entry) ||
        source_view(w->pe->source, entry, ENTRY_LEAST).len < ENTRY_LEAST)
        return true;
    bool ok = true;
    uint64_t rva = clam_pe_u32(w->pe, entry, &ok);
    uint32_t len = clam_pe_u32(w->pe, entry + 4, &ok);
    if (len <= HEAD_BYTES || !clam_pe_place(w->pe, rva, &at))
        return true;
    return read_group(w, at, len);
}

bool clam_icons_read(const struct clam_pe *pe, struct arena *a, struct clam_icons *out)
{
    struct walk w = {.pe = pe, .out = out};
    w.scratch = arena_array(a, uint32_t, ICON_PIXELS_MOST);
    w.pixels = arena_new_of(a, struct icon_pixels);
    out->items = arena_array(a, struct clam_icon, LIMIT_CLAM_ICONS);
    out->count = 0;
    if (!w.scratch || !w.pixels || !out->items)
        return false;
    struct clam_resources asked = {
        .type = TYPE_GROUP, .any_name = true, .found = on_group, .ctx = &w};
    clam_resources(pe, &asked);
    return true;
}
