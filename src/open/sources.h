/* Rule sources as their owner named them: files and folders, gathered, named and hashed. Reads
 * bytes and looks at none of them. */
#ifndef CANDOR_SOURCES_H
#define CANDOR_SOURCES_H

#include "common/arena.h"
#include "common/err.h"

struct source_item {
    struct span name;  /* relative to its root; unique; stored in the image */
    struct span space; /* YARA namespace; empty: the name */
    const char *path;  /* to show */
    uint32_t root;
    uint64_t size;
    uint8_t sha256[32];
    uint32_t kind;     /* of struct batch_source: 0, or a BATCH_ */
    struct span bytes; /* .at NULL: in a file; else lent by the caller */
};

struct source_root {
    int fd; /* folder beneath which names and includes resolve */
    const char *path;
    bool include_only; /* given with -I */
    bool is_stream;    /* fd is the source itself */
};

struct sources {
    struct arena *arena;
    struct source_item *items;
    uint32_t count, cap;
    struct source_root *roots;
    uint32_t root_count, root_cap;
};

enum err sources_new(struct sources **out, struct why *why);
void sources_free(struct sources *s);
/* A file, or a folder whose rule files (by ending) are taken in name order. With a container of
 * ClamAV's databases, "NAME.cvd" or "NAME.cld", come the signatures and differences beside it,
 * "NAME-VERSION.cvd.sign", "NAME-VERSION.cdiff" and their like: whether they are of use is for the
 * compiler to say. */
enum err sources_add(struct sources *s, const char *path, struct why *why);
/* What fd holds (standard input), kept in memory under the name "-". The descriptor stays the
 * caller's. */
enum err sources_add_stream(struct sources *s, int fd, struct why *why);
/* Bytes in memory, under this name. */
enum err sources_add_bytes(struct sources *s, const char *name, struct span bytes, struct why *why);
/* The same without a copy or a descriptor, for many: `bytes` must outlive the sources. Names must
 * be of this call only, and unique. */
enum err sources_add_lent(struct sources *s, struct span name, struct span bytes, struct why *why);
/* All sources from item `first` on are of this YARA namespace. */
void sources_set_space(struct sources *s, uint32_t first, const char *space);
/* The certificates (.pem, .crt) in a folder, by which signed containers are judged. ERR_USAGE when
 * there are none. */
enum err sources_add_certificates(struct sources *s, const char *path, struct why *why);
/* -I: includes may also resolve beneath this folder. */
enum err sources_add_include(struct sources *s, const char *path, struct why *why);
/* Opens item i again for reading. */
enum err sources_open(const struct sources *s, const struct source_item *item, int *fd,
                      struct why *why);
/* An include: beneath the root of `from`, first beside it, then in the root, then in each -I root.
 * On success *fd is open, *name the resolved name, kept in the arena. False: not there or not
 * allowed. */
bool sources_include(struct sources *s, struct span name, struct span from, int *fd,
                     struct span *resolved, uint32_t *root);
/* Opens `name` beneath root number `root`, links refused; -1 and errno. */
int sources_open_beneath(const struct sources *s, uint32_t root, const char *name);
/* The path to show for a name; NULL when it is unknown. */
const char *sources_show(const struct sources *s, struct span name);
/* Streams fd through SHA-256. */
bool sources_hash(int fd, uint8_t out[32], uint64_t *size);

#endif
