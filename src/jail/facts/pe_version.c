/* Version resources: VS_VERSIONINFO and its string tables. An attacker typed every byte.
 * Format: VS_VERSIONINFO, StringFileInfo, StringTable, String of winver's documentation: blocks of
 * length, value length, type, UTF-16 key, then the value on a 4-byte border. */
#include "jail/facts/pe_parts.h"

enum {
    BLOCK_BYTES = 6,
    FIXED_BYTES = 86, /* from the key to VarFileInfo or StringFileInfo: key and VS_FIXEDFILEINFO */
    STRING_INFO_BYTES = 30, /* key "StringFileInfo" */
    KEY_MOST = 63,
    VALUE_MOST = 255,
};

/* `at` plus `n` rounded up to 4: the padding is relative to the block, not to the file (observed).
 */
static uint64_t past(uint64_t at, uint64_t n)
{
    return at + ((n + 3) & ~(uint64_t)3);
}

struct block {
    uint64_t at;
    uint32_t length, value_length;
};

static bool read_block(const struct pe_image *img, uint64_t at, struct block *b)
{
    struct reader r = reader_from(img->data, at);
    b->at = at;
    b->length = reader_u16le(&r);
    b->value_length = reader_u16le(&r);
    reader_skip(&r, 2);
    return !r.bad && b->length != 0;
}

/* True when the UTF-16 text at `at` is `key` and its NUL. */
static bool has_key(const struct pe_image *img, uint64_t at, const char *key)
{
    struct span text = span_text(key);
    struct reader r = reader_from(img->data, at);
    bool same = true;
    for (size_t i = 0; i <= text.len; i++)
        same = reader_u16le(&r) == span_byte(text, i) && same;
    return same && !r.bad;
}

/* Units of UTF-16 before its NUL; false when none follows in the file. */
static bool wide_length(struct pe_image *img, uint64_t at, uint64_t *units)
{
    struct reader r = reader_from(img->data, at);
    *units = 0;
    while (reader_u16le(&r) != 0)
        (*units)++;
    return pe_image_spend(img, *units / 8 + 1) && !r.bad;
}

/* The low bytes of UTF-16, as YARA shows them. */
static struct span narrow(struct pe_load *p, uint64_t at, uint32_t most)
{
    uint8_t *out = arena_alloc(p->arena, most + 1, 1);
    if (!out)
        return (struct span){NULL, 0};
    struct reader r = reader_from(p->img->data, at);
    uint32_t n = 0;
    for (uint8_t c; n < most && (c = (uint8_t)reader_u16le(&r)) != 0; n++)
        out[n] = c;
    return span_make(out, n);
}

static bool add_string(struct pe_load *p, struct pe_versions *v, const struct block *b,
                       uint64_t value_at)
{
    struct fact *dict = fact_item(p->root, PE_VERSION_INFO);
    /* The dictionary is searched from its start. */
    if (v->list.count >= LIMIT_PE_VERSION_INFOS || !pe_image_spend(p->img, dict->dict.count + 1))
        return true;
    struct span key = narrow(p, b->at + BLOCK_BYTES, KEY_MOST);
    struct span value = narrow(p, value_at, b->value_length ? VALUE_MOST : 0);
    const struct fact *f = fact_list_add(&v->list);
    if (!f || !key.at || !value.at)
        return false;
    fact_set_span(fact_item(f, PE_VERSION_KEY), key);
    fact_set_span(fact_item(f, PE_VERSION_VALUE), value);
    return fact_dict_put(dict, p->arena, &v->dict_cap, key, value);
}

/* The strings of one table, up to where the table ends. */
static bool read_strings(struct pe_load *p, struct pe_versions *v, uint64_t at, uint64_t end)
{
    struct block b;
    uint64_t units, value_units;
    while (at < end && pe_image_spend(p->img, 1) && read_block(p->img, at, &b) &&
           wide_length(p->img, at + BLOCK_BYTES, &units)) {
        uint64_t value_at = past(at, BLOCK_BYTES + 2 * (units + 1));
        if (wide_length(p->img, value_at, &value_units) && !add_string(p, v, &b, value_at))
            return false;
        at = past(at, b.length);
    }
    return true;
}

static bool read_tables(struct pe_load *p, struct pe_versions *v, uint64_t at, uint64_t end)
{
    struct block b;
    uint64_t units;
    while (at < end && pe_image_spend(p->img, 1) && read_block(p->img, at, &b) &&
           wide_length(p->img, at + BLOCK_BYTES, &units)) {
        uint64_t next = past(at, b.length);
        if (!read_strings(p, v, past(at, BLOCK_BYTES + 2 * (units + 1)), next))
            return false;
        at = next;
    }
    return true;
}

bool pe_version_add(struct pe_load *p, struct pe_versions *v, int64_t start)
{
    uint64_t at = (uint64_t)start;
    struct block b;
    if (!has_key(p->img, at + BLOCK_BYTES, "VS_VERSION_INFO"))
        return true;
    at = past(at, BLOCK_BYTES + FIXED_BYTES);
    while (has_key(p->img, at + BLOCK_BYTES, "VarFileInfo") && read_block(p->img, at, &b) &&
           pe_image_spend(p->img, 1))
        at = past(at, b.length);
    while (has_key(p->img, at + BLOCK_BYTES, "StringFileInfo") && read_block(p->img, at, &b) &&
           pe_image_spend(p->img, 1)) {
        uint64_t next = past(at, b.length);
        if (!read_tables(p, v, past(at, BLOCK_BYTES + STRING_INFO_BYTES), next))
            return false;
        at = next;
    }
    return true;
}
