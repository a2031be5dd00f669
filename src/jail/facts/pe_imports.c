/* Imports and delayed imports. An attacker typed every byte.
 * Format: PE/COFF specification, "The .idata Section" and "Delay-Load Import Tables". Which names
 * count: YARA 4.5, after pefile. */
#include "jail/facts/pe_parts.h"

#include "common/text.h"

enum {
    DESCRIPTOR_BYTES = 20,
    DELAY_BYTES = 32,
    DLL_NAME_MOST = 256, /* with its NUL */
    FUNCTION_NAME_MOST = 512,
    DOS_BYTES = 64
};

struct dlls {
    struct pe_load *p;
    struct fact_list list;
    uint32_t function_count;
};

/* Any printable character but those that no Windows file name has; shorter than `most`. */
static bool valid_dll_name(const struct pe_image *img, struct span name, uint64_t at, uint64_t most)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = span_byte(name, i);
        if (!text_is_print(c) || c == '"' || c == '*' || c == '<' || c == '>' || c == '?' ||
            c == '|')
            return false;
    }
    return name.len > 0 && name.len < most && pe_image_has(img, at, (uint64_t)name.len + 1);
}

/* What pefile takes for the name of a function. */
static bool valid_function_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = span_byte(name, i);
        if (!text_is_alnum(c) && span_find_byte(SPAN_OF("._?@$()<>"), c, 0) == SIZE_MAX)
            return false;
    }
    return name.len > 0;
}

/* One entry of a name table: an ordinal, or the name of a function. */
struct thunk {
    struct span name;
    uint16_t ordinal;
    bool has_ordinal, has_name;
};

static uint64_t ordinal_flag(const struct pe_image *img)
{
    return img->is_64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
}

static uint64_t read_thunk(const struct pe_image *img, struct reader *r)
{
    return img->is_64 ? reader_u64le(r) : reader_u32le(r);
}

static bool by_ordinal(struct pe_load *p, struct span dll, uint64_t value, struct thunk *out)
{
    out->ordinal = (uint16_t)value;
    out->name = pe_ordinal_name(p->arena, dll, out->ordinal);
    out->has_ordinal = out->has_name = true;
    return out->name.at != NULL;
}

/* Reads what a value of the name table means. False: out of memory. */
static bool resolve(struct pe_load *p, struct span dll, uint64_t value, struct thunk *out)
{
    uint64_t flag = ordinal_flag(p->img);
    *out = (struct thunk){.has_name = false};
    if (value & flag)
        return value > (flag | 0xffff) || by_ordinal(p, dll, value, out);
    int64_t at = pe_image_offset(p->img, value);
    if (at < 0 || !pe_image_has(p->img, (uint64_t)at, 3))
        return true;
    out->name = pe_image_text(p->img, (uint64_t)at + 2, FUNCTION_NAME_MOST);
    out->has_name = valid_function_name(out->name);
    return true;
}

static bool add_function(struct fact_list *list, const struct thunk *t, uint64_t rva)
{
    const struct fact *f = fact_list_add(list);
    if (!f)
        return false;
    if (t->has_name)
        fact_set_span(fact_item(f, PE_FUNCTION_NAME), t->name);
    if (t->has_ordinal)
        fact_set_int(fact_item(f, PE_FUNCTION_ORDINAL), t->ordinal);
    if (rva != 0)
        fact_set_int(fact_item(f, PE_FUNCTION_RVA), (int64_t)rva);
    return true;
}

static bool end_dll(struct dlls *d, struct span name, const struct fact_list *functions)
{
    const struct fact *f = fact_list_add(&d->list);
    if (!f)
        return false;
    fact_set_span(fact_item(f, PE_IMPORT_LIBRARY_NAME), name);
    fact_set_int(fact_item(f, PE_IMPORT_NUMBER_OF_FUNCTIONS), functions->count);
    fact_list_end(functions, fact_item(f, PE_IMPORT_FUNCTIONS));
    return true;
}

struct descriptor {
    uint32_t names_rva, name_rva, slots_rva;
};

