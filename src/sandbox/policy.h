/* THE table: what each program of Candor can do. One row a program; a row is everything that is
 * asked of the kernel on its behalf, and `candor prove` compares what the kernel answers with it.
 */
#ifndef CANDOR_POLICY_H
#define CANDOR_POLICY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum policy_id {
    POLICY_OPENER,
    POLICY_ZYGOTE,
    POLICY_JAIL,
    POLICY_DOOR,
    POLICY_KEEPER,
    POLICY_COURIER,
    POLICY_COUNT
};

/* Layers of the cage. The first four are the wall: without them nothing is scanned. */
enum layer {
    LAYER_SECCOMP,
    LAYER_NO_NEW_PRIVS,
    LAYER_DESCRIPTORS,
    LAYER_RLIMITS,
    LAYER_LANDLOCK,
    LAYER_USER_NS,
    LAYER_NET_NS,
    LAYER_IPC_NS,
    LAYER_PID_NS,
    LAYER_MOUNT_NS,
    LAYER_MDWE,
    LAYER_TSC,
    LAYER_CLOCK, /* vdso and vvar unmapped */
    LAYER_COUNT
};
enum {
    LAYER_WALL = 1u << LAYER_SECCOMP | 1u << LAYER_NO_NEW_PRIVS | 1u << LAYER_DESCRIPTORS |
                 1u << LAYER_RLIMITS
};
enum { LAYER_ALL = (1u << LAYER_COUNT) - 1 };

struct policy {
    const char *name;
    const char *zone;
    const char *may;                  /* in words */
    const struct sock_filter *filter; /* x86-64 classic BPF */
    unsigned short filter_len;        /* instructions */
    bool keeps_descriptors;
    unsigned filters_before; /* filters a process of this row has inherited, for prove */
};

const struct policy *policy_get(enum policy_id id);
/* "seccomp", "landlock" ... */
const char *policy_layer_name(enum layer layer);

#endif
