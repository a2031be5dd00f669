/* Large files that wait for each other. A file's MD5 is a chain that uses a sixteenth of what the
 * processor could do; files that one jail gets together are hashed together. Internal to open/. */
#ifndef CANDOR_WAITING_H
#define CANDOR_WAITING_H

#include "open/slot.h"

enum {
    WAITING_MAX = 32,           /* files; as many descriptors are held meanwhile */
    WAITING_LEAST = 512 * 1024, /* bytes of a file; smaller ones are many, and hashed in batches */
    WAITING_MOST = 256 << 20,   /* larger ones are not made to wait */
};

struct waiting {
    struct slot_file files[WAITING_MAX]; /* largest first */
    uint32_t count;
};

/* Whether a file of this size gains by waiting. */
bool waiting_takes(const struct waiting *w, uint64_t size);
/* Takes `fd` and `report`. True: no room for another. */
bool waiting_add(struct waiting *w, int fd, struct report *report);
/* Moves every `parts`-th of the files, the largest among them, to `s`, which is empty. */
void waiting_give(struct waiting *w, uint32_t parts, struct slot *s);
/* Forgets all of them. */
void waiting_clear(struct waiting *w);

#endif
