/* A process whose memory is to be read: what may be read of it, as the kernel lists it. */
#ifndef CANDOR_PROCESS_H
#define CANDOR_PROCESS_H

#include "common/channel.h"
#include "common/err.h"

struct process {
    int fd; /* /proc/PID/mem */
    struct batch_region *regions;
    uint32_t count;
    uint64_t bytes; /* of all regions */
};

/* Opens the memory of process `pid` and lists its readable regions, without those that the kernel
 * makes up (vvar: they hold no bytes of the program and cannot be read).
 *   out      fd and regions are the caller's: close and process_done
 *   returns  ERR_SYSTEM: there is no such process, or it may not be read (errno in why->os) */
enum err process_open(struct process *out, uint64_t pid, struct why *why);
/* Frees the list of regions; the descriptor is left to whoever took it. */
void process_done(struct process *p);

#endif
