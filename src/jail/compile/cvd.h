/* ClamAV's containers of databases: .cvd (signed), .cld (patched on the spot), .cud (unsigned). */
#ifndef CANDOR_CVD_H
#define CANDOR_CVD_H

#include "jail/compile/compile.h"

enum { CVD_MEMBERS_MOST = 10000 };

struct cvd_member {
    struct span name, bytes;
};

struct cvd {
    struct cvd_member
        *members; /* in the arena, as are their bytes; the manifest is not among them */
    uint32_t count, cap;
    struct span builder, version;
    struct span manifest, manifest_name; /* .at NULL when there is none */
    bool by_owner;                       /* not ClamAV's; the owner's certificates vouch for it */
    const char *distrust;                /* why it is not what ClamAV signed; NULL when it is */
};

/* By the ending of its name. */
bool cvd_is(const struct source_file *f);
/* A .cvd: of the kind that is signed as a whole. */
bool cvd_is_signable(const struct source_file *f);
/* Opens the container and checks it: of a .cvd the header's signature over the body, of a .cvd and
 * a .cld the manifest's, each member's size and SHA-256, and that the header says what the manifest
 * says. ERR_RULES when it cannot be read at all. O(body). */
enum err cvd_open(const struct source_file *f, struct arena *a, struct cvd *out, struct why *why);

/* After the container was changed (cdiff.h): whether its manifest is ClamAV's, true of all members,
 * and of this version. NULL, or what is wrong. */
const char *cvd_judge_changed(const struct cvd *c, uint64_t version);
/* All that a gzip stream holds, into the arena; the size is the stream's own word, held to
 * LIMIT_CVD_BYTES. */
bool cvd_gunzip(struct span in, struct arena *a, struct span *out);

#endif
