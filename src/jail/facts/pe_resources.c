/* PE resources: a tree of three levels, type, name, language. An attacker typed every byte:
 * directories may point at each other, so the walk counts every entry it looks at. Format:
 * Microsoft PE/COFF specification, "The .rsrc Section". Which oddities are skipped: YARA 4.5. */
#include "jail/facts/pe_parts.h"

enum {
    LEVELS = 3,
    DIRECTORY_BYTES = 16,
    ENTRY_BYTES = 8,
    DATA_BYTES = 16,
    ENTRIES_MOST = 32768, /* of one kind in one directory */
    NAME_MOST = 1000,     /* UTF-16 units */
    LENGTH_MOST = 0x3fffffff,
    TYPE_VERSION = 16
};

#define HIGH_BIT 0x80000000u

/* A number or a name. */
struct label {
    int64_t number; /* -1 when not met yet */
    struct span name;
    bool has_name;
};

struct level {
    uint64_t at; /* of the next entry */
    uint32_t left;
};

struct walk {
    struct pe_load *p;
    uint64_t base; /* file offset of the resource directory */
    struct level levels[LEVELS];
    uint32_t depth;
    struct label labels[LEVELS];
    struct fact_list list;
    struct pe_versions versions;
};

/* Begins a directory at `level`; an odd one has no entries. */
static bool enter(struct walk *w, uint64_t at)
{
    struct reader r = reader_from(w->p->img->data, at);
    uint32_t characteristics = reader_u32le(&r);
    reader_skip(&r, 8);
    uint32_t named = reader_u16le(&r), numbered = reader_u16le(&r);
    if (r.bad || characteristics != 0 || named > ENTRIES_MOST || numbered > ENTRIES_MOST)
        return false;
    uint32_t count = named + numbered;
    if (!pe_image_has(w->p->img, r.at, (uint64_t)count * ENTRY_BYTES))
        return false;
    w->levels[w->depth] = (struct level){.at = r.at, .left = count};
    return true;
}

/* A length in units, then UTF-16. */
static void read_label(const struct walk *w, uint32_t claim, struct label *out)
{
    out->number = (int32_t)claim;
    out->has_name = false;
    if (!(claim & HIGH_BIT))
        return;
    struct reader r = reader_from(w->p->img->data, w->base + (claim & ~HIGH_BIT));
    uint32_t units = reader_u16le(&r);
    out->name = reader_take(&r, 2 * (uint64_t)units);
    out->has_name = !r.bad && units <= NAME_MOST;
}

static void set_label(const struct fact *f, const struct label *l, uint32_t number_field,
                      uint32_t name_field)
{
    if (l->has_name)
        fact_set_span(fact_item(f, name_field), l->name);
    else if (l->number != -1)
        fact_set_int(fact_item(f, number_field), l->number);
}

static bool collect(struct walk *w, uint64_t at)
{
    struct reader r = reader_from(w->p->img->data, at);
    uint32_t rva = reader_u32le(&r), size = reader_u32le(&r);
    reader_skip(&r, 8);
    if (r.bad || size == 0 || size > LENGTH_MOST || w->list.count >= LIMIT_PE_RESOURCES)
        return true;
    const struct fact *f = fact_list_add(&w->list);
    if (!f)
        return false;
    int64_t offset = pe_image_offset(w->p->img, rva);
    fact_set_int(fact_item(f, PE_RESOURCE_RVA), rva);
    fact_set_int(fact_item(f, PE_RESOURCE_LENGTH), size);
    if (offset >= 0)
        fact_set_int(fact_item(f, PE_RESOURCE_OFFSET), offset);
    set_label(f, &w->labels[0], PE_RESOURCE_TYPE, PE_RESOURCE_TYPE_STRING);
    set_label(f, &w->labels[1], PE_RESOURCE_ID, PE_RESOURCE_NAME_STRING);
    set_label(f, &w->labels[2], PE_RESOURCE_LANGUAGE, PE_RESOURCE_LANGUAGE_STRING);
    bool is_version = w->labels[0].number == TYPE_VERSION && offset >= 0;
    return !is_version || pe_version_add(w->p, &w->versions, offset);
}

/* One entry. Numbers of deeper levels stay from the leaf before, names do not: observed. */
static bool step(struct walk *w)
{
    struct level *l = &w->levels[w->depth];
    struct reader r = reader_from(w->p->img->data, l->at);
    uint32_t name = reader_u32le(&r), to = reader_u32le(&r);
    if (to == 0) {
        l->left = 0; /* YARA looks at the same empty entry again until the count is used up */
        return true;
    }
    l->at += ENTRY_BYTES;
    l->left--;
    read_label(w, name, &w->labels[w->depth]);
    for (uint32_t i = w->depth + 1; i < LEVELS; i++)
        w->labels[i].has_name = false;
    uint64_t at = w->base + (to & ~HIGH_BIT);
    if (!(to & HIGH_BIT) || w->depth == LEVELS - 1)
        return collect(w, at);
    w->depth++;
    if (!pe_image_has(w->p->img, at, DIRECTORY_BYTES) || !enter(w, at))
        w->depth--;
    return true;
}

static bool run(struct walk *w)
{
    while (pe_image_spend(w->p->img, 1)) {
        if (w->levels[w->depth].left == 0) {
            if (w->depth == 0)
                return true;
            w->depth--;
        } else if (!step(w)) {
            return false;
        }
    }
    return true;
}

static bool walk_tree(struct walk *w)
{
    struct pe_rva_range dir;
    if (!pe_image_directory(w->p->img, PE_DIR_RESOURCE, &dir) || dir.rva == 0)
        return true;
    int64_t at = pe_image_offset(w->p->img, dir.rva);
    if (at < 0 || !pe_image_has(w->p->img, (uint64_t)at, DIRECTORY_BYTES))
        return true;
    w->base = (uint64_t)at;
    struct reader r = reader_from(w->p->img->data, w->base + 4);
    fact_set_int(fact_item(w->p->root, PE_RESOURCE_TIMESTAMP), reader_u32le(&r));
    const struct fact *version = fact_item(w->p->root, PE_RESOURCE_VERSION);
    fact_set_int(fact_item(version, PE_MAJOR), reader_u16le(&r));
    fact_set_int(fact_item(version, PE_MINOR), reader_u16le(&r));
    return !enter(w, w->base) || run(w);
}

bool pe_load_resources(struct pe_load *p)
{
    struct walk w = {.p = p,
                     .labels = {{.number = -1}, {.number = -1}, {.number = -1}},
                     .list = fact_list_new(p->arena, pe_resource_fields),
                     .versions = {.list = fact_list_new(p->arena, pe_version_item_fields)}};
    bool ok = walk_tree(&w);
    fact_list_end(&w.list, fact_item(p->root, PE_RESOURCES));
    fact_list_end(&w.versions.list, fact_item(p->root, PE_VERSION_INFO_LIST));
    fact_set_int(fact_item(p->root, PE_NUMBER_OF_RESOURCES), w.list.count);
    fact_set_int(fact_item(p->root, PE_NUMBER_OF_VERSION_INFOS), w.versions.list.count);
    return ok && !w.list.bad && !w.versions.list.bad;
}
