/* The zygote: a prepared process that never saw a byte of any file and forks jails. It is ordered
 * about through two pipes (no sockets anywhere), and hands its jails nothing but memory.
 *
 * It is started as `candor-jail` with these descriptors, all given by number:
 *   orders (pipe, read), answers (pipe, write), image (read-only file or -1), then per slot: window
 *   (read-only), ring (read-write), output (read-write, or none). */
#ifndef CANDOR_ZYGOTE_H
#define CANDOR_ZYGOTE_H

#include "common/err.h"
#include "common/reader.h"
#include "sandbox/confine.h"

enum { ZYGOTE_SLOTS_MAX = 64, ZYGOTE_FIRST_FD = 3 };

struct zygote_setup {
    uint32_t slots;
    uint64_t window_bytes; /* whole mapping, head included */
    uint64_t ring_bytes;
    uint64_t output_bytes; /* 0: no output region */
    bool has_image;
    bool keeps_memory;            /* the opener keeps the slots' descriptors; not told the zygote */
    struct confine_limits limits; /* of each jail */
};

/* Two of them come, in either order: from stage one with the pid in the opener's namespace, and
 * from the zygote when it is ready, with pid 0. */
struct zygote_hello {
    uint32_t magic; /* ZYGOTE_MAGIC */
    int32_t pid;
    uint32_t layers; /* of the zygote; bits of enum layer; a jail has the wall besides */
    int32_t landlock_abi;
};
enum { ZYGOTE_MAGIC = 0x43414e44 };

/* Kills and reaps the jail in `slot`, if any, and (unless `only_end`) forks a new one there. */
struct zygote_order {
    uint32_t slot;
    uint32_t only_end;
};
struct zygote_answer {
    uint32_t slot;
    int32_t pid;    /* of the new jail in the zygote's namespace; 0 for none, -1 when fork failed */
    int32_t status; /* wait status of the ended one; -1 when there was none */
    int32_t was_alive; /* it had to be killed */
};

/* What a jail works with. */
struct zygote_jail {
    const struct zygote_setup *setup;
    uint32_t slot;
    void *window;
    void *ring;
    void *output; /* NULL without one */
    struct span image;
    unsigned layers;
};

/* Text form of a setup, for the argument list, and back. */
void zygote_setup_print(const struct zygote_setup *s, char *out, size_t size);
bool zygote_setup_read(const char *text, struct zygote_setup *s);

/* The zygote itself. */
struct zygote {
    const struct zygote_setup *setup;
    unsigned layers;
    int landlock_abi;
    int32_t pid; /* in its own pid namespace */
    struct span image;
    int32_t jails[ZYGOTE_SLOTS_MAX]; /* pid of the jail in each slot; 0: none */
};

/* All of the zygote's life before its first order: maps the image, warms, enters namespaces, says
 * hello, closes the outer cage. Part of zygote_run; by itself for the test that tries this cage. */
enum err zygote_enter(struct zygote *z, const struct zygote_setup *setup,
                      enum err (*warm)(struct span image, struct why *why), struct why *why);
/* The zygote's life. `warm` runs before the cage closes and may look at the
 * image's head, which is a claim; `work` is a confined jail's whole life.
 * Returns only on error; the caller exits. */
enum err zygote_run(const struct zygote_setup *setup,
                    enum err (*warm)(struct span image, struct why *why),
                    void (*work)(struct zygote_jail *jail), struct why *why);

#endif
