/* Finding strings in an object: a file, or the regions of a process. */
#ifndef CANDOR_OBJECT_SEARCH_H
#define CANDOR_OBJECT_SEARCH_H

#include "jail/match/search.h"
#include "jail/object/object.h"

struct object_search {
    struct search *search;
    const uint32_t *strings;
    uint32_t count;
    struct arena *arena;
    struct budget *budget;
};

/* As search_strings. Of a process each region is looked at by itself, as YARA does: nothing matches
 * across the border of two, and offsets are addresses. A region that cannot be read whole is noted
 * in the object's memory. */
bool object_strings(const struct object_search *f, struct object *o, struct hits *hits);

#endif
