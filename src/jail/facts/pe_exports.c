/* The export table. An attacker typed every byte.
 * Format: PE/COFF specification, "The .edata Section". The checks, in this order: YARA 4.5. */
#include "jail/facts/pe_parts.h"

enum { TABLE_BYTES = 40, NAME_MOST = 512 };

struct exports {
    uint32_t timestamp, name_rva, base, count, name_claim;
    uint32_t functions_rva, names_rva, ordinals_rva;
    int64_t names_at, ordinals_at, functions_at;
    uint64_t start, end; /* of the table in the file: an address inside it is a forwarder */
};

static bool read_table(const struct pe_image *img, uint64_t at, struct exports *e)
{
    struct reader r = reader_from(img->data, at);
    reader_skip(&r, 4);
    e->timestamp = reader_u32le(&r);
    reader_skip(&r, 4);
    e->name_rva = reader_u32le(&r);
    e->base = reader_u32le(&r);
    e->count = reader_u32le(&r);
    e->name_claim = reader_u32le(&r);
    e->functions_rva = reader_u32le(&r);
    e->names_rva = reader_u32le(&r);
    e->ordinals_rva = reader_u32le(&r);
    if (e->count > LIMIT_PE_EXPORTS)
        e->count = (uint32_t)LIMIT_PE_EXPORTS;
    return !r.bad;
}

/* Where the three tables lie; false when one of them does not fit. */
static bool place(const struct pe_image *img, struct exports *e, int64_t name_at)
{
    if ((uint64_t)e->count * 4 > img->size - (uint64_t)name_at) /* -1 counts, too: observed */
        return false;
    e->names_at = -1;
    if (e->name_claim > 0) {
        e->names_at = pe_image_offset(img, e->names_rva);
        if (e->names_at < 0 ||
            !pe_image_has(img, (uint64_t)e->names_at, (uint64_t)e->name_claim * 4))
            return false;
    }
    e->ordinals_at = pe_image_offset(img, e->ordinals_rva);
    if (e->ordinals_at < 0 || !pe_image_has(img, (uint64_t)e->ordinals_at, (uint64_t)e->count * 2))
        return false;
    e->functions_at = pe_image_offset(img, e->functions_rva);
    return e->functions_at >= 0 &&
           pe_image_has(img, (uint64_t)e->functions_at, (uint64_t)e->count * 4);
}

/* For each function the first place of the ordinal table that names it, plus 1; 0 for none. */
static uint32_t *name_places(struct pe_load *p, const struct exports *e)
{
    uint32_t *first = arena_array(p->arena, uint32_t, e->count);
    uint32_t names = e->name_claim < e->count ? e->name_claim : e->count;
    struct reader r = reader_from(p->img->data, (uint64_t)e->ordinals_at);
    for (uint32_t j = 0; first && j < names; j++) {
        uint16_t i = reader_u16le(&r);
        if (i < e->count && first[i] == 0)
            first[i] = j + 1;
    }
    return first;
}

static void set_name(struct pe_load *p, const struct exports *e, uint32_t place, struct fact *out)
{
    uint32_t rva = 0;
    if (!span_u32le(p->img->data, (uint64_t)e->names_at + 4 * (uint64_t)(place - 1), &rva))
        return;
    int64_t at = pe_image_offset(p->img, rva);
    if (at > 0)
        fact_set_span(out, pe_image_text(p->img, (uint64_t)at, NAME_MOST));
}

static void set_export(struct pe_load *p, const struct exports *e, uint32_t i, const struct fact *f)
{
    uint32_t rva = 0;
    (void)span_u32le(p->img->data, (uint64_t)e->functions_at + 4 * (uint64_t)i, &rva);
    fact_set_int(fact_item(f, PE_EXPORT_ORDINAL), (uint32_t)(e->base + i));
    fact_set_int(fact_item(f, PE_EXPORT_RVA), rva);
    int64_t at = pe_image_offset(p->img, rva);
    if (at > (int64_t)e->start && (uint64_t)at < e->end)
        fact_set_span(fact_item(f, PE_EXPORT_FORWARD_NAME),
                      pe_image_text(p->img, (uint64_t)at, NAME_MOST));
    else if (at >= 0)
        fact_set_int(fact_item(f, PE_EXPORT_OFFSET), at);
}

static bool set_exports(struct pe_load *p, const struct exports *e)
{
    struct fact_list list = fact_list_new(p->arena, pe_export_fields);
    const uint32_t *places = name_places(p, e);
    if (!places)
        return false;
    for (uint32_t i = 0; i < e->count && pe_image_spend(p->img, 1); i++) {
        const struct fact *f = fact_list_add(&list);
        if (!f)
            return false;
        set_export(p, e, i, f);
        if (e->names_at >= 0 && places[i] != 0)
            set_name(p, e, places[i], fact_item(f, PE_EXPORT_NAME));
    }
    fact_list_end(&list, fact_item(p->root, PE_EXPORT_DETAILS));
    fact_set_int(fact_item(p->root, PE_NUMBER_OF_EXPORTS), list.count);
    return true;
}

bool pe_load_exports(struct pe_load *p)
{
    struct pe_rva_range dir;
    struct exports e;
    fact_set_int(fact_item(p->root, PE_NUMBER_OF_EXPORTS), 0);
    if (!pe_image_directory(p->img, PE_DIR_EXPORT, &dir) || dir.rva == 0)
        return true;
    int64_t at = pe_image_offset(p->img, dir.rva);
    if (at < 0 || !pe_image_has(p->img, (uint64_t)at, TABLE_BYTES) ||
        !read_table(p->img, (uint64_t)at, &e))
        return true;
    e.start = (uint64_t)at;
    e.end = e.start + dir.size;
    fact_set_int(fact_item(p->root, PE_EXPORT_TIMESTAMP), e.timestamp);
    int64_t name_at = pe_image_offset(p->img, e.name_rva);
    if (name_at > 0)
        fact_set_span(fact_item(p->root, PE_DLL_NAME),
                      pe_image_text(p->img, (uint64_t)name_at, UINT64_MAX));
    return !place(p->img, &e, name_at) || set_exports(p, &e);
}
