/* The bytes of one object, wherever they are: whole in memory, or seen piece by piece through the
 * window when they are larger than it. Every unpacker and the engine read through this. */
#ifndef CANDOR_SOURCE_H
#define CANDOR_SOURCE_H

#include "common/limits.h"
#include "common/reader.h"

struct source {
    uint64_t size;     /* bytes in the object */
    struct span whole; /* all of it when in memory; .at == NULL when not (or when size is 0) */
    /* Asks for [at, at+len), already clipped to size and to LIMIT_VIEW_BYTES; at most one view is
     * alive. An empty span means that the bytes cannot be had: the file shrank, or the opener
     * refused. */
    struct span (*fetch)(void *ctx, uint64_t at, size_t len);
    void *ctx;
    bool is_sparse;         /* has holes: a short fetch is no failure */
    bool failed;            /* a fetch came back short: the caller adds the gap */
    const char *facts_lack; /* what a module had to do without: the engine adds the gap */
    bool facts_cut; /* a module's steps ended, or it saw a part only: the engine adds the gap */
};

struct source source_of(struct span whole);
/* Up to `len` bytes from `at`; shorter at the end of the object, and never more than
 * LIMIT_VIEW_BYTES unless the object is in memory. Borrowed: valid until the next view of the same
 * source when it is windowed, as long as the object when it is in memory. */
struct span source_view(struct source *s, uint64_t at, uint64_t len);
bool source_in_memory(const struct source *s);

#endif
