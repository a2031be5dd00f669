/* Open addressing, linear probing, load at most 1/2. */
#include "common/map.h"

struct slot {
    struct span key;
    uint64_t value;
    bool used;
};

struct map {
    struct arena *arena;
    struct slot *slots;
    uint32_t cap, count; /* cap is a power of two */
};

uint64_t map_hash(struct span key)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ span_byte(key, i)) * 0x100000001b3u;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

struct map *map_new(struct arena *a)
{
    struct map *m = arena_new_of(a, struct map);
    if (!m)
        return NULL;
    m->arena = a;
    m->cap = 64;
    m->slots = arena_array(a, struct slot, m->cap);
    return m->slots ? m : NULL;
}

static struct slot *slot_for(struct slot *slots, uint32_t cap, struct span key)
{
    uint32_t i = (uint32_t)map_hash(key) & (cap - 1);
    while (slots[i].used && !span_equal(slots[i].key, key))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static bool grow(struct map *m)
{
    uint32_t cap = m->cap * 2;
    struct slot *slots = arena_array(m->arena, struct slot, cap);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < m->cap; i++)
        if (m->slots[i].used)
            *slot_for(slots, cap, m->slots[i].key) = m->slots[i];
    m->slots = slots;
    m->cap = cap;
    return true;
}

bool map_put(struct map *m, struct span key, uint64_t value)
{
    if (m->count >= m->cap / 2 && !grow(m))
        return false;
    struct slot *s = slot_for(m->slots, m->cap, key);
    if (!s->used)
        m->count++;
    *s = (struct slot){key, value, true};
    return true;
}

bool map_find(const struct map *m, struct span key, uint64_t *value)
{
    const struct slot *s = slot_for(m->slots, m->cap, key);
    if (!s->used)
        return false;
    *value = s->value;
    return true;
}

uint32_t map_count(const struct map *m)
{
    return m->count;
}
