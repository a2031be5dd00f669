/* Memory that dies all at once. In sanitizer builds each allocation is a heap block of its own, so
 * one byte past it is seen. */
#ifndef CANDOR_ARENA_H
#define CANDOR_ARENA_H

#include "common/reader.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

/* quota_bytes: what may be handed out in all; 0 means no bound of its own. NULL when out of memory.
 */
struct arena *arena_new(uint64_t quota_bytes);
void arena_free(struct arena *a);
/* Zeroed, aligned for any type; NULL past the quota, on overflow of count*size, or out of memory.
 * Never a NULL for count*size == 0. */
void *arena_alloc(struct arena *a, size_t count, size_t size);
/* Gives everything back but keeps the largest block of up to 4 MiB for reuse. */
void arena_reset(struct arena *a);
/* Bytes handed out since new or reset. */
uint64_t arena_used(const struct arena *a);
/* A copy with a NUL behind it; .at is NULL when out of memory. */
struct span arena_copy(struct arena *a, struct span s);
/* Grows an array kept in an arena: *items holds *cap items of `size` bytes, at least `need` are
 * wanted. Doubles; the old block stays in the arena. False when out of memory. */
bool arena_grow(struct arena *a, void **items, uint32_t *cap, uint32_t need, size_t size);

#define arena_new_of(a, type) ((type *)arena_alloc((a), 1, sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_alloc((a), (count), sizeof(type)))

#endif
