/* Every file below what the owner named, once, without following a link and without opening
 * anything that is not a regular file. */
#ifndef CANDOR_WALK_H
#define CANDOR_WALK_H

#include "common/arena.h"
#include "common/err.h"
#include "common/gaps.h"

#include <sys/stat.h>

struct walk_options {
    const char *const *excludes; /* shell patterns on the whole path or the last name */
    uint32_t exclude_count;
    bool one_file_system;
    bool count_only; /* files are not opened: sink.file gets fd -1 and what lstat said */
};

/* What was passed by and is no gap: a device has no content to miss. */
struct walk_skipped {
    uint64_t special, links, hard_links, excluded, pseudo;
};

struct walk_sink {
    void *ctx;
    /* fd is open for reading and becomes the callee's; st is of that descriptor. */
    enum err (*file)(void *ctx, struct span path, int fd, const struct stat *st, struct why *why);
    /* Something that should have been read was not. */
    enum err (*gap)(void *ctx, struct span path, enum gap_kind kind, struct span detail,
                    struct why *why);
    /* A pseudo file system was passed by; type: its name. */
    void (*pseudo)(void *ctx, struct span path, const char *type);
    /* Asked once before a file is opened, whatever names it has; st is what its folder says. True:
     * it is done with. May be NULL. */
    bool (*known)(void *ctx, struct span path, const struct stat *st);
};

struct walk;

enum err walk_new(struct walk **out, const struct walk_options *options,
                  const struct walk_sink *sink, struct why *why);
void walk_free(struct walk *w);
/* A file or a folder; links on the way to it are followed, links in it are not. Entries in name
 * order. An err is ours or the sink's; whatever the tree does becomes a gap. */
enum err walk_path(struct walk *w, const char *path, struct why *why);
struct walk_skipped walk_get_skipped(const struct walk *w);

#endif
