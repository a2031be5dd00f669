/* A PE's version resources, down to their strings. Hostile bytes: the object's. Formats:
 * VS_VERSIONINFO, StringFileInfo, StringTable and String of winver.h. *Observed* with clamscan
 * 1.4.6: the first 16 resources of type 16; of each the string tables of its one StringFileInfo,
 * before which one VarFileInfo may stand; a string counts when it has a value; borders of four
 * bytes count from the block; a bad length ends all. */
#include "jail/match/clam_version.h"

#include "common/limits.h"
#include "jail/match/clam_resources.h"

enum {
    TYPE_VERSION = 16,
    RESOURCES_MOST = 16,
    BLOCK_BYTES = 6, /* length, value's length, kind */
    ROOT_BYTES = 92, /* up to the first block in it */
    ROOT_KEY = 32,
    FIXED_AT = 40,
    FIXED_BYTES = 52,
    STRINGS_KEY = 30, /* "StringFileInfo" and its NUL */
    VARS_KEY = 24,    /* "VarFileInfo" and its NUL */
    TABLE_BYTES = 24, /* a block, eight digits, a NUL */
    STRING_LEAST = 17
};

struct walk {
    struct clam_pe pe;
    struct arena *arena;
    struct clam_version *out;
    uint64_t leaves[RESOURCES_MOST]; /* addresses of data entries */
    uint32_t count;
    bool bad;
};

static bool on_leaf(void *ctx, uint32_t name, uint64_t entry_rva)
{
    struct walk *w = ctx;
    (void)name; /* any */
    w->leaves[w->count++] = entry_rva;
    return w->count < RESOURCES_MOST;
}

static bool has_key(const struct walk *w, uint64_t block, const char *key, uint32_t bytes)
{
    struct reader r = reader_of(source_view(w->pe.source, block + BLOCK_BYTES, bytes));
    struct span text = span_text(key);
    bool same = true;
    for (size_t i = 0; i < bytes / 2; i++)
        same = reader_u16le(&r) == span_byte(text, i) && same; /* 0 behind the last letter */
    return same && !r.bad;
}

static uint32_t align(uint32_t n)
{
    return (n + 3) & ~UINT32_C(3);
}

/* Bytes of a string's block up to its value. */
static uint32_t key_bytes(const struct walk *w, uint64_t at, uint32_t len)
{
    struct reader r = reader_of(source_view(w->pe.source, at, len));
    reader_skip(&r, BLOCK_BYTES);
    while (r.at + 1 < len && !r.bad && reader_u16le(&r) != 0)
        continue;
    return r.bad ? len : align((uint32_t)r.at);
}

static void add(struct walk *w, uint64_t at)
{
    void *items = w->out->places;
    if (w->out->count == LIMIT_CLAM_VERSIONS || w->bad)
        return;
    if (!arena_grow(w->arena, &items, &w->out->cap, w->out->count + 1, sizeof at)) {
        w->bad = true;
        return;
    }
    w->out->places = items;
    w->out->places[w->out->count++] = at;
}

/* The strings of one table; false: a bad length. */
static bool strings(struct walk *w, uint64_t at, uint32_t left)
{
    while (left > BLOCK_BYTES) {
        bool ok = true;
        uint32_t len = align(clam_pe_u32(&w->pe, at, &ok) & 0xffff);
        if (!ok || len > left || len < STRING_LEAST)
            return false;
        uint32_t key = key_bytes(w, at, len);
        if (key < len && len - key > 2)
            add(w, at + BLOCK_BYTES);
        at += len;
        left -= len;
    }
    return true;
}

static void tables(struct walk *w, uint64_t at, uint32_t left)
{
    while (left > BLOCK_BYTES) {
        bool ok = true;
        uint32_t len = clam_pe_u32(&w->pe, at, &ok) & 0xffff;
        if (!ok || len > left || len <= TABLE_BYTES ||
            !strings(w, at + TABLE_BYTES, len - TABLE_BYTES))
            return;
        at += len;
        left -= len;
    }
}

/* What lies behind the fixed part of a version resource. */
static void blocks(struct walk *w, uint64_t at, uint32_t left)
{
    for (int i = 0; i < 2 && left > BLOCK_BYTES; i++) {
        bool ok = true;
        uint32_t len = clam_pe_u32(&w->pe, at, &ok) & 0xffff;
        if (!ok || len > left)
            return;
        if (len > BLOCK_BYTES + STRINGS_KEY && has_key(w, at, "StringFileInfo", STRINGS_KEY)) {
            tables(w, at + BLOCK_BYTES + STRINGS_KEY, len - BLOCK_BYTES - STRINGS_KEY);
            return;
        }
        if (len <= BLOCK_BYTES + VARS_KEY || !has_key(w, at, "VarFileInfo", VARS_KEY))
            return;
        at += len;
        left -= len;
    }
}

static void resource(struct walk *w, uint64_t leaf)
{
    uint64_t entry, at;
    bool ok = clam_pe_place(&w->pe, leaf, &entry);
    uint64_t rva = ok ? clam_pe_u32(&w->pe, entry, &ok) : 0,
             size = ok ? clam_pe_u32(&w->pe, entry + 4, &ok) : 0;
    if (!ok || !clam_pe_place(&w->pe, rva, &at))
        return;
    if (size > w->pe.source->size - at)
        size = w->pe.source->size - at;
    uint32_t head = clam_pe_u32(&w->pe, at, &ok), len = head & 0xffff;
    if (!ok || size <= 4 || len > size || len <= ROOT_BYTES || head >> 16 != FIXED_BYTES ||
        !has_key(w, at, "VS_VERSION_INFO", ROOT_KEY) ||
        clam_pe_u32(&w->pe, at + FIXED_AT, &ok) != 0xfeef04bd)
        return;
    blocks(w, at + ROOT_BYTES, len - ROOT_BYTES);
}

bool clam_version_read(struct source *s, const struct clam_exe *exe, struct arena *a,
                       struct clam_version *out)
{
    struct walk w = {.pe = {s, exe}, .arena = a, .out = out};
    struct clam_resources asked = {
        .type = TYPE_VERSION, .any_name = true, .found = on_leaf, .ctx = &w};
    *out = (struct clam_version){0};
    clam_resources(&w.pe, &asked);
    for (uint32_t i = 0; i < w.count; i++)
        resource(&w, w.leaves[i]);
    return !w.bad;
}
