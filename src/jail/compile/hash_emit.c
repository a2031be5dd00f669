/* Hash signatures into sorted, bucketed tables; see match/hashes.c. */
#include "common/sort.h"
#include "jail/compile/image_emit.h"

#include <string.h>

enum { PER_BUCKET = 4 };

/* The tag is kept beside the pointer: sorting ten million of them must not touch each hash for each
 * comparison. */
struct tagged {
    uint64_t tag; /* the first 8 bytes, big-endian */
    const struct ir_hash *hash;
};

static int compare_hashes(const void *a, const void *b)
{
    const struct tagged *s = a, *t = b;
    if (s->tag != t->tag)
        return s->tag < t->tag ? -1 : 1;
    const struct ir_hash *x = s->hash, *y = t->hash;
    int order = memcmp(x->bytes, y->bytes, sizeof x->bytes);
    if (order == 0)
        order = (x->size > y->size) - (x->size < y->size);
    if (order == 0) /* equal lines keep the order of the sources */
        order = (x > y) - (x < y);
    return order;
}

static int compare_sizes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t tag_of(const struct ir_hash *h)
{
    struct reader r = reader_of(span_make(h->bytes, 8));
    return reader_u64be(&r);
}

static uint32_t power_at_least(uint64_t n)
{
    uint32_t p = 1;
    while (p < n && p < 1u << 30)
        p *= 2;
    return p;
}

static void put_starts(struct image_out *o, enum image_part part, const struct tagged *sorted,
                       uint32_t count)
{
    uint32_t buckets = power_at_least(count / PER_BUCKET + 1), at = 0;
    for (uint32_t b = 0; b < buckets; b++) {
        while (at < count && ((sorted[at].tag >> 32) * buckets >> 32) < b)
            at++;
        (void)image_append(o, part, &at);
    }
    (void)image_append(o, part, &count);
}

static void put_sizes(struct image_out *o, enum image_part part, const struct tagged *sorted,
                      uint32_t count)
{
    uint64_t *sizes = arena_array(o->arena, uint64_t, count);
    uint64_t *scratch = arena_array(o->arena, uint64_t, count);
    if (!sizes || !scratch) {
        o->bad = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        sizes[i] = sorted[i].hash->size;
    sort_items(sizes, scratch, count, sizeof *sizes, compare_sizes);
    for (uint32_t i = 0; i < count && sizes[i] != UINT64_MAX; i++)
        if (i == 0 || sizes[i] != sizes[i - 1])
            (void)image_append(o, part, &sizes[i]);
}

/* Hashes of one file come together mostly: its name is not looked up for each. */
struct last_file {
    bool is_known;
    uint32_t file, index;
};

static uint32_t index_of_file(struct image_out *o, const struct ir *ir, uint32_t file,
                              struct last_file *last)
{
    if (!last->is_known || last->file != file)
        *last = (struct last_file){true, file, image_named(o, IMAGE_FILES, ir->files[file])};
    return last->index;
}

static void put_one(struct image_out *o, const struct ir *ir, const struct tagged *t,
                    struct last_file *last)
{
    const struct ir_hash *h = t->hash;
    static const enum image_part rest[] = {IMAGE_MD5_REST, IMAGE_SHA1_REST, IMAGE_SHA256_REST};
    static const enum image_part tags[] = {IMAGE_MD5_TAGS, IMAGE_SHA1_TAGS, IMAGE_SHA256_TAGS};
    (void)image_append(o, tags[h->digest], &t->tag);
    (void)image_add(o, rest[h->digest], h->bytes + 8, crypto_digest_bytes(h->digest) - 8);
    struct image_hash row = {.size = h->size, .name = image_text_of(o, h->name), .line = h->line};
    if (h->is_allow)
        row.line |= IMAGE_HASH_ALLOW;
    if (h->file < ir->file_count)
        row.file = index_of_file(o, ir, h->file, last);
    (void)image_append(o, IMAGE_HASHES, &row);
    if (h->size == UINT64_MAX)
        o->hash_any |= 1u << h->digest;
    else if (h->size >= IMAGE_IMPORTS)
        o->hash_any |= IMAGE_HAS_IMPORTS;
    else if (h->size >= IMAGE_SECTION)
        o->hash_any |= IMAGE_HAS_SECTIONS;
    if (h->size == IMAGE_SECTION_ANY)
        o->hash_any |= 1u << (IMAGE_ANY_SECTION + h->digest);
}

static void put_digest(struct image_out *o, const struct ir *ir, enum digest d,
                       struct tagged *sorted)
{
    static const enum image_part sizes[] = {IMAGE_MD5_SIZES, IMAGE_SHA1_SIZES, IMAGE_SHA256_SIZES};
    static const enum image_part starts[] = {IMAGE_MD5_STARTS, IMAGE_SHA1_STARTS,
                                             IMAGE_SHA256_STARTS};
    uint32_t count = 0;
    for (uint32_t i = 0; i < ir->hash_count; i++)
        if (ir->hashes[i].digest == d)
            sorted[count++] = (struct tagged){tag_of(&ir->hashes[i]), &ir->hashes[i]};
    if (count == 0)
        return;
    sort_items(sorted, sorted + ir->hash_count, count, sizeof *sorted, compare_hashes);
    put_starts(o, starts[d], sorted, count);
    put_sizes(o, sizes[d], sorted, count);
    struct last_file last = {.is_known = false};
    for (uint32_t i = 0; i < count; i++)
        put_one(o, ir, &sorted[i], &last);
}

/* One bit a size, about one in eight set, so that most files end at one look. */
static void put_size_map(struct image_out *o, const struct ir *ir)
{
    uint32_t bits = power_at_least((uint64_t)ir->hash_count * 8 + 32);
    uint32_t *map = arena_array(o->arena, uint32_t, bits / 32);
    if (!map) {
        o->bad = true;
        return;
    }
    for (uint32_t i = 0; i < ir->hash_count; i++) {
        if (ir->hashes[i].size == UINT64_MAX)
            continue;
        uint32_t bit = image_size_bit(ir->hashes[i].size, bits);
        map[bit / 32] |= 1u << (bit % 32);
    }
    for (uint32_t i = 0; i < bits / 32; i++)
        (void)image_append(o, IMAGE_SIZES, &map[i]);
}

void image_hashes(struct image_out *o, const struct ir *ir)
{
    if (ir->hash_count == 0)
        return;
    /* the second half is the sort's scratch */
    struct tagged *sorted = arena_array(o->arena, struct tagged, (size_t)ir->hash_count * 2);
    if (!sorted) {
        o->bad = true;
        return;
    }
    for (unsigned d = 0; d < DIGEST_COUNT; d++)
        put_digest(o, ir, (enum digest)d, sorted);
    put_size_map(o, ir);
}
