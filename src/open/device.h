/* Whether a file system lies on a device that stays where it is. What can be carried away can be
 * changed elsewhere, by a system that keeps times as they were. */
#ifndef CANDOR_DEVICE_H
#define CANDOR_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

/* The file system behind `fd` (O_PATH will do). False also where the kernel does not say: no sysfs,
 * no mountinfo. Reads some small files: not for every file of a scan. */
bool device_is_fixed(int fd);
/* The same of a block device; sys: "/sys", elsewhere in tests. */
bool device_block_is_fixed(const char *sys, uint64_t device);

#endif
