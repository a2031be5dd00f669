/* What the module dotnet tells of single tables: names, references, constants, resources. An
 * attacker typed every byte. Format: ECMA-335, II.22. What is skipped or counted: YARA 4.5. */
#include "jail/facts/dotnet_tables.h"

enum { ELEMENT_STRING = 0x0e, TAG_ASSEMBLY = 0x0e, TAG_MEMBERREF = 3, TAG_TYPEREF = 1 };

static bool has(const struct dotnet *d, enum dotnet_table t)
{
    return d->tables[t].known;
}

/* True when `bytes` more than the row lies in the file: YARA asks for its widest form of some rows.
 */
static bool has_wide_row(const struct dotnet *d, enum dotnet_table t, uint32_t row, uint32_t bytes)
{
    const struct dotnet_layout *l = &d->tables[t];
    return pe_image_has(d->img, l->at + (uint64_t)(row - 1) * l->row_bytes, bytes);
}

static bool add_text(struct fact_list *list, struct span s)
{
    struct fact *f = fact_list_add(list);
    if (f)
        fact_set_span(f, s);
    return f != NULL;
}

static void set_text(const struct fact *f, uint32_t field, struct span s)
{
    if (s.at)
        fact_set_span(fact_item(f, field), s);
}

static void end_list(const struct dotnet *d, const struct fact_list *list, uint32_t array,
                     uint32_t count)
{
    fact_list_end(list, fact_item(d->root, array));
    fact_set_int(fact_item(d->root, count), list->count);
}

static bool load_module(struct dotnet *d)
{
    if (has(d, DT_MODULE) && has_wide_row(d, DT_MODULE, 1, 18)) {
        const struct dotnet_layout *l = &d->tables[DT_MODULE];
        struct reader r = reader_from(d->img->data, l->at + l->column_at[1]);
        uint32_t name = l->column_bytes[1] == 4 ? reader_u32le(&r) : reader_u16le(&r);
        set_text(d->root, DOTNET_MODULE_NAME, dotnet_string(d, name));
    }
    return true;
}

static bool load_constants(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, NULL);
    if (!has(d, DT_CONSTANT))
        return true;
    for (uint32_t row = 1; dotnet_has_row(d, DT_CONSTANT, row); row++) {
        struct span bytes;
        uint64_t next;
        uint64_t at = d->blobs.at + dotnet_cell(d, DT_CONSTANT, row, 3);
        if (dotnet_cell(d, DT_CONSTANT, row, 0) != ELEMENT_STRING ||
            dotnet_cell(d, DT_CONSTANT, row, 1) != 0 || !dotnet_blob(d, at, &bytes, &next) ||
            !pe_image_has(d->img, next, bytes.len + 1))
            continue;
        if (!add_text(&list, bytes))
            return false;
    }
    end_list(d, &list, DOTNET_CONSTANTS, DOTNET_NUMBER_OF_CONSTANTS);
    return true;
}

/* A row's bytes as a number, wherever the table ends: YARA follows these indexes without a bound.
 */
static bool raw_cell(const struct dotnet *d, enum dotnet_table t, uint32_t index, uint32_t column,
                     uint32_t *out)
{
    const struct dotnet_layout *l = &d->tables[t];
    uint64_t at = l->at + (uint64_t)l->row_bytes * (index > 0 ? index - 1 : 0);
    if (!pe_image_has(d->img, at, l->row_bytes))
        return false;
    struct reader r = reader_from(d->img->data, at + l->column_at[column]);
    *out = l->column_bytes[column] == 4 ? reader_u32le(&r) : reader_u16le(&r);
    return true;
}

/* The name of the class of an attribute's constructor. False: look no further. */
static bool attribute_name(const struct dotnet *d, uint32_t type, bool *is_ref, struct span *name)
{
    uint32_t class, text;
    *is_ref = false;
    if (!raw_cell(d, DT_MEMBERREF, type >> 3, 0, &class))
        return false;
    class &= 0xffff; /* YARA reads two bytes of it */
    if ((class & 7) != TAG_TYPEREF)
        return true;
    if (!raw_cell(d, DT_TYPEREF, class >> 3, 1, &text))
        return false;
    *is_ref = true;
    *name = dotnet_string(d, text);
    return true;
}

/* The value of a GuidAttribute: prolog 1, then a counted string. */
static void set_typelib(struct dotnet *d, uint32_t blob)
{
    struct span bytes;
    uint64_t next;
    if (blob == 0 || !dotnet_blob(d, d->blobs.at + blob, &bytes, &next) || bytes.len < 3 ||
        !pe_image_has(d->img, next, bytes.len + 1))
        return;
    struct reader r = reader_from(d->img->data, next);
    uint16_t prolog = reader_u16le(&r);
    struct span text = reader_take(&r, reader_u8(&r));
    if (prolog != 1 || r.bad)
        return;
    uint8_t first = span_byte(reader_rest(&r), 0);
    first = text.len ? span_byte(text, 0) : first;
    if (first == 0xff || first == 0)
        text.len = 0;
    text = span_cut(text, 0, span_find_byte(text, 0, 0));
    fact_set_span(fact_item(d->root, DOTNET_TYPELIB), text.at ? text : SPAN_OF(""));
}

