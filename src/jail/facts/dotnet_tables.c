/* Layout of the metadata tables. An attacker typed every byte.
 * Format: ECMA-335, II.22 (columns), II.24.2.6 (widths). Where YARA 4.5 reads it differently, that
 * is noted. */
#include "jail/facts/dotnet_tables.h"

enum {
    HEADER_BYTES = 24,
    ROWS_MOST = 15000, /* of a table; YARA stops at a larger one */
    TEXT_MOST = 1024,
    EXTRA_DATA = 0x40
};

/* Columns: 1..4 that many bytes; a heap; a table's index (TABLE + number); a coded index (CODED +
 * number). */
enum { STRING = 5, GUID, BLOB, TABLE = 0x40, CODED = 0x80 };
enum coded {
    TYPE_DEF_OR_REF,
    HAS_CONSTANT,
    HAS_CUSTOM_ATTRIBUTE,
    HAS_FIELD_MARSHAL,
    HAS_DECL_SECURITY,
    MEMBER_REF_PARENT,
    HAS_SEMANTICS,
    METHOD_DEF_OR_REF,
    MEMBER_FORWARDED,
    IMPLEMENTATION,
    RESOURCE_IMPLEMENTATION,
    CUSTOM_ATTRIBUTE_TYPE,
    RESOLUTION_SCOPE,
    TYPE_OR_METHOD_DEF,
    CODED_COUNT
};

#define T(t) (uint64_t)1 << (t)
/* Tag bits and the tables that an index may point into. */
static const struct {
    uint8_t bits;
    uint64_t tables;
} codings[CODED_COUNT] = {
    [TYPE_DEF_OR_REF] = {2, T(0x02) | T(0x01) | T(0x1b)},
    [HAS_CONSTANT] = {2, T(0x04) | T(0x08) | T(0x17)},
    [HAS_CUSTOM_ATTRIBUTE] = {5, T(0x06) | T(0x04) | T(0x01) | T(0x02) | T(0x08) | T(0x09) |
                                     T(0x0a) | T(0x00) | T(0x17) | T(0x14) | T(0x11) | T(0x1a) |
                                     T(0x1b) | T(0x20) | T(0x23) | T(0x26) | T(0x27) | T(0x28) |
                                     T(0x2a) | T(0x2c) | T(0x2b)},
    [HAS_FIELD_MARSHAL] = {1, T(0x04) | T(0x08)},
    [HAS_DECL_SECURITY] = {2, T(0x02) | T(0x06) | T(0x20)},
    [MEMBER_REF_PARENT] = {3, T(0x06) | T(0x1a) | T(0x01) | T(0x1b)}, /* YARA leaves out TypeDef */
    [HAS_SEMANTICS] = {1, T(0x14) | T(0x17)},
    [METHOD_DEF_OR_REF] = {1, T(0x06) | T(0x0a)},
    [MEMBER_FORWARDED] = {1, T(0x04) | T(0x06)},
    [IMPLEMENTATION] = {2, T(0x26) | T(0x23) | T(0x27)},
    [RESOURCE_IMPLEMENTATION] = {2, T(0x26) | T(0x23)}, /* YARA leaves out ExportedType */
    [CUSTOM_ATTRIBUTE_TYPE] = {3, T(0x06) | T(0x0a)},
    [RESOLUTION_SCOPE] = {2, T(0x00) | T(0x1a) | T(0x23) | T(0x01)},
    [TYPE_OR_METHOD_DEF] = {1, T(0x02) | T(0x06)},
};
#undef T

