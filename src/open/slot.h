/* One jail's place in the pool: its memory, its batch, how far it is. Internal to open/. */
#ifndef CANDOR_SLOT_H
#define CANDOR_SLOT_H

#include "open/collect.h"
#include "open/pool.h"
#include "sandbox/spawn.h"

#include <time.h>

enum slot_state {
    SLOT_EMPTY,    /* no jail asked for yet */
    SLOT_RENEWING, /* asked the zygote; its answer is to come */
    SLOT_READY,    /* a jail waits; the window may be filled */
    SLOT_RUNNING,
};

struct slot_file {
    int fd;                /* -1 when its bytes lie in the window */
    struct report *report; /* owned until given out */
    bool is_done;
    bool is_process;              /* its memory: NEED names addresses */
    struct timespec mtime, ctime; /* of a windowed file, when it was handed over */
};

struct slot {
    struct spawn_slot *memory;
    enum slot_state state;
    struct slot_file files[BATCH_MAX];
    uint32_t count;
    uint64_t filled;  /* bytes in the window's data */
    uint32_t taken;   /* records */
    uint32_t started; /* file at hand; UINT32_MAX before the first */
    uint32_t bell_seen;
    bool ended;        /* END came */
    char failure[400]; /* FAIL before any file was started: of the image, escaped */
    uint64_t deadline_ms;
    uint64_t born_ms; /* by then the jail must have announced itself */
    int32_t status;   /* wait status of the jail that was here */
    struct collect collect;
    uint32_t attempts; /* deaths of this batch before any file was started */
};

enum { SLOT_NONE = 0xffffffff };

/* Everything the slot holds is forgotten; descriptors are closed. */
void slot_clear(struct slot *s);
/* Copies at most `size` bytes of fd to the window. Returns what was read; *changed when the file is
 * not what fstat said. SIZE_MAX: it cannot be read (errno). */
size_t slot_read(struct slot *s, int fd, uint64_t size, bool *changed);
/* The one file of an empty slot: a process's memory. Takes its descriptor and the report. */
void slot_add_process(struct slot *s, const struct process *process, struct report *report);
/* The next place of the slot's batch for a file whose bytes are to be fetched piece by piece; takes
 * what `f` holds. */
void slot_add(struct slot *s, const struct slot_file *f);
/* The first file that is not done; count when all are. */
uint32_t slot_first_left(const struct slot *s);
/* How the jail that was here ended, in words. */
void slot_describe_end(const struct slot *s, char *out, size_t size);
/* Answers NEED: a piece of the file at hand, or of any that is not done as long as none was begun.
 */
void slot_serve(struct slot *s, const struct record *r, uint64_t window_bytes);
/* Writes an order of `kind` over the slot's files from `first` on, and rings. */
void slot_order(struct slot *s, uint32_t kind, uint32_t first, const struct pool_options *options);
/* What a window takes: its head, the files' place and, behind it, what was given to modules. */
uint64_t slot_window_bytes(const struct pool_options *options);
/* Puts that there, once for every jail of the slot. */
void slot_place_modules(struct slot *s, const struct pool_options *options);
/* Milliseconds of the monotonic clock. */
uint64_t slot_now_ms(void);

#endif
