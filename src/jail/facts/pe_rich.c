/* The Rich header that Microsoft's linker leaves before the PE header, and the path of the debug
 * symbols. An attacker typed every byte. Formats: the Rich header is undocumented, known from its
 * many descriptions ("DanS" and three paddings, then pairs of tool and count, all XORed with a key
 * that follows "Rich"); debug directory and CodeView records: PE/COFF specification, "Debug
 * Directory". */
#include "jail/facts/pe_functions.h"
#include "jail/facts/pe_parts.h"

#include <string.h>

enum {
    DOS_BYTES = 64,
    RICH_HEAD_BYTES = 16,
    RICH_ENTRY_BYTES = 8,
    DEBUG_BYTES = 28,
    DEBUG_CODEVIEW = 2,
    PATH_MOST = 1024, /* a longer path is none, as YARA */
};

#define DANS 0x536e6144u
#define RICH 0x68636952u

/* Looks at every fourth byte from `from` down to the end of the DOS header for value ^ key; 0:
 * none. */
static uint32_t find_down(struct pe_load *p, int64_t from, uint32_t value, uint32_t key)
{
    for (int64_t at = from; at >= DOS_BYTES; at -= 4) {
        uint32_t word;
        if (!pe_image_spend(p->img, 1) || !span_u32le(p->img->data, (uint64_t)at, &word))
            return 0;
        if ((word ^ key) == value)
            return (uint32_t)at;
    }
    return 0;
}

static void put_u32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

static bool set_rich(struct pe_load *p, uint32_t at, uint32_t len, uint32_t key)
{
    const struct fact *f = fact_item(p->root, PE_RICH_SIGNATURE);
    struct span raw = span_cut(p->img->data, at, len);
    uint8_t *clear = arena_alloc(p->arena, len, 1);
    uint32_t count = len < RICH_HEAD_BYTES ? 0 : (len - RICH_HEAD_BYTES) / RICH_ENTRY_BYTES;
    uint8_t *versions = arena_alloc(p->arena, count, 4);
    if (!clear || !versions)
        return false;
    struct reader r = reader_of(raw);
    for (uint32_t i = 0; i + 4 <= len; i += 4)
        put_u32(clear + i, reader_u32le(&r) ^ key);
    for (uint32_t i = 0; i < count; i++)
        memcpy(versions + (size_t)4 * i, clear + RICH_HEAD_BYTES + (size_t)RICH_ENTRY_BYTES * i, 4);
    fact_set_int(fact_item(f, PE_RICH_OFFSET), at);
    fact_set_int(fact_item(f, PE_RICH_LENGTH), len);
    fact_set_int(fact_item(f, PE_RICH_KEY), key);
    fact_set_span(fact_item(f, PE_RICH_RAW_DATA), raw);
    fact_set_span(fact_item(f, PE_RICH_CLEAR_DATA), span_make(clear, len));
    if (len >= RICH_HEAD_BYTES)
        fact_set_span(fact_item(f, PE_RICH_VERSION_DATA), span_make(versions, (size_t)4 * count));
    return true;
}

bool pe_load_rich(struct pe_load *p)
{
    uint32_t end = find_down(p, (int64_t)p->img->header_at - 4, RICH, 0), key = 0;
    if (end == 0 || !span_u32le(p->img->data, (uint64_t)end + 4, &key) || key == 0)
        return true;
    uint32_t start = find_down(p, (int64_t)end - 4, DANS, key);
    return start == 0 || set_rich(p, start, end - start, key);
}

/* Sums the counts of the entries that fit; UINT32_MAX + 1 stands for "any". */
#define ANY ((int64_t)1 << 32)

static struct fact count_tools(const struct module_call *c, int64_t version, int64_t tool)
{
    const struct fact *clear = fact_item(c->self, PE_RICH_CLEAR_DATA);
    if (clear->kind != FACT_STRING)
        return fact_undefined();
    struct reader r = reader_from(clear->s, RICH_HEAD_BYTES);
    int64_t sum = 0;
    while (reader_left(&r) >= RICH_ENTRY_BYTES) {
        uint32_t id = reader_u32le(&r), times = reader_u32le(&r);
        if ((version == ANY || version == (id & 0xffff)) && (tool == ANY || tool == id >> 16))
            sum += times;
    }
    return fact_of_int(sum);
}

struct fact pe_rich_version(struct module_call *c)
{
    return count_tools(c, c->args[0].i, ANY);
}

struct fact pe_rich_version_toolid(struct module_call *c)
{
    return count_tools(c, c->args[0].i, c->args[1].i);
}

struct fact pe_rich_toolid(struct module_call *c)
{
    return count_tools(c, ANY, c->args[0].i);
}

struct fact pe_rich_toolid_version(struct module_call *c)
{
    return count_tools(c, c->args[1].i, c->args[0].i);
}

/* Offset of the path inside a CodeView record, 0 for an unknown one. At least one byte of path must
 * fit. */
static uint32_t path_offset(uint32_t signature)
{
    switch (signature) {
    case 0x3031424e: /* NB10: offset, time, age */
        return 16;
    case 0x53445352: /* RSDS: GUID, age */
        return 24;
    case 0x434f544d: /* MTOC: GUID */
        return 20;
    default:
        return 0;
    }
}

/* The record of one debug entry: by address, else by file offset. False: no path. */
static bool read_codeview(struct pe_load *p, uint32_t rva, uint32_t raw)
{
    int64_t at = rva ? pe_image_offset(p->img, rva) : 0;
    if (at <= 0)
        at = raw;
    uint32_t signature = 0;
    if (at <= 0 || !pe_image_has(p->img, (uint64_t)at, 8))
        return false;
    (void)span_u32le(p->img->data, (uint64_t)at, &signature);
    uint32_t skip = path_offset(signature);
    if (skip == 0 || !pe_image_has(p->img, (uint64_t)at, skip + 1))
        return false;
    struct span path = pe_image_text(p->img, (uint64_t)at + skip, PATH_MOST);
    if (path.len >= PATH_MOST)
        return false;
    fact_set_span(fact_item(p->root, PE_PDB_PATH), path);
    return true;
}

bool pe_load_debug(struct pe_load *p)
{
    struct pe_rva_range dir;
    if (!pe_image_directory(p->img, PE_DIR_DEBUG, &dir) || dir.size == 0 || dir.rva == 0)
        return true;
    int64_t at = pe_image_offset(p->img, dir.rva);
    if (at < 0)
        return true;
    struct reader r = reader_from(p->img->data, (uint64_t)at);
    for (uint32_t i = 0; i < dir.size / DEBUG_BYTES && pe_image_spend(p->img, 1); i++) {
        reader_skip(&r, 12);
        uint32_t type = reader_u32le(&r);
        reader_skip(&r, 4);
        uint32_t rva = reader_u32le(&r), raw = reader_u32le(&r);
        if (r.bad || (type == DEBUG_CODEVIEW && read_codeview(p, rva, raw)))
            return true;
    }
    return true;
}
