/* openat2(2), Linux 5.6. */
#include "open/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_how(int folder, const char *name, int flags, uint64_t resolve)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = resolve};
    return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

int beneath_open(int folder, const char *name, int flags)
{
    return open_how(folder, name, flags,
                    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int beneath_open_named(const char *path, int flags)
{
    return open_how(AT_FDCWD, path, flags, RESOLVE_NO_MAGICLINKS);
}
