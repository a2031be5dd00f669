/* ClamAV's containers of databases: .cvd (signed), .cld (patched on the spot), .cud (unsigned). */
#ifndef CANDOR_CVD_H
#define CANDOR_CVD_H

#include "jail/compile/compile.h"

struct cvd_member {
    struct span name, bytes;
};

struct cvd {
    struct cvd_member
        *members; /* in the arena, as are their bytes; the manifest is not among them */
    uint32_t count, cap;
    struct span builder, version, manifest; /* manifest: .at NULL when there is none */
    const char *distrust;                   /* why it is not what ClamAV signed; NULL when it is */
};

/* By the ending of its name. */
bool cvd_is(const struct source_file *f);
/* A .cvd: of the kind that is signed as a whole. */
bool cvd_is_signable(const struct source_file *f);
/* Opens the container and checks it: of a .cvd the header's signature over the body, of a .cvd and
 * a .cld the manifest's, each member's size and SHA-256, and that the header says what the manifest
 * says. ERR_RULES when it cannot be read at all. O(body). */
enum err cvd_open(const struct source_file *f, struct arena *a, struct cvd *out, struct why *why);

#endif
