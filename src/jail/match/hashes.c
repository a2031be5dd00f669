/* Hash tables of an image. A value's first 8 bytes are its tag; tags are sorted and their leading
 * bits choose a bucket, so the part that every look-up touches is 8 bytes a signature and 4 a
 * bucket. The rest of a value is read only when its tag is met. */
#include "jail/match/hashes.h"

#include "jail/facts/pe_functions.h"
#include "jail/match/clam_facts.h"

#include <string.h>

enum { BYTES_A_STEP = 64 };

static const struct {
    enum image_part sizes, starts, tags, rest;
} tables[DIGEST_COUNT] = {
    [DIGEST_MD5] = {IMAGE_MD5_SIZES, IMAGE_MD5_STARTS, IMAGE_MD5_TAGS, IMAGE_MD5_REST},
    [DIGEST_SHA1] = {IMAGE_SHA1_SIZES, IMAGE_SHA1_STARTS, IMAGE_SHA1_TAGS, IMAGE_SHA1_REST},
    [DIGEST_SHA256] = {IMAGE_SHA256_SIZES, IMAGE_SHA256_STARTS, IMAGE_SHA256_TAGS,
                       IMAGE_SHA256_REST},
};

static bool is_power(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static bool table_ok(const struct ruleset *r, enum digest d)
{
    uint32_t count = r->counts[tables[d].tags], starts = r->counts[tables[d].starts];
    if (r->counts[tables[d].rest] != count)
        return false;
    if (count == 0)
        return starts == 0;
    if (starts < 2 || !is_power(starts - 1))
        return false;
    uint32_t last = 0;
    for (uint32_t i = 0; i < starts; i++) {
        uint32_t at = ruleset_u32(r, tables[d].starts, i);
        if (at < last || at > count)
            return false;
        last = at;
    }
    return last == count;
}

enum err hashes_check(const struct ruleset *r, struct why *why)
{
    uint64_t sum = 0;
    for (unsigned d = 0; d < DIGEST_COUNT; d++) {
        if (!table_ok(r, (enum digest)d))
            return fail(why, ERR_IMAGE, "the image's hash tables are damaged");
        sum += r->counts[tables[d].tags];
    }
    uint32_t words = r->counts[IMAGE_SIZES];
    if (sum != r->counts[IMAGE_HASHES] || (words != 0 && (!is_power(words) || words > 1u << 26)))
        return fail(why, ERR_IMAGE, "the image's hash tables do not fit each other");
    for (uint32_t i = 0; i < r->counts[IMAGE_HASHES]; i++) {
        struct image_hash h;
        (void)ruleset_read(r, IMAGE_HASHES, i, &h);
        if ((uint64_t)h.name.at + h.name.len > r->parts[IMAGE_TEXT].len ||
            h.file >= r->counts[IMAGE_FILES])
            return fail(why, ERR_IMAGE, "hash signature %u is damaged", i);
    }
    return ERR_NONE;
}

static bool has_size(const struct ruleset *r, enum image_part part, uint64_t size)
{
    uint32_t low = 0, left = r->counts[part];
    while (left > 1) { /* without a branch on what was read */
        uint32_t half = left / 2;
        low += ruleset_u64(r, part, low + half) <= size ? half : 0;
        left -= half;
    }
    return left == 1 && ruleset_u64(r, part, low) == size;
}

/* Bit per digest worth computing for this size; `any`: those wanted whatever it is. */
static unsigned wanted(const struct ruleset *r, uint64_t size, unsigned any)
{
    unsigned want = any & ((1u << DIGEST_COUNT) - 1);
    uint32_t words = r->counts[IMAGE_SIZES];
    if (words == 0)
        return want;
    uint32_t bit = image_size_bit(size, words * 32);
    if (!((ruleset_u32(r, IMAGE_SIZES, bit / 32) >> (bit % 32)) & 1))
        return want;
    for (unsigned d = 0; d < DIGEST_COUNT; d++)
        if (has_size(r, tables[d].sizes, size))
            want |= 1u << d;
    return want;
}

/* A stretch of an object. */
struct part {
    struct source *source;
    uint64_t at, len;
    const uint8_t *md5; /* when it is known */
};

static bool digest_of(const struct part *p, enum digest d, uint8_t *out)
{
    if (d == DIGEST_MD5 && p->md5) {
        memcpy(out, p->md5, crypto_digest_bytes(d));
        return true;
    }
    if (source_in_memory(p->source))
        return crypto_digest(d, source_view(p->source, p->at, p->len), out);
    struct hasher *h = crypto_hasher_new(d);
    uint64_t at = p->at, end = p->at + p->len;
    bool ok = h != NULL;
    while (ok && at < end) {
        uint64_t len = end - at < LIMIT_VIEW_BYTES ? end - at : LIMIT_VIEW_BYTES;
        struct span view = source_view(p->source, at, len);
        ok = view.len > 0 && crypto_hasher_add(h, view);
        at += view.len;
    }
    ok = ok && crypto_hasher_end(h, out);
    crypto_hasher_free(h);
    return ok;
}

struct look {
    const struct ruleset *rules;
    uint64_t size, any; /* as records have them */
    void (*found)(void *ctx, uint32_t index);
    void *ctx;
};

static void look_up(const struct look *l, enum digest d, const uint8_t *value)
{
    const struct ruleset *r = l->rules;
    struct reader bytes = reader_of(span_make(value, 8));
    uint64_t tag = reader_u64be(&bytes);
    uint32_t buckets = r->counts[tables[d].starts] - 1; /* a power of two: checked */
    uint32_t bucket = (uint32_t)((tag >> 32) * buckets >> 32);
    uint32_t at = ruleset_u32(r, tables[d].starts, bucket);
    uint32_t end = ruleset_u32(r, tables[d].starts, bucket + 1);
    uint32_t base = 0;
    for (unsigned k = 0; k < d; k++)
        base += r->counts[tables[k].tags];
    size_t rest_bytes = crypto_digest_bytes(d) - 8;
    struct span rest = span_make(value + 8, rest_bytes);
    for (; at < end; at++) {
        struct image_hash h;
        if (ruleset_u64(r, tables[d].tags, at) != tag ||
            !span_equal(span_cut(r->parts[tables[d].rest], at * rest_bytes, rest_bytes), rest))
            continue;
        (void)ruleset_read(r, IMAGE_HASHES, base + at, &h);
        if (h.size == l->any || h.size == l->size)
            l->found(l->ctx, base + at);
    }
}

static bool look_at(const struct look *l, const struct part *p, unsigned want,
                    struct budget *budget)
{
    for (unsigned d = 0; d < DIGEST_COUNT; d++) {
        uint8_t value[DIGEST_MAX_BYTES];
        if (!(want & (1u << d)) || l->rules->counts[tables[d].tags] == 0)
            continue;
        if (!budget_steps(budget, p->len / BYTES_A_STEP) || !digest_of(p, (enum digest)d, value))
            return false;
        look_up(l, (enum digest)d, value);
    }
    return true;
}

bool hashes_want_md5(const struct ruleset *r, uint64_t size)
{
    return r->counts[IMAGE_MD5_TAGS] > 0 && (wanted(r, size, r->head.hash_any) >> DIGEST_MD5 & 1);
}

bool hashes_scan(const struct ruleset *r, struct object *o, struct budget *budget,
                 void (*found)(void *ctx, uint32_t index), void *ctx)
{
    struct source *s = &o->source;
    struct look l = {.rules = r, .size = s->size, .any = UINT64_MAX, .found = found, .ctx = ctx};
    struct part whole = {s, 0, s->size, o->md5};
    /* An MD5 that is known costs one look, whatever its size; the records have theirs. */
    unsigned known = o->md5 ? 1u << DIGEST_MD5 : 0;
    if (known && r->counts[IMAGE_SHA1_TAGS] + r->counts[IMAGE_SHA256_TAGS] == 0)
        return look_at(&l, &whole, known, budget);
    return look_at(&l, &whole, known | wanted(r, s->size, r->head.hash_any), budget);
}

bool hashes_sections(const struct ruleset *r, struct object *o, struct budget *budget,
                     void (*found)(void *ctx, uint32_t index), void *ctx)
{
    struct look l = {.rules = r, .any = IMAGE_SECTION_ANY, .found = found, .ctx = ctx};
    struct clam_exe exe;
    if (!(r->head.hash_any & IMAGE_HAS_SECTIONS) || clam_target_of(o) != CLAM_PE ||
        !clam_exe_read(o, &exe))
        return true;
    for (uint32_t i = 0; i < exe.count; i++) {
        struct part section = {&o->source, exe.sections[i].at, exe.sections[i].len, NULL};
        if (section.len == 0)
            continue;
        l.size = section.len + IMAGE_SECTION;
        if (!look_at(&l, &section, wanted(r, l.size, r->head.hash_any >> IMAGE_ANY_SECTION),
                     budget))
            return false;
    }
    return true;
}

bool hashes_imports(const struct ruleset *r, struct object *o, struct arena *arena,
                    void (*found)(void *ctx, uint32_t index), void *ctx)
{
    struct look l = {.rules = r, .any = IMAGE_IMPORTS_ANY, .found = found, .ctx = ctx};
    uint8_t value[DIGEST_MAX_BYTES];
    uint64_t len;
    if (!(r->head.hash_any & IMAGE_HAS_IMPORTS) || r->counts[IMAGE_MD5_TAGS] == 0 ||
        clam_target_of(o) != CLAM_PE)
        return true;
    const struct module *pe = module_find(SPAN_OF("pe"));
    struct fact *root = pe ? module_struct(arena, pe->fields) : NULL;
    if (!root || !pe->load(o, arena, root, (struct span){NULL, 0}))
        return false;
    if (!pe_import_digest(root, value, &len))
        return true;
    l.size = IMAGE_IMPORTS + len;
    look_up(&l, DIGEST_MD5, value);
    return true;
}
