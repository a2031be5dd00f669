/* Rules that the owner added by hand: a log of his own, and the files it names, kept by content. */
#ifndef CANDOR_OWN_SOURCES_H
#define CANDOR_OWN_SOURCES_H

#include "common/map.h"
#include "common/source_leaf.h"
#include "open/sources.h"

struct own_source {
    struct span name, sha256; /* in the arena */
    uint64_t bytes;
    bool is_in; /* false: taken out */
    void *at;   /* mapped while a set is compiled */
};

struct own_sources {
    struct arena *arena;
    struct map *names;
    struct own_source *items; /* in the order in which their names came first */
    uint32_t count, cap;
    uint64_t entries;   /* of the log */
    char root[65];      /* of the log, hex */
    struct buf pending; /* entries to be appended, each behind its length */
};

/* Reads `own` below the state's folder (dir -1, or none there: empty), signature and root checked.
 * Release with own_sources_done, whatever it returns. */
enum err own_sources_read(struct own_sources *o, int dir, struct why *why);
void own_sources_done(struct own_sources *o);
/* A change, in memory. */
enum err own_sources_apply(struct own_sources *o, const struct source_leaf *leaf, struct why *why);
/* Keeps a file's bytes under their hash. */
enum err own_sources_keep(int dir, int fd, struct span sha256, uint64_t bytes, struct why *why);
/* What is in, as sources; each must be what its leaf says. They borrow until own_sources_done. */
enum err own_sources_add(struct own_sources *o, int dir, struct sources *to, struct why *why);
/* Signs the pending entries into the log, which is made when it is missing, and removes files that
 * nothing names any more. */
enum err own_sources_commit(struct own_sources *o, int dir, const char *folder, struct why *why);

#endif
