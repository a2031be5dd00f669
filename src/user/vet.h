/* What everybody asks of a published rule before it is taken, publisher and owner alike: the
 * profile, in the cage, and the audit. */
#ifndef CANDOR_VET_H
#define CANDOR_VET_H

#include "open/sources.h"

struct vetting {
    const char *jail_path;
    bool crashed; /* out: nobody said anything against the rules; the compiler died of them */
    void (*said)(void *ctx, uint32_t line,
                 const char *text); /* the compiler's complaints; or NULL */
    void *ctx;
};

/* `leaves`: sources named ID.leaf. ERR_RULES when one may not be published, or hunts documents: the
 * reason names it and, of an audit's refusal, the words it wants. */
enum err vet_leaves(struct vetting *v, struct sources *leaves, struct why *why);

#endif
