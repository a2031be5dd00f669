/* libmagic, as the jail's program makes it ready before the cage closes (bin/jail_magic.c). */
#ifndef CANDOR_MAGIC_H
#define CANDOR_MAGIC_H

#include "common/reader.h"

struct magic_peer {
    void *ctx;
    /* What the bytes are, in libmagic's words, or their MIME type. Borrowed until the next call; an
     * empty span when it cannot tell, for lack of memory or by a bug of its own. */
    struct span (*ask)(void *ctx, struct span bytes, bool mime);
};

#endif
