/* The keeper: a second process of the door, started before the door confines itself. It opens rules
 * and the image cache, starts and tries a zygote, and hands it to the door; it holds no client's
 * socket and never sees a client's byte. */
#ifndef CANDOR_KEEPER_H
#define CANDOR_KEEPER_H

#include "common/err.h"
#include "edge/door.h"

struct spawn;

/* What a load brings: an image ready to be mapped. */
struct keeper_rules {
    int image_fd; /* borrowed until unload; -1: none */
    bool is_new;  /* a jail is to check it whole before it is used */
    char head[65];
    uint64_t count;
    char jail_path[4096];
};

struct keeper_options {
    enum err (*load)(void *ctx, struct keeper_rules *out, struct why *why);
    /* After each load, done or failed. is_refused: the checker refused the image. */
    void (*unload)(void *ctx, bool is_refused);
    void *ctx;
    unsigned jobs; /* jails at once */
};

/* Forks the keeper. *fd: the door's end. The caller loads nothing itself after this. */
enum err keeper_start(const struct keeper_options *options, const int *close_fds, unsigned count,
                      int *fd, struct why *why);
/* Asks for a new zygote; the answer makes fd readable. */
enum err keeper_ask(int fd, struct why *why);
/* Takes the answer. *zygote NULL: note->failure says why there is none. */
enum err keeper_take(int fd, struct spawn **zygote, struct keeper_note *note, struct why *why);

#endif
