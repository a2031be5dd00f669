/* Hash map from borrowed byte strings to a number; for compilers and walks. Its memory is an
 * arena's. */
#ifndef CANDOR_MAP_H
#define CANDOR_MAP_H

#include "common/arena.h"

struct map;

/* NULL when out of memory. Lives and dies with the arena. */
struct map *map_new(struct arena *a);
/* Sets key (borrowed for the map's life) to value; false when out of memory. */
bool map_put(struct map *m, struct span key, uint64_t value);
/* False when there is no such key. */
bool map_find(const struct map *m, struct span key, uint64_t *value);
uint32_t map_count(const struct map *m);
/* FNV-1a with a final mix; stable across machines, so it may decide layouts, never security. */
uint64_t map_hash(struct span key);

#endif
