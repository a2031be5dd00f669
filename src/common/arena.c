/* Arena: chained blocks, bump allocation. Blocks begin small and double, because most arenas hold a
 * few hundred bytes; what is handed out is zeroed then, not the block, so that pages that are never
 * used are never touched. */
#include "common/arena.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ONE_BLOCK_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BLOCK_EACH 1
#endif
#endif
#ifndef ONE_BLOCK_EACH
#define ONE_BLOCK_EACH 0
#endif

enum {
    FIRST_BYTES = 2048, /* of the first block */
    BLOCK_BYTES = 256 * 1024,
    KEPT_BYTES = 4 * 1024 * 1024, /* a reset keeps one block of at most this size */
    CLEAN_BYTES = 128 * 1024,     /* calloc gets these from the kernel, which zeroes them */
    ALIGN = 16
};

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGN) uint8_t bytes[];
};

struct arena {
    struct block *blocks; /* newest first */
    uint64_t quota, used;
};

struct arena *arena_new(uint64_t quota_bytes)
{
    struct arena *a = calloc(1, sizeof *a);
    if (a)
        a->quota = quota_bytes ? quota_bytes : UINT64_MAX;
    return a;
}

static void free_blocks(struct block *b)
{
    while (b) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    free_blocks(a->blocks);
    free(a);
}

void arena_reset(struct arena *a)
{
    struct block *keep = NULL;
    for (struct block *b = a->blocks; b && !ONE_BLOCK_EACH; b = b->next)
        if (b->size <= KEPT_BYTES && (!keep || b->size > keep->size))
            keep = b;
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (b != keep)
            free(b);
    }
    if (keep) {
        keep->used = 0;
        keep->next = NULL;
    }
    a->blocks = keep;
    a->used = 0;
}

/* *clean: its bytes are zero. */
static struct block *add_block(struct arena *a, size_t need, bool *clean)
{
    size_t size = a->blocks ? a->blocks->size : FIRST_BYTES / 2;
    size = size > BLOCK_BYTES / 2 ? BLOCK_BYTES : 2 * size;
    if (ONE_BLOCK_EACH || need > size)
        size = need;
    *clean = need >= CLEAN_BYTES || ONE_BLOCK_EACH;
    struct block *b = *clean ? calloc(1, sizeof *b + size) : malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
    b->used = 0;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    size_t need = bytes ? bytes : 1;
    if (!ONE_BLOCK_EACH)
        need = (need + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (need > a->quota - a->used)
        return NULL;
    struct block *b = a->blocks;
    bool clean = false;
    if (!b || ONE_BLOCK_EACH || b->size - b->used < need)
        b = add_block(a, need, &clean);
    if (!b)
        return NULL;
    void *p = b->bytes + b->used;
    if (!clean)
        memset(p, 0, bytes);
    b->used += need;
    a->used += need;
    return p;
}

uint64_t arena_used(const struct arena *a)
{
    return a->used;
}

struct span arena_copy(struct arena *a, struct span s)
{
    uint8_t *p = arena_alloc(a, s.len + 1, 1);
    if (!p)
        return (struct span){NULL, 0};
    if (s.len)
        memcpy(p, s.at, s.len);
    return (struct span){p, s.len};
}

bool arena_grow(struct arena *a, void **items, uint32_t *cap, uint32_t need, size_t size)
{
    if (need <= *cap)
        return true;
    uint32_t want = *cap < 8 ? 8 : *cap;
    while (want < need) {
        if (want > UINT32_MAX / 2)
            return false;
        want *= 2;
    }
    void *p = arena_alloc(a, want, size);
    if (!p)
        return false;
    if (*cap)
        memcpy(p, *items, *cap * size);
    *items = p;
    *cap = want;
    return true;
}