/* The functions of one library; a library without any is not listed. */
static bool read_functions(struct dlls *d, const struct descriptor *e, struct span dll)
{
    const struct pe_image *img = d->p->img;
    struct fact_list list = fact_list_new(d->p->arena, pe_function_fields);
    int64_t at = pe_image_offset(img, e->names_rva);
    if (at <= 0)
        at = pe_image_offset(img, e->slots_rva);
    if (at < 0)
        return true;
    struct reader r = reader_from(img->data, (uint64_t)at);
    for (uint32_t i = 0; i < LIMIT_PE_IMPORTS && d->function_count < LIMIT_PE_IMPORTS; i++) {
        struct thunk t;
        uint64_t value = read_thunk(img, &r);
        if (r.bad || value == 0 || !pe_image_spend(d->p->img, 1 + img->section_count / 8))
            break;
        if (!resolve(d->p, dll, value, &t))
            return false;
        uint64_t slot = e->slots_rva + (img->is_64 ? UINT64_C(8) : UINT64_C(4)) * i;
        if (!t.has_name)
            continue;
        if (!add_function(&list, &t, img->is_64 ? slot : (uint32_t)slot))
            return false;
        d->function_count++;
    }
    return list.count == 0 || end_dll(d, dll, &list);
}

static bool read_descriptor(struct reader *r, struct descriptor *e)
{
    e->names_rva = reader_u32le(r);
    reader_skip(r, 8);
    e->name_rva = reader_u32le(r);
    e->slots_rva = reader_u32le(r);
    return !r->bad && e->name_rva != 0;
}

static bool walk_imports(struct dlls *d)
{
    const struct pe_image *img = d->p->img;
    struct pe_rva_range dir;
    if (!pe_image_directory(img, PE_DIR_IMPORT, &dir) || dir.rva == 0)
        return true;
    int64_t at = pe_image_offset(img, dir.rva);
    if (at < 0)
        return true;
    struct reader r = reader_from(img->data, (uint64_t)at);
    struct descriptor e;
    for (uint32_t i = 0; i < LIMIT_PE_IMPORTS && read_descriptor(&r, &e); i++) {
        int64_t name_at = pe_image_offset(img, e.name_rva);
        if (!pe_image_spend(d->p->img, 1) || name_at < 0)
            continue;
        struct span dll = pe_image_text(img, (uint64_t)name_at, DLL_NAME_MOST);
        if (valid_dll_name(img, dll, (uint64_t)name_at, DLL_NAME_MOST) &&
            !read_functions(d, &e, dll))
            return false;
    }
    return true;
}

static bool finish(struct dlls *d, uint32_t details, uint32_t count, uint32_t functions)
{
    fact_list_end(&d->list, fact_item(d->p->root, details));
    fact_set_int(fact_item(d->p->root, count), d->list.count);
    fact_set_int(fact_item(d->p->root, functions), d->function_count);
    return !d->list.bad;
}

bool pe_load_imports(struct pe_load *p)
{
    struct dlls d = {.p = p, .list = fact_list_new(p->arena, pe_import_fields)};
    bool ok = walk_imports(&d);
    return finish(&d, PE_IMPORT_DETAILS, PE_NUMBER_OF_IMPORTS, PE_NUMBER_OF_IMPORTED_FUNCTIONS) &&
           ok;
}

struct delay {
    uint32_t attributes, name_rva, slots_rva, names_rva;
};

/* Visual C++ 6 wrote addresses, later linkers offsets from the base; some mix both. */
static uint64_t without_base(const struct pe_image *img, uint64_t v)
{
    return v > img->base ? v - img->base : v;
}

