/* Keeps jails at work: fills windows with files, hands out batches, answers requests for pieces of
 * large files, notices deaths and deadlines, and gives one report a file. Single-threaded: it works
 * inside pool_add and pool_flush. */
#ifndef CANDOR_POOL_H
#define CANDOR_POOL_H

#include "common/channel.h"
#include "common/err.h"
#include "common/report.h"

struct pool;
struct process;
struct spawn;

struct pool_options {
    const char *jail_path;
    int image_fd;           /* compiled rules, or -1 for none; borrowed */
    unsigned jobs;          /* jails at work at once, 1.. */
    uint32_t order_options; /* ORDER_* */
    uint64_t object_bytes, total_bytes, depth, objects; /* ceilings; 0: the defaults */
    uint64_t timeout_s;                                 /* one file; 0: the default */
    bool isolate;                                       /* one file a jail */
    bool regroups; /* large files may wait for each other, and come in another order */
    /* Each report, once, in the order in which files are finished; ownership moves. */
    void (*done)(void *ctx, struct report *report);
    void *ctx;
    /* What pool_list and ORDER_COSTS bring, one a rule; fields as messages.def says, each a claim.
     * May be NULL. */
    void (*rule)(void *ctx, const struct record *r);
    /* What pool_describe brings: an item, its key if it has one, its text; each a claim, lent for
     * the call. May be NULL. */
    void (*about)(void *ctx, const struct record *r, struct span name, struct span text);
    /* A zygote started by another process, to be used instead of one of our own; ownership moves.
     */
    struct spawn *spawn;
    /* Files for modules, as channel.h packs them, at most LIMIT_MODULE_DATA_BYTES; borrowed until
     * pool_open returns. Not with `spawn`. */
    struct span module_data;
    bool hands_over; /* pool_take_spawn is to come: the memory's descriptors are kept */
};

/* The cage as it stands. */
struct pool_cage {
    unsigned layers; /* bits of enum layer, as the zygote and its jails said */
    int landlock_abi;
};

enum err pool_open(struct pool **out, const struct pool_options *options, struct why *why);
/* NULL is fine. Files not yet reported are dropped: flush first. */
void pool_close(struct pool *p);
/* A file to scan. Takes `fd` (closed when the file is done) and `report` (path and size filled);
 * size as fstat said. Small files are copied now; may wait for jails. */
enum err pool_add(struct pool *p, int fd, struct report *report, struct why *why);
/* Bytes already in memory (standard input that is small, a buffer of the library's caller). */
enum err pool_add_bytes(struct pool *p, struct span bytes, struct report *report, struct why *why);
/* The memory of a process, in a batch of its own. Takes its descriptor, and the report. */
enum err pool_add_memory(struct pool *p, const struct process *process, struct report *report,
                         struct why *why);
/* Hands out what is waiting and returns when every report was given. */
enum err pool_flush(struct pool *p, struct why *why);
struct pool_cage pool_get_cage(const struct pool *p);
/* Process ids of the zygote and how many jails died so far; for tests and the summary. */
int pool_zygote(const struct pool *p);
uint64_t pool_crashes(const struct pool *p);
/* Has a jail check the whole image; ERR_IMAGE with its reason when it is refused. */
enum err pool_check_image(struct pool *p, struct why *why);
/* Has a jail say what rules the image holds, to options.rule. */
enum err pool_list(struct pool *p, struct why *why);
/* Has a jail say everything of the rules that yara(1) can print, to options.about. */
enum err pool_describe(struct pool *p, struct why *why);

/* For a caller with an event loop, with `isolate`: asks whether pool_add would wait, and looks at
 * the running jails once, without waiting (only a jail that died costs the fork of another). No
 * bell is asked for: the caller comes again soon while something is running. */
bool pool_has_room(const struct pool *p);
enum err pool_poll(struct pool *p, bool *moved, struct why *why);
unsigned pool_running(const struct pool *p);
unsigned pool_places(const struct pool *p); /* jails that may run at once */
/* The tried zygote, its jails fresh, to be handed to another process (sandbox/handover.h); the pool
 * is then only to be closed. */
enum err pool_take_spawn(struct pool *p, struct spawn **out, struct why *why);

#endif
