/* The door's event loop: one thread, nothing in it waits but epoll. */
#ifndef CANDOR_LOOP_H
#define CANDOR_LOOP_H

#include "common/err.h"
#include "edge/door.h"
#include "edge/listener.h"

/* What was opened before confinement; the loop only uses it. */
struct loop_have {
    struct listeners *listeners;
    int keeper_fd, signals_fd, epoll_fd, mounts_fd;
};

/* Descriptors the loop needs and may not make later. */
enum err loop_prepare(struct loop_have *have, struct why *why);
/* Serves until told to end (then ERR_NONE) or until it cannot go on. */
enum err loop_run(const struct door_options *options, const struct loop_have *have,
                  struct why *why);

#endif
