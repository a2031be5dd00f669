/* Arena: chained blocks, bump allocation. */
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

enum { BLOCK_BYTES = 64 * 1024, ALIGN = 16 };

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
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        if (!ONE_BLOCK_EACH && !next && b->size == BLOCK_BYTES)
            keep = b;
        else
            free(b);
    }
    if (keep) {
        memset(keep->bytes, 0, keep->used);
        keep->used = 0;
        keep->next = NULL;
    }
    a->blocks = keep;
    a->used = 0;
}

static struct block *add_block(struct arena *a, size_t need)
{
    size_t size = ONE_BLOCK_EACH || need > BLOCK_BYTES ? need : BLOCK_BYTES;
    struct block *b = calloc(1, sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
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
    if (!b || ONE_BLOCK_EACH || b->size - b->used < need)
        b = add_block(a, need);
    if (!b)
        return NULL;
    void *p = b->bytes + b->used;
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