#define C(x) (CODED + (x))
#define R(t) (TABLE + (t))
static const uint8_t columns[DT_COUNT][DT_COLUMNS] = {
    [0x00] = {2, STRING, GUID, GUID, GUID},
    [0x01] = {C(RESOLUTION_SCOPE), STRING, STRING},
    [0x02] = {4, STRING, STRING, C(TYPE_DEF_OR_REF), R(0x04), R(0x06)},
    [0x03] = {R(0x04)},
    [0x04] = {2, STRING, BLOB},
    [0x05] = {R(0x06)},
    [0x06] = {4, 2, 2, STRING, BLOB, R(0x08)},
    [0x08] = {2, 2, STRING},
    [0x09] = {R(0x02), C(TYPE_DEF_OR_REF)},
    [0x0a] = {C(MEMBER_REF_PARENT), STRING, BLOB},
    [0x0b] = {1, 1, C(HAS_CONSTANT), BLOB},
    [0x0c] = {C(HAS_CUSTOM_ATTRIBUTE), C(CUSTOM_ATTRIBUTE_TYPE), BLOB},
    [0x0d] = {C(HAS_FIELD_MARSHAL), BLOB},
    [0x0e] = {2, C(HAS_DECL_SECURITY), BLOB},
    [0x0f] = {2, 4, R(0x02)},
    [0x10] = {4, R(0x04)},
    [0x11] = {BLOB},
    [0x12] = {R(0x02), R(0x14)},
    [0x13] = {R(0x14)},
    [0x14] = {2, STRING, C(TYPE_DEF_OR_REF)},
    [0x15] = {R(0x02), R(0x17)},
    [0x16] = {R(0x17)},
    [0x17] = {2, STRING, BLOB},
    [0x18] = {2, R(0x06), C(HAS_SEMANTICS)},
    [0x19] = {R(0x02), C(METHOD_DEF_OR_REF), C(METHOD_DEF_OR_REF)},
    [0x1a] = {STRING},
    [0x1b] = {BLOB},
    [0x1c] = {2, C(MEMBER_FORWARDED), STRING, R(0x1a)},
    [0x1d] = {4, R(0x04)},
    [0x1e] = {4, 4},
    [0x1f] = {4},
    [0x20] = {4, 2, 2, 2, 2, 4, BLOB, STRING, STRING},
    [0x21] = {4},
    [0x22] = {4, 4, 4},
    [0x23] = {2, 2, 2, 2, 4, BLOB, STRING, STRING, BLOB},
    [0x24] = {4, R(0x24)},
    [0x25] = {4, 4, 4, R(0x23)},
    [0x26] = {4, STRING, BLOB},
    [0x27] = {4, 4, STRING, STRING, C(IMPLEMENTATION)},
    [0x28] = {4, 4, STRING, C(RESOURCE_IMPLEMENTATION)},
    [0x29] = {R(0x02), R(0x02)},
    [0x2a] = {2, 2, C(TYPE_OR_METHOD_DEF), STRING},
    [0x2b] = {C(METHOD_DEF_OR_REF), BLOB},
    [0x2c] = {R(0x2a), C(TYPE_DEF_OR_REF)},
};
#undef C
#undef R

static uint8_t coded_bytes(const struct dotnet *d, uint32_t coding)
{
    uint32_t most = 0;
    for (uint32_t t = 0; t < DT_COUNT; t++)
        if (codings[coding].tables >> t & 1 && d->claims[t] > most)
            most = d->claims[t];
    return most > 0xffffu >> codings[coding].bits ? 4 : 2;
}

static uint8_t column_bytes(const struct dotnet *d, uint8_t kind, uint8_t heap_sizes)
{
    if (kind >= CODED)
        return coded_bytes(d, kind - CODED);
    if (kind >= TABLE)
        return d->claims[kind - TABLE] > 0xffff ? 4 : 2;
    if (kind == STRING)
        return heap_sizes & 1 ? 4 : 2;
    if (kind == GUID)
        return heap_sizes & 2 ? 4 : 2;
    if (kind == BLOB)
        return heap_sizes & 4 ? 4 : 2;
    return kind;
}

static void lay_out(struct dotnet *d, uint32_t t, uint64_t at, uint8_t heap_sizes)
{
    struct dotnet_layout *l = &d->tables[t];
    l->at = at;
    l->rows = d->claims[t];
    for (uint32_t i = 0; i < DT_COLUMNS && columns[t][i]; i++) {
        l->column_at[i] = (uint8_t)l->row_bytes;
        l->column_bytes[i] = column_bytes(d, columns[t][i], heap_sizes);
        l->row_bytes += l->column_bytes[i];
    }
    l->known = true;
}

static void read_claims(struct dotnet *d, uint64_t valid, struct reader *r)
{
    for (uint32_t t = 0; t < 64; t++) {
        if (!(valid >> t & 1))
            continue;
        uint32_t rows = reader_u32le(r);
        if (t < DT_COUNT)
            d->claims[t] = rows;
    }
}

