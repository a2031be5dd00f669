/* Raising the layers. Each function says which of them stand; what is required and missing is an
 * error, what is merely wanted is reported. Linux 6.1 and up, x86-64. */
#ifndef CANDOR_CONFINE_H
#define CANDOR_CONFINE_H

#include "common/err.h"
#include "sandbox/policy.h"

/* The opener's own confinement: closed standard descriptors filled, capabilities given up,
 * no-new-privs and its row's filter. Call first thing in main. */
enum err confine_opener(bool reads_processes, struct why *why);
/* Part of it. As root only capabilities over files, users and its own children stay; with
 * reads_processes also that to read other processes' memory. CAP_SYS_ADMIN, with which it could
 * mount, stays only where a zygote would have no namespaces without it: that is tried in a child,
 * about a millisecond. */
enum err confine_root(bool reads_processes, struct why *why);

/* Closed standard descriptors filled; part of confine_opener. */
enum err confine_descriptors(struct why *why);
/* The door's two processes, each once it has all it will ever have. uid and gid: who the door
 * becomes when it is root. */
enum err confine_keeper(struct why *why);
enum err confine_door(unsigned uid, unsigned gid, struct why *why);

/* Enters the namespaces that the kernel and the place give. `layers` gains bits of enum layer. When
 * a pid namespace was made the caller must fork once more to be in it: *fork_needed. */
void confine_namespaces(unsigned *layers, bool *fork_needed);
/* An empty read-only root, no groups, an unused user id, no capabilities. Missing pieces leave bits
 * of `layers` unset. ERR_CAGE when capabilities could not be dropped. */
enum err confine_identity(unsigned *layers, struct why *why);
/* For a program that serves: as root it enters empty namespaces and an empty root where it can, and
 * becomes uid and gid; everybody loses every capability. No user namespace: peers' ids must stay
 * what they are. */
enum err confine_service(unsigned uid, unsigned gid, struct why *why);
/* Every capability is given up, in every set. */
enum err confine_powers(struct why *why);
/* Unmaps vdso and vvar. Reads /proc/self/maps, so before confine_identity. */
void confine_clock(unsigned *layers);
/* Landlock with every right of the kernel's ABI handled and none granted; MDWE; not dumpable;
 * no-new-privs; whether the time-stamp counter can be turned off. *abi: 0 without Landlock. */
enum err confine_common(unsigned *layers, int *abi, struct why *why);
/* Loads a row's filter on this thread. The process must be single-threaded. */
enum err confine_filter(enum policy_id id, struct why *why);

struct confine_limits {
    uint64_t data_bytes, address_bytes; /* 0: leave */
    uint64_t cpu_s;                     /* 0: leave */
};
/* What a new jail does last: closes every descriptor, turns the time-stamp counter off, sets
 * limits, loads POLICY_JAIL. After it nothing but computing is possible. */
enum err confine_jail(const struct confine_limits *limits, unsigned *layers, struct why *why);

/* The courier, once its descriptors and libraries are there: no capability, no-new-privs, MDWE,
 * Landlock with nothing but `places`, its row's filter. Without Landlock: ERR_CAGE, since then it
 * could read. */
struct landlock_place;
enum err confine_courier(const struct landlock_place *places, unsigned count, struct why *why);

/* Landlock's ABI, 0 when there is none. */
int landlock_abi(void);
/* Handles every right of this ABI and grants nothing. */
enum err landlock_close(int abi, struct why *why);

/* What stays reachable beneath a file or folder. */
struct landlock_place {
    const char *path;
    bool may_write; /* make, write, rename and remove files in it; else read only */
};
/* Every right to files is handled and granted for `places` only; one that does not exist is passed
 * over. Listening is refused (ABI 4), connecting is not; abstract sockets and signals stay inside
 * (ABI 6). */
enum err landlock_leave(int abi, const struct landlock_place *places, unsigned count,
                        struct why *why);

#endif
