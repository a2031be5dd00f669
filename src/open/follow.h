/* A walk that follows links and keeps the order of folders, as yara(1) and clamscan(1) do. What is
 * taken, the caller decides entry by entry; walk.h is the walk of `candor scan`. */
#ifndef CANDOR_FOLLOW_H
#define CANDOR_FOLLOW_H

#include "common/arena.h"
#include "common/err.h"

#include <sys/stat.h>

/* What the caller is asked about. */
struct follow_entry {
    struct span path; /* ends with a NUL behind its last byte */
    struct stat st;   /* of what it leads to, or of the link when it leads nowhere */
    bool is_link, leads_nowhere;
    bool is_dot_link;     /* a link to "." */
    unsigned depth;       /* 0: named by the owner */
    bool is_other_device; /* than the path that the owner named */
};

struct follow_sink {
    void *ctx;
    /* True: take it. Folders are entered, files opened, anything else is passed by. */
    bool (*look)(void *ctx, const struct follow_entry *e);
    /* fd is open for reading and becomes the callee's. */
    enum err (*file)(void *ctx, struct span path, int fd, const struct stat *st, struct why *why);
    /* It was taken, but cannot be opened or listed. */
    enum err (*trouble)(void *ctx, struct span path, int os, bool is_folder, struct why *why);
};

struct follow;

enum err follow_new(struct follow **out, const struct follow_sink *sink, struct why *why);
void follow_free(struct follow *f);
/* A file or folder and, as far as look() agrees, what is in it; a folder that contains itself is
 * not entered again. An err is ours or the sink's. */
enum err follow_path(struct follow *f, const char *path, struct why *why);

#endif
