/* What a confined jail does with its life: one order. */
#ifndef CANDOR_WORK_H
#define CANDOR_WORK_H

#include "common/err.h"
#include "common/reader.h"

/* Everything the jail was given. */
struct work {
    void *window, *ring;
    void *output;          /* NULL unless this is a compiling jail */
    uint64_t window_bytes; /* of the window's data part */
    uint64_t output_bytes;
    struct span image;              /* empty without rules */
    const struct magic_peer *magic; /* NULL: not here, or not asked for */
};

/* Waits for one order, carries it out, says END. Returns so that the caller may exit. */
void work_run(struct work *w);

#endif
