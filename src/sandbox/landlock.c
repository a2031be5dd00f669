/* Landlock by its three calls. Rights by ABI: include/uapi/linux/landlock.h; Debian 12's header
 * ends at ABI 2, so the numbers stand here. */
#include "sandbox/confine.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, RESTRICT_SELF = 446, VERSION_FLAG = 1 };

/* struct landlock_ruleset_attr up to ABI 6. */
struct ruleset {
    uint64_t fs, net, scoped;
};

int landlock_abi(void)
{
    long abi = syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);
    return abi < 0 ? 0 : (int)abi;
}

/* File-system rights: 13 in ABI 1, refer in 2, truncate in 3, ioctl_dev in 5. */
static uint64_t fs_rights(int abi)
{
    unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
    return ((uint64_t)1 << bits) - 1;
}

enum err landlock_close(int abi, struct why *why)
{
    struct ruleset rules = {.fs = fs_rights(abi)};
    size_t size = sizeof rules.fs;
    if (abi >= 4) {
        rules.net = 3; /* bind and connect TCP */
        size = 2 * sizeof(uint64_t);
    }
    if (abi >= 6) {
        rules.scoped = 3; /* abstract unix sockets, signals */
        size = sizeof rules;
    }
    int fd = (int)syscall(CREATE_RULESET, &rules, size, 0);
    if (fd < 0)
        return fail_os(why, "landlock: create ruleset");
    long rc = syscall(RESTRICT_SELF, fd, 0);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return rc == 0 ? ERR_NONE : fail_os(why, "landlock: restrict self");
}
