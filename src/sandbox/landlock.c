/* Landlock by its three calls. Rights by ABI: include/uapi/linux/landlock.h; Debian 12's header
 * ends at ABI 2, so the numbers stand here. */
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    CREATE_RULESET = 444,
    ADD_RULE = 445,
    RESTRICT_SELF = 446,
    VERSION_FLAG = 1,
    PATH_BENEATH = 1
};

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

enum { NET_BIND = 1, NET_CONNECT = 2, SCOPED_ALL = 3 };

/* A ruleset that handles every right of this ABI to files, and these to the network. */
static int make_ruleset(int abi, uint64_t net)
{
    struct ruleset rules = {.fs = fs_rights(abi)};
    size_t size = sizeof rules.fs;
    if (abi >= 4) {
        rules.net = net;
        size = 2 * sizeof(uint64_t);
    }
    if (abi >= 6) {
        rules.scoped = SCOPED_ALL; /* abstract unix sockets, signals */
        size = sizeof rules;
    }
    return (int)syscall(CREATE_RULESET, &rules, size, 0);
}

/* Takes fd. */
static enum err restrict_self(int fd, struct why *why)
{
    long rc = syscall(RESTRICT_SELF, fd, 0);
    int saved = errno;
    (void)close(fd);
    errno = saved;
    return rc == 0 ? ERR_NONE : fail_os(why, "landlock: restrict self");
}

enum err landlock_close(int abi, struct why *why)
{
    int fd = make_ruleset(abi, NET_BIND | NET_CONNECT);
    if (fd < 0)
        return fail_os(why, "landlock: create ruleset");
    return restrict_self(fd, why);
}

/* include/uapi/linux/landlock.h: rights by bit. */
enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_REG = 1 << 8,
    FS_TRUNCATE = 1 << 14
};

/* struct landlock_path_beneath_attr: packed in the kernel's header. */
struct __attribute__((packed)) beneath {
    uint64_t allowed;
    int32_t parent;
};

static enum err grant(int rules, int abi, const struct landlock_place *place, struct why *why)
{
    struct stat st;
    struct beneath b = {.allowed = FS_READ_FILE, .parent = open(place->path, O_PATH | O_CLOEXEC)};
    if (b.parent < 0)
        return errno == ENOENT ? ERR_NONE : fail_os(why, "landlock: %s", place->path);
    bool is_folder = fstat(b.parent, &st) == 0 && S_ISDIR(st.st_mode);
    if (is_folder)
        b.allowed |= FS_READ_DIR;
    if (place->may_write)
        b.allowed |= FS_WRITE_FILE | FS_TRUNCATE | (is_folder ? FS_REMOVE_FILE | FS_MAKE_REG : 0);
    b.allowed &= fs_rights(abi);
    long rc = syscall(ADD_RULE, rules, PATH_BENEATH, &b, 0);
    int saved = errno;
    (void)close(b.parent);
    errno = saved;
    return rc == 0 ? ERR_NONE : fail_os(why, "landlock: %s", place->path);
}

enum err landlock_leave(int abi, const struct landlock_place *places, unsigned count,
                        struct why *why)
{
    int fd = make_ruleset(abi, NET_BIND);
    if (fd < 0)
        return fail_os(why, "landlock: create ruleset");
    enum err err = ERR_NONE;
    for (unsigned i = 0; i < count && err == ERR_NONE; i++)
        err = grant(fd, abi, &places[i], why);
    if (err != ERR_NONE) {
        (void)close(fd);
        return err;
    }
    return restrict_self(fd, why);
}
