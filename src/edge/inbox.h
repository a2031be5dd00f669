/* The inbox: one folder in which the courier may write. A file is NAME.TOTAL.part while it comes
 * and becomes NAME in one step when it is whole, so that whoever reads the inbox never sees half of
 * one. */
#ifndef CANDOR_INBOX_H
#define CANDOR_INBOX_H

#include "common/err.h"

enum { INBOX_STEP = 1 << 20 }; /* what was begun goes on at a multiple of this */

struct inbox {
    int dir;
};

/* One file on its way. */
struct inbox_part {
    const struct inbox *inbox;
    const char *name; /* borrowed */
    char path[160];   /* its name in the folder; empty: there is no file yet */
    int fd;           /* -1: none */
    uint64_t total;   /* bytes it will have; 0: not known, and it cannot go on later */
    uint64_t have;    /* bytes it has */
};

enum err inbox_open(struct inbox *in, const char *path, struct why *why);
void inbox_close(struct inbox *in);

/* Looks for what an earlier run began. have > 0: the part is open, cut to a multiple of INBOX_STEP,
 * and the rest is wanted. Bytes of a part that cannot go on are removed. */
enum err inbox_find(const struct inbox *in, const char *name, struct inbox_part *part,
                    struct why *why);
/* Begins anew: what there was is removed. */
enum err inbox_begin(struct inbox_part *part, uint64_t total, struct why *why);
/* Appends. */
enum err inbox_write(struct inbox_part *part, const void *bytes, size_t len, struct why *why);
/* After a broken line: what is kept is cut to a multiple of INBOX_STEP, so that a request to go on
 * says little of this machine; a part of unknown total is removed. */
enum err inbox_resume(struct inbox_part *part, struct why *why);
/* Whole: synced, then named. */
enum err inbox_finish(struct inbox_part *part, struct why *why);
/* Removes the part. */
void inbox_drop(struct inbox_part *part);
/* Closes it; the bytes stay for a later run if they can go on. */
void inbox_leave(struct inbox_part *part);

#endif
