/* A PE's version resources, down to their strings. Hostile bytes: the object's. Formats: "PE
 * Format", "The .rsrc Section"; VS_VERSIONINFO, StringFileInfo, StringTable and String of winver.h.
 * *Observed* with clamscan 1.4.6: the first 16 resources of the first numbered type 16; of each the
 * string tables of its one StringFileInfo, before which one VarFileInfo may stand; a string counts
 * when it has a value; borders of four bytes count from the block; a bad length ends all. */
#include "jail/match/clam_version.h"

#include "common/limits.h"

enum {
    TYPE_VERSION = 16,
    RESOURCES_MOST = 16,
    DIRECTORY_BYTES = 16,
    ENTRY_BYTES = 8,
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

#define SUBDIRECTORY 0x80000000u

struct walk {
    struct source *source;
    const struct clam_exe *exe;
    struct arena *arena;
    struct clam_version *out;
    uint64_t leaves[RESOURCES_MOST]; /* addresses of data entries */
    uint32_t count;
    bool bad;
};

/* File offset of an address; false: it is nowhere in the file. */
static bool place(const struct walk *w, uint64_t rva, uint64_t *at)
{
    const struct clam_exe *exe = w->exe;
    if (rva < exe->headers) {
        *at = rva;
        return rva < w->source->size;
    }
    for (uint32_t i = exe->count; i-- > 0;) {
        uint64_t from = exe->sections[i].address;
        if (from > rva || rva - from >= exe->sections[i].len)
            continue;
        *at = exe->sections[i].at + (rva - from);
        return true;
    }
    return false;
}

static struct reader at_place(const struct walk *w, uint64_t at, uint64_t len)
{
    return reader_of(source_view(w->source, at, len));
}

static uint32_t u32_at(const struct walk *w, uint64_t at, bool *ok)
{
    struct reader r = at_place(w, at, 4);
    uint32_t n = reader_u32le(&r);
    *ok = *ok && !r.bad;
    return n;
}

/* A directory of resources: how many entries, and where they begin. */
struct directory {
    uint64_t at;
    uint32_t named, numbered;
};

static bool directory(const struct walk *w, uint64_t offset, struct directory *d)
{
    uint64_t at;
    if (!place(w, w->exe->resources + offset, &at))
        return false;
    struct reader r = at_place(w, at, DIRECTORY_BYTES);
    reader_skip(&r, 12);
    d->named = reader_u16le(&r);
    d->numbered = reader_u16le(&r);
    d->at = at + DIRECTORY_BYTES;
    return !r.bad;
}

/* The languages of one name. */
static bool languages(struct walk *w, uint32_t offset)
{
    struct directory d;
    bool ok = true;
    if (!directory(w, offset & ~SUBDIRECTORY, &d))
        return false;
    for (uint32_t i = 0; i < d.named + d.numbered; i++) {
        uint32_t to = u32_at(w, d.at + (uint64_t)i * ENTRY_BYTES + 4, &ok);
        if (!ok || w->count == RESOURCES_MOST)
            return false;
        if (!(to & SUBDIRECTORY))
            w->leaves[w->count++] = w->exe->resources + to;
    }
    return true;
}

static void names(struct walk *w, uint32_t offset)
{
    struct directory d;
    bool ok = directory(w, offset & ~SUBDIRECTORY, &d);
    for (uint32_t i = 0; ok && i < d.named + d.numbered; i++) {
        uint32_t to = u32_at(w, d.at + (uint64_t)i * ENTRY_BYTES + 4, &ok);
        if (ok && (to & SUBDIRECTORY))
            ok = languages(w, to);
    }
}

/* Types with names stand before those with numbers. */
static void types(struct walk *w)
{
    struct directory d;
    bool ok = directory(w, 0, &d);
    for (uint32_t i = 0; ok && i < d.numbered; i++) {
        uint64_t at = d.at + (uint64_t)(d.named + i) * ENTRY_BYTES;
        uint32_t type = u32_at(w, at, &ok), to = u32_at(w, at + 4, &ok);
        if (ok && type == TYPE_VERSION && (to & SUBDIRECTORY)) {
            names(w, to);
            return;
        }
    }
}

static bool has_key(const struct walk *w, uint64_t block, const char *key, uint32_t bytes)
{
    struct reader r = at_place(w, block + BLOCK_BYTES, bytes);
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
    struct reader r = at_place(w, at, len);
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
        uint32_t len = align(u32_at(w, at, &ok) & 0xffff);
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
        uint32_t len = u32_at(w, at, &ok) & 0xffff;
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
        uint32_t len = u32_at(w, at, &ok) & 0xffff;
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
    bool ok = place(w, leaf, &entry);
    uint64_t rva = ok ? u32_at(w, entry, &ok) : 0, size = ok ? u32_at(w, entry + 4, &ok) : 0;
    if (!ok || !place(w, rva, &at))
        return;
    if (size > w->source->size - at)
        size = w->source->size - at;
    uint32_t head = u32_at(w, at, &ok), len = head & 0xffff;
    if (!ok || size <= 4 || len > size || len <= ROOT_BYTES || head >> 16 != FIXED_BYTES ||
        !has_key(w, at, "VS_VERSION_INFO", ROOT_KEY) || u32_at(w, at + FIXED_AT, &ok) != 0xfeef04bd)
        return;
    blocks(w, at + ROOT_BYTES, len - ROOT_BYTES);
}

bool clam_version_read(struct source *s, const struct clam_exe *exe, struct arena *a,
                       struct clam_version *out)
{
    struct walk w = {.source = s, .exe = exe, .arena = a, .out = out};
    *out = (struct clam_version){0};
    if (exe->resources)
        types(&w);
    for (uint32_t i = 0; i < w.count; i++)
        resource(&w, w.leaves[i]);
    return !w.bad;
}
