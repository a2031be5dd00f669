/* The memory of a process as an object: its source's offsets are addresses, with holes between the
 * regions. The list of regions comes from the opener, the bytes from a stranger's program. */
#ifndef CANDOR_MEMORY_H
#define CANDOR_MEMORY_H

#include "common/channel.h"
#include "jail/object/object.h"

struct memory {
    const struct batch_region *regions; /* by rising address, apart; borrowed */
    uint32_t count;
    uint64_t bytes;     /* of all regions */
    uint64_t unread_at; /* with is_cut: the first region that could not be read whole */
    bool is_cut;
};

/* One region as an object of its own, its offsets from 0. Lives where it was made: not to be
 * copied. */
struct memory_part {
    struct object object;
    struct source *whole;
};

/* The region that holds an address; m->count when none does. O(log n). */
uint32_t memory_find(const struct memory *m, uint64_t at);
/* Region `index` of `process`, an object with memory, which must outlive it. */
void memory_part(struct memory_part *out, struct object *process, uint32_t index);

#endif