bool dotnet_tables_read(struct dotnet *d)
{
    struct reader r = reader_from(d->img->data, d->tables_heap.at);
    reader_skip(&r, 6);
    uint8_t heap_sizes = reader_u8(&r);
    reader_skip(&r, 1);
    uint64_t valid = reader_u64le(&r);
    reader_skip(&r, 8);
    if (r.bad)
        return false;
    uint64_t at = r.at + 4 * (uint64_t)__builtin_popcountll(valid);
    at += heap_sizes & EXTRA_DATA ? 4 : 0;
    read_claims(d, valid, &r);
    for (uint32_t t = 0; t < 64; t++) {
        if (!(valid >> t & 1))
            continue;
        if (t >= DT_COUNT || columns[t][0] == 0 || d->claims[t] > ROWS_MOST)
            return true;
        lay_out(d, t, at, heap_sizes);
        at += (uint64_t)d->tables[t].row_bytes * d->claims[t];
    }
    d->complete = !r.bad;
    return true;
}

bool dotnet_has_row(const struct dotnet *d, enum dotnet_table t, uint32_t row)
{
    const struct dotnet_layout *l = &d->tables[t];
    return l->known && row >= 1 && row <= l->rows &&
           pe_image_has(d->img, l->at + (uint64_t)(row - 1) * l->row_bytes, l->row_bytes);
}

uint32_t dotnet_cell(const struct dotnet *d, enum dotnet_table t, uint32_t row, uint32_t column)
{
    const struct dotnet_layout *l = &d->tables[t];
    if (!dotnet_has_row(d, t, row))
        return 0;
    struct reader r = reader_from(d->img->data, l->at + (uint64_t)(row - 1) * l->row_bytes +
                                                    l->column_at[column]);
    return l->column_bytes[column] == 4   ? reader_u32le(&r)
           : l->column_bytes[column] == 2 ? reader_u16le(&r)
                                          : reader_u8(&r);
}

bool dotnet_index_rows(const struct dotnet *d, enum dotnet_table t, uint32_t column, uint32_t keys,
                       struct dotnet_index *out)
{
    out->keys = keys;
    out->first = arena_array(d->arena, uint32_t, keys);
    out->next = arena_array(d->arena, uint32_t, (size_t)d->tables[t].rows + 1);
    if (!out->first || !out->next)
        return false;
    for (uint32_t row = d->tables[t].rows; row >= 1; row--) {
        uint32_t key = dotnet_cell(d, t, row, column);
        if (key >= keys || !dotnet_has_row(d, t, row))
            continue;
        out->next[row] = out->first[key];
        out->first[key] = row;
    }
    return true;
}

uint32_t dotnet_first_row(const struct dotnet_index *index, uint32_t key)
{
    return key < index->keys ? index->first[key] : 0;
}

struct span dotnet_string(const struct dotnet *d, uint32_t index)
{
    uint64_t at = d->strings.at + index;
    if (index >= d->strings.size || !pe_image_has(d->img, at, 1))
        return (struct span){NULL, 0};
    struct span s = pe_image_text(d->img, at, TEXT_MOST + 1);
    bool ends = s.len <= TEXT_MOST && pe_image_has(d->img, at, (uint64_t)s.len + 1);
    return ends ? span_make(d->img->data.at + at, s.len) : (struct span){NULL, 0};
}

/* II.24.2.4. */
bool dotnet_blob(const struct dotnet *d, uint64_t at, struct span *bytes, uint64_t *next)
{
    struct reader r = reader_from(d->img->data, at);
    uint32_t first = reader_u8(&r), len = first;
    if ((first & 0xc0) == 0x80) {
        len = (first & 0x3f) << 8 | reader_u8(&r);
    } else if ((first & 0xe0) == 0xc0) {
        len = (first & 0x1f) << 24 | (uint32_t)reader_u8(&r) << 16;
        len |= reader_u16be(&r);
        if (reader_left(&r) == 0)
            return false; /* YARA wants a byte behind the length */
    } else if (first & 0x80) {
        return false;
    }
    *next = r.at;
    *bytes = reader_take(&r, len);
    return !r.bad;
}