static bool load_typelib(struct dotnet *d)
{
    if (!has(d, DT_CUSTOMATTRIBUTE) || !has(d, DT_TYPEREF) || !has(d, DT_MEMBERREF))
        return true;
    for (uint32_t row = 1; dotnet_has_row(d, DT_CUSTOMATTRIBUTE, row); row++) {
        uint32_t parent = dotnet_cell(d, DT_CUSTOMATTRIBUTE, row, 0);
        uint32_t type = dotnet_cell(d, DT_CUSTOMATTRIBUTE, row, 1);
        struct span name;
        bool is_ref;
        if ((parent & 0x1f) != TAG_ASSEMBLY || (type & 7) != TAG_MEMBERREF)
            continue;
        if (!attribute_name(d, type, &is_ref, &name))
            break;
        if (is_ref && (!name.at || span_starts(name, SPAN_OF("GuidAttribute"))))
            set_typelib(d, dotnet_cell(d, DT_CUSTOMATTRIBUTE, row, 2));
    }
    return true;
}

static bool load_modulerefs(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, NULL);
    if (!has(d, DT_MODULEREF))
        return true;
    for (uint32_t row = 1;
         dotnet_has_row(d, DT_MODULEREF, row) && has_wide_row(d, DT_MODULEREF, row, 4); row++) {
        struct span name = dotnet_string(d, dotnet_cell(d, DT_MODULEREF, row, 0));
        if (name.at && !add_text(&list, name))
            return false;
    }
    end_list(d, &list, DOTNET_MODULEREFS, DOTNET_NUMBER_OF_MODULEREFS);
    return true;
}

static bool load_field_offsets(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, NULL);
    if (!has(d, DT_FIELDRVA))
        return true;
    for (uint32_t row = 1;
         dotnet_has_row(d, DT_FIELDRVA, row) && has_wide_row(d, DT_FIELDRVA, row, 8); row++) {
        int64_t at = pe_image_offset(d->img, dotnet_cell(d, DT_FIELDRVA, row, 0));
        struct fact *f = at >= 0 ? fact_list_add(&list) : NULL;
        if (f)
            fact_set_int(f, at);
    }
    end_list(d, &list, DOTNET_FIELD_OFFSETS, DOTNET_NUMBER_OF_FIELD_OFFSETS);
    return !list.bad;
}

static void set_version(const struct dotnet *d, const struct fact *version, enum dotnet_table t,
                        uint32_t row, uint32_t first)
{
    for (uint32_t i = 0; i < 4; i++)
        fact_set_int(fact_item(version, DOTNET_VERSION_MAJOR + i),
                     dotnet_cell(d, t, row, first + i));
}

static bool load_assembly(struct dotnet *d)
{
    const struct fact *f = fact_item(d->root, DOTNET_ASSEMBLY);
    if (!dotnet_has_row(d, DT_ASSEMBLY, 1))
        return true;
    set_version(d, fact_item(f, DOTNET_ASSEMBLY_VERSION), DT_ASSEMBLY, 1, 1);
    set_text(f, DOTNET_ASSEMBLY_NAME, dotnet_string(d, dotnet_cell(d, DT_ASSEMBLY, 1, 7)));
    struct span culture = dotnet_string(d, dotnet_cell(d, DT_ASSEMBLY, 1, 8));
    if (culture.len > 0)
        set_text(f, DOTNET_ASSEMBLY_CULTURE, culture);
    return true;
}

static bool load_assembly_refs(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, dotnet_ref_fields);
    if (!has(d, DT_ASSEMBLYREF))
        return true;
    for (uint32_t row = 1; dotnet_has_row(d, DT_ASSEMBLYREF, row); row++) {
        const struct fact *f = fact_list_add(&list);
        struct span key;
        uint64_t next;
        if (!f)
            return false;
        set_version(d, fact_item(f, DOTNET_REF_VERSION), DT_ASSEMBLYREF, row, 0);
        if (!dotnet_blob(d, d->blobs.at + dotnet_cell(d, DT_ASSEMBLYREF, row, 5), &key, &next))
            continue;
        if (key.len > 0)
            set_text(f, DOTNET_REF_PUBLIC_KEY_OR_TOKEN, key);
        set_text(f, DOTNET_REF_NAME, dotnet_string(d, dotnet_cell(d, DT_ASSEMBLYREF, row, 6)));
    }
    end_list(d, &list, DOTNET_ASSEMBLY_REFS, DOTNET_NUMBER_OF_ASSEMBLY_REFS);
    return true;
}

static bool load_resources(struct dotnet *d)
{
    struct fact_list list = fact_list_new(d->arena, dotnet_resource_fields);
    int64_t base = pe_image_offset(d->img, d->resources_rva);
    if (!has(d, DT_MANIFESTRESOURCE))
        return true;
    for (uint32_t row = 1; dotnet_has_row(d, DT_MANIFESTRESOURCE, row); row++) {
        int64_t at = base + dotnet_cell(d, DT_MANIFESTRESOURCE, row, 0); /* base may be -1 */
        uint32_t size = 0;
        const struct fact *f = fact_list_add(&list);
        if (!f)
            return false;
        bool is_here = dotnet_cell(d, DT_MANIFESTRESOURCE, row, 3) == 0;
        if (is_here && at >= 0 && span_u32le(d->img->data, (uint64_t)at, &size) &&
            pe_image_has(d->img, (uint64_t)at, size)) {
            fact_set_int(fact_item(f, DOTNET_RESOURCE_OFFSET), at + 4);
            fact_set_int(fact_item(f, DOTNET_RESOURCE_LENGTH), size);
        }
        set_text(f, DOTNET_RESOURCE_NAME,
                 dotnet_string(d, dotnet_cell(d, DT_MANIFESTRESOURCE, row, 2)));
    }
    end_list(d, &list, DOTNET_RESOURCES, DOTNET_NUMBER_OF_RESOURCES);
    return true;
}

bool dotnet_rows_load(struct dotnet *d)
{
    return load_module(d) && load_constants(d) && load_typelib(d) && load_modulerefs(d) &&
           load_field_offsets(d) && load_assembly(d) && load_assembly_refs(d) && load_resources(d);
}