/* False at the entry of zeros, past the end, and at one that no linker writes. */
static bool read_delay(const struct pe_image *img, struct reader *r, struct delay *e)
{
    uint32_t any = e->attributes = reader_u32le(r);
    any |= e->name_rva = reader_u32le(r);
    any |= reader_u32le(r); /* module handle */
    any |= e->slots_rva = reader_u32le(r);
    any |= e->names_rva = reader_u32le(r);
    any |= reader_u32le(r); /* bound table */
    any |= reader_u32le(r); /* unload table */
    any |= reader_u32le(r); /* time */
    if (r->bad || any == 0 || e->attributes > 1)
        return false;
    if (!img->is_64 && e->attributes == 0) {
        e->name_rva = (uint32_t)without_base(img, e->name_rva);
        e->slots_rva = (uint32_t)without_base(img, e->slots_rva);
        e->names_rva = (uint32_t)without_base(img, e->names_rva);
    }
    return e->names_rva < img->image_size && e->slots_rva < img->image_size &&
           e->name_rva >= DOS_BYTES && e->names_rva >= DOS_BYTES;
}

/* A word of a table by address; 0 when it lies outside, which ends the table, too. */
static uint64_t word_at(const struct pe_image *img, uint64_t rva)
{
    int64_t at = pe_image_offset(img, rva);
    if (at < 0)
        return 0;
    struct reader r = reader_from(img->data, (uint64_t)at);
    return read_thunk(img, &r);
}

/* The meaning of one name; a name that lies nowhere is skipped. False: out of memory. */
static bool resolve_delayed(struct dlls *d, const struct delay *e, struct span dll, uint64_t value,
                            struct thunk *out)
{
    *out = (struct thunk){.has_name = false};
    if (value & ordinal_flag(d->p->img))
        return by_ordinal(d->p, dll, value, out);
    if (e->attributes == 0)
        value = without_base(d->p->img, value);
    int64_t at = pe_image_offset(d->p->img, value + 2);
    if (at < 0)
        return true;
    out->name = pe_image_text(d->p->img, (uint64_t)at, FUNCTION_NAME_MOST);
    out->has_name = true;
    return true;
}

static bool read_delayed_functions(struct dlls *d, const struct delay *e, struct span dll)
{
    const struct pe_image *img = d->p->img;
    struct fact_list list = fact_list_new(d->p->arena, pe_function_fields);
    uint32_t width = img->is_64 ? 8 : 4;
    for (uint64_t i = 0; d->function_count < LIMIT_PE_DELAYED_IMPORTS; i++) {
        uint64_t value = word_at(img, e->names_rva + i * width);
        uint64_t slot = e->slots_rva + i * width;
        struct thunk t;
        if (value == 0 || word_at(img, slot) == 0 ||
            !pe_image_spend(d->p->img, 1 + img->section_count / 4))
            break;
        if (!resolve_delayed(d, e, dll, value, &t))
            return false;
        if (!t.has_name)
            continue;
        if (!add_function(&list, &t, slot))
            return false;
        d->function_count++;
    }
    return end_dll(d, dll, &list);
}

static bool walk_delayed(struct dlls *d)
{
    const struct pe_image *img = d->p->img;
    struct pe_rva_range dir;
    if (!pe_image_directory(img, PE_DIR_DELAY_IMPORT, &dir) || dir.rva == 0)
        return true;
    int64_t at = pe_image_offset(img, dir.rva);
    if (at < 0)
        return true;
    struct reader r = reader_from(img->data, (uint64_t)at);
    struct delay e;
    while (d->list.count < LIMIT_PE_IMPORTS && pe_image_spend(d->p->img, 1) &&
           read_delay(img, &r, &e)) {
        int64_t name_at = pe_image_offset(img, e.name_rva);
        if (name_at < 0)
            continue;
        struct span dll = pe_image_text(img, (uint64_t)name_at, UINT64_MAX);
        if (pe_image_spend(d->p->img, dll.len / 8) &&
            valid_dll_name(img, dll, (uint64_t)name_at, UINT64_MAX) &&
            !read_delayed_functions(d, &e, dll))
            return false;
    }
    return true;
}

bool pe_load_delayed_imports(struct pe_load *p)
{
    struct dlls d = {.p = p, .list = fact_list_new(p->arena, pe_import_fields)};
    bool ok = walk_delayed(&d);
    return finish(&d, PE_DELAYED_IMPORT_DETAILS, PE_NUMBER_OF_DELAYED_IMPORTS,
                  PE_NUMBER_OF_DELAYED_IMPORTED_FUNCTIONS) &&
           ok;
}
