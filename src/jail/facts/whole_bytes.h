/* All bytes of an object in one piece, for modules that read all over a file. */
#ifndef CANDOR_WHOLE_BYTES_H
#define CANDOR_WHOLE_BYTES_H

#include "common/arena.h"
#include "jail/object/source.h"

/* Borrows them when the source is in memory, else copies at most LIMIT_MODULE_COPY_BYTES into the
 * arena; shorter when the rest cannot be had. False: out of memory. O(size) for the copy. */
bool whole_bytes(struct source *source, struct arena *a, struct span *out);

#endif
