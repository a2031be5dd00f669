/* Where the strings of a PE's version information begin, as ClamAV counts them. */
#ifndef CANDOR_CLAM_VERSION_H
#define CANDOR_CLAM_VERSION_H

#include "common/arena.h"
#include "jail/match/clam_facts.h"
#include "jail/object/source.h"

struct clam_version {
    uint64_t *places; /* file offsets of the strings' keys; in no order */
    uint32_t count, cap;
};

/* Reads the first LIMIT_CLAM_VERSIONS of them. False: out of memory. */
bool clam_version_read(struct source *s, const struct clam_exe *exe, struct arena *a,
                       struct clam_version *out);

#endif
