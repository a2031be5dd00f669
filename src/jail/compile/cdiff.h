/* Differences between two versions of a container (.cdiff): signed, read, applied. */
#ifndef CANDOR_CDIFF_H
#define CANDOR_CDIFF_H

#include "jail/compile/cvd.h"

struct cdiff {
    uint64_t version;   /* of what it makes */
    struct span script; /* commands, one a line; in the arena */
    bool is_signed;     /* by ClamAV */
};

/* ERR_RULES when it cannot be read. O(bytes). */
enum err cdiff_open(struct span file, struct arena *a, struct cdiff *out, struct why *why);
/* Changes what the container holds, its manifest included. ERR_RULES names the script's line when a
 * command does not fit what is there: then the container is half changed and of no use. O(members
 * that are changed + script). */
enum err cdiff_apply(const struct cdiff *d, struct arena *a, struct cvd *c, struct why *why);

#endif
