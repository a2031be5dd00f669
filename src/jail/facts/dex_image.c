/* DEX tables. An attacker typed every byte. Format: Dalvik Executable format,
 * source.android.com; how indexes are followed: YARA 4.5. */
#include "jail/facts/dex_image.h"

enum {
    HEADER_BYTES = 112,
    TABLES_AT = 52, /* map_off; then the tables, size and offset each */
    INDEX_MOST = 0x80000
};

bool dex_image_read(struct dex_image *d, struct span data)
{
    uint8_t version = span_byte(data, 6);
    *d = (struct dex_image){.data = data};
    if (data.len < HEADER_BYTES || !span_starts(data, SPAN_OF("dex\n03")) || version < '5' ||
        version > '9' || span_byte(data, 7) != 0)
        return false;
    struct dex_table *tables[] = {&d->strings, &d->types,   &d->protos,
                                  &d->fields,  &d->methods, &d->classes};
    struct reader r = reader_from(data, TABLES_AT);
    d->map_at = reader_u32le(&r);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        tables[i]->count = reader_u32le(&r);
        tables[i]->at = reader_u32le(&r);
    }
    return true;
}

bool dex_image_has(const struct dex_image *d, uint64_t at, uint64_t len)
{
    return at <= d->data.len && len <= d->data.len - at;
}

uint32_t dex_uleb(struct reader *r)
{
    uint32_t value = 0;
    for (uint32_t shift = 0; shift < 35; shift += 7) {
        uint32_t byte = reader_u8(r);
        value |= (shift < 28 ? byte & 0x7f : byte) << shift;
        if (byte < 0x80)
            break;
    }
    return value;
}

/* Row `index` of a table, or a bad reader. */
static struct reader row(const struct dex_image *d, const struct dex_table *t, uint32_t index,
                         uint32_t bytes)
{
    uint64_t at = (uint64_t)t->at + (uint64_t)index * bytes;
    return index < t->count ? reader_from(d->data, at) : reader_from(d->data, UINT64_MAX);
}

bool dex_image_string(const struct dex_image *d, uint32_t index, struct dex_string *out)
{
    struct reader r = row(d, &d->strings, index, 4);
    out->at = reader_u32le(&r);
    if (r.bad || !dex_image_has(d, out->at, 4))
        return false;
    struct reader head = reader_from(d->data, out->at);
    out->size = dex_uleb(&head);
    if (head.bad || !dex_image_has(d, (uint64_t)out->at + 1, out->size))
        return false;
    out->value = span_cut(d->data, (size_t)out->at + 1, out->size);
    return true;
}

static struct span string_at(const struct dex_image *d, uint32_t index)
{
    struct dex_string s;
    if (index > INDEX_MOST || !dex_image_string(d, index, &s))
        return (struct span){NULL, 0};
    return s.value;
}

/* A type's descriptor. */
static struct span type_at(const struct dex_image *d, uint32_t index)
{
    struct reader r = row(d, &d->types, index, 4);
    uint32_t string = reader_u32le(&r);
    return r.bad ? (struct span){NULL, 0} : string_at(d, string);
}

/* A prototype's short form. */
static struct span proto_at(const struct dex_image *d, uint32_t index)
{
    struct reader r = row(d, &d->protos, index, 12);
    uint32_t string = reader_u32le(&r);
    return r.bad ? (struct span){NULL, 0} : string_at(d, string);
}

bool dex_image_names(const struct dex_image *d, enum dex_member kind, uint32_t index,
                     struct dex_names *out)
{
    struct reader r = row(d, kind == DEX_OF_FIELDS ? &d->fields : &d->methods, index, 8);
    uint32_t class = reader_u16le(&r), type = reader_u16le(&r), name = reader_u32le(&r);
    if (r.bad || index > INDEX_MOST)
        return false;
    out->class_name = type_at(d, class);
    out->name = string_at(d, name);
    out->proto = kind == DEX_OF_FIELDS ? type_at(d, type) : proto_at(d, type);
    return true;
}
