/* The red team: a driver that starts cages, and a twin of candor-jail that tries forbidden acts
 * inside them. They speak over the window and the ring like everybody else. */
#ifndef CANDOR_RED_H
#define CANDOR_RED_H

#include "common/channel.h"
#include "sandbox/policy.h"

/* Orders only the twin knows; far above the real ones. */
enum { RED_ACT = 1000, RED_SWEEP, RED_BY_TIME, RED_BY_SIZE };
/* In ring->spare: [0] how far, [1] and [2] the result. */
enum { RED_BEGUN = 1, RED_RETURNED = 2 };
/* Ways into the kernel. */
enum red_entry { RED_64, RED_X32, RED_INT80, RED_ENTRIES };

/* What the acts are aimed at: the driver's own. Lies in the window's data. */
struct red_target {
    uint16_t tcp_port, udp_port;
    int32_t pid;         /* the driver, as it knows itself */
    uint64_t canary;     /* address in the driver */
    int32_t queue_key;   /* System V message queue */
    char abstract[32];   /* name of an abstract unix socket */
    char file[160];      /* path of a file */
    char unix_path[100]; /* path of a unix socket */
    uint32_t act, index; /* RED_ACT */
    uint32_t entry;      /* RED_SWEEP */
    int64_t number, args[6];
    uint32_t unit; /* RED_BY_*: turns of a loop; index symbols are told */
};

enum red_end { RED_SYS, RED_SEGV, RED_SIGNAL }; /* SIGSYS; SIGSEGV; any signal */
enum {
    RED_OPENER = 1, /* candor's own filter answers EPERM */
    RED_ZYGOTE = 2, /* the zygote may, it has to */
    RED_POWER = 8,  /* candor's missing capabilities answer EPERM, as root, too */
    RED_CAGED = 4,  /* tried only where the filter stands: it would hurt or end the twin */
};
/* Besides bits of enum layer: */
#define RED_ALWAYS (1u << 30) /* refused wherever and whoever we are */
#define RED_SCOPE (1u << 31)  /* Landlock with scopes, ABI 6 */

struct red_act {
    const char *name;
    long (*run)(const struct red_target *t, struct window *w);
    uint32_t times; /* t->index runs from 0 */
    enum red_end end;
    uint32_t walls; /* layers any of which refuses it when the filter is away; 0: only the filter */
    uint32_t flags;
};
extern const struct red_act red_acts[];
extern const unsigned red_act_count;

/* What a jail tells: its secret's byte i, which the driver knows, too. */
unsigned red_secret(uint32_t i);
/* Tells it by when it rings its bell, a bit a time; by how large it is, a byte a time. */
void red_by_time(const struct red_target *t, struct ring *ring);
void red_by_size(const struct red_target *t);
/* One system call by the given way in. */
long red_call(enum red_entry entry, long number, const int64_t args[6]);
/* Before the cage closes: memory below 4 GiB that the 32-bit calls point at, the vdso's address. */
void red_prepare(void);

#endif
