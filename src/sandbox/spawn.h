/* Starting a zygote and talking to it: the opener's end of zygote.h. Parses nothing. */
#ifndef CANDOR_SPAWN_H
#define CANDOR_SPAWN_H

#include "common/channel.h"
#include "sandbox/zygote.h"

#include <sys/types.h>

/* One slot's memory, mapped here for reading and writing. */
struct spawn_slot {
    struct window *window;
    struct ring *ring;
    void *output;                                    /* NULL without one */
    int window_fd, window_ro_fd, ring_fd, output_fd; /* -1 once the zygote has them */
};

struct spawn {
    struct zygote_setup setup;
    pid_t pid; /* of the zygote */
    int orders, answers;
    unsigned layers;  /* of the zygote */
    int landlock_abi; /* 0: none */
    struct spawn_slot slots[ZYGOTE_SLOTS_MAX];
};

/* Starts `jail_path --zygote ...`. image_fd: -1 for none; it stays the caller's. */
enum err spawn_open(struct spawn **out, const char *jail_path, const struct zygote_setup *setup,
                    int image_fd, struct why *why);
/* Ends the zygote and with it every jail. NULL is fine. */
void spawn_close(struct spawn *s);
enum err spawn_order(struct spawn *s, uint32_t slot, bool only_end, struct why *why);
/* Waits for the next answer. ERR_CAGE when the zygote is gone or silent for half a minute. */
enum err spawn_answer(struct spawn *s, struct zygote_answer *out, struct why *why);
/* Whether spawn_answer would not wait. */
bool spawn_has_answer(const struct spawn *s);
/* Where one of Candor's programs lies: beside the running one, else in libexec. False when nowhere.
 */
bool spawn_find(const char *program, char *out, size_t size);

#endif
