/* Which file systems a descriptor may lie on. Reading from one that somebody else answers for
 * (FUSE, a network) may take for ever, and the door is one thread for all. */
#ifndef CANDOR_FILESYSTEMS_H
#define CANDOR_FILESYSTEMS_H

#include "common/err.h"

/* Opens the kernel's list of mounts, to be read again when it is asked. Before confinement. */
enum err filesystems_open(int *fd, struct why *why);
/* NULL: `fd` is a regular file that the kernel itself answers for, and *size is its size. Else why
 * it is refused, in words. Asks nothing that could wait. */
const char *filesystems_refuse(int mounts_fd, int fd, uint64_t *size);

#endif
