/* Namespaces, an empty root, no identity. Taken wherever the kernel and the place give them. */
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

/* Over files, users and its own children: CAP_CHOWN to CAP_SETPCAP (capabilities(7)). */
enum { CAPS_OPENER = (1 << (CAP_SETPCAP + 1)) - 1 };

static const struct {
    int flag;
    enum layer layer;
} spaces[] = {
    {CLONE_NEWNET, LAYER_NET_NS},
    {CLONE_NEWIPC, LAYER_IPC_NS},
    {CLONE_NEWNS, LAYER_MOUNT_NS},
    {CLONE_NEWPID, LAYER_PID_NS},
};

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = write(fd, text, strlen(text));
    (void)n; /* an unmapped id is as good: everything is dropped soon */
    (void)close(fd);
}

/* One id mapped onto itself, so that tmpfs may be mounted in the new user namespace. */
static void map_ids(unsigned uid, unsigned gid)
{
    char text[64];
    write_file("/proc/self/setgroups", "deny");
    (void)snprintf(text, sizeof text, "%u %u 1", uid, uid);
    write_file("/proc/self/uid_map", text);
    (void)snprintf(text, sizeof text, "%u %u 1", gid, gid);
    write_file("/proc/self/gid_map", text);
}

/* Those of `keep` that it has stay, also for what it executes. */
static enum err keep_capabilities(uint64_t keep, struct why *why)
{
    for (int cap = 0; cap < 64; cap++)
        if (!(keep >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
            (void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* needs CAP_SETPCAP; useless without it */
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct has[2] = {{0, 0, 0}, {0, 0, 0}};
    if (keep != 0 && syscall(SYS_capget, &head, has) != 0)
        return fail_os(why, "cannot read capabilities");
    for (int i = 0; i < 2; i++) {
        has[i].permitted &= (uint32_t)(keep >> (32 * i));
        has[i].effective &= has[i].permitted;
        has[i].inheritable = 0;
    }
    if (syscall(SYS_capset, &head, has) != 0)
        return fail_os(why, "cannot drop capabilities");
    return ERR_NONE;
}

/* Root becomes nobody; a container without CAP_SETUID keeps its id, but no capability. */
static void become_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0)
        (void)!setresuid(NOBODY, NOBODY, NOBODY);
}

/* What everybody may: a user namespace of one's own. Root without CAP_SYS_ADMIN is nobody in it. */
static bool enter_user_namespace(void)
{
    become_nobody();
    unsigned uid = geteuid(), gid = getegid();
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* else its own map is not its to write */
    bool is_in = unshare(CLONE_NEWUSER) == 0;
    if (is_in)
        map_ids(uid, gid);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return is_in;
}

void confine_namespaces(unsigned *layers, bool *fork_needed)
{
    /* Root with CAP_SYS_ADMIN (which an opener gave up, where it could) enters the others from
     * outside, and a user namespace last; everybody else a user namespace first. */
    bool may = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
    if (!may && enter_user_namespace())
        *layers |= 1u << LAYER_USER_NS;
    if (may)
        *layers |= 1u << LAYER_NET_NS;
    /* One by one: a place that refuses one may give the others. */
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        if (!(*layers & 1u << spaces[i].layer) && unshare(spaces[i].flag) == 0)
            *layers |= 1u << spaces[i].layer;
    *fork_needed = (*layers & 1u << LAYER_PID_NS) != 0;
}

/* True when the working directory is on another file system than the root was. */
static bool is_elsewhere(const struct stat *root)
{
    struct stat st;
    return stat(".", &st) == 0 && st.st_dev != root->st_dev;
}

/* True when an empty, read-only file system is our root now. */
static bool empty_root(void)
{
    struct stat root;
    if (stat("/", &root) != 0)
        return false;
    static const char *const places[] = {"/tmp", "/proc", "/usr", "/mnt", "/"};
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 && errno != EINVAL)
        return false; /* EINVAL: a chroot whose root is no mount point; then nothing propagates here
                       */
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (mount("none", places[i], "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
                  "size=4k,nr_inodes=2,mode=0555") != 0)
            continue;
        /* "/.." and not "/": only the step up crosses into what was just mounted on the root. */
        if (chdir(places[i][1] ? places[i] : "/..") != 0 || !is_elsewhere(&root))
            continue;
        if (syscall(SYS_pivot_root, ".", ".") == 0)
            return umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
        return chroot(".") == 0 && chdir("/") == 0;
    }
    return false;
}

enum err confine_powers(struct why *why)
{
    return keep_capabilities(0, why);
}

enum err confine_identity(unsigned *layers, struct why *why)
{
    bool was_root = geteuid() == 0;
    if (*layers & 1u << LAYER_MOUNT_NS && !empty_root())
        *layers &= ~(1u << LAYER_MOUNT_NS);
    become_nobody();
    if (was_root && unshare(CLONE_NEWUSER) == 0)
        *layers |= 1u << LAYER_USER_NS;
    return keep_capabilities(0, why);
}

/* Unmaps one line of /proc/self/maps when it is vdso or vvar. True when it was one and is gone. */
static bool unmap_line(const char *line, bool *failed)
{
    unsigned long from = 0, to = 0;
    if (!strstr(line, "[vvar") && !strstr(line, "[vdso]"))
        return false;
    if (sscanf(line, "%lx-%lx", &from, &to) != 2 || to <= from)
        return false;
    if (munmap((void *)from, to - from) != 0)
        *failed = true;
    return true;
}

void confine_clock(unsigned *layers)
{
    /* Collected first: the list must not change under the reader, and stdio may ask the time. */
    char lines[8][160];
    unsigned count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps)
        return;
    char line[512];
    while (fgets(line, sizeof line, maps))
        if (count < 8 && (strstr(line, "[vvar") || strstr(line, "[vdso]")))
            (void)snprintf(lines[count++], sizeof lines[0], "%.150s", line);
    (void)fclose(maps);
    bool failed = false;
    unsigned gone = 0;
    for (unsigned i = 0; i < count; i++)
        gone += unmap_line(lines[i], &failed);
    if (gone > 0 && !failed)
        *layers |= 1u << LAYER_CLOCK;
}

/* Whether a zygote has its namespaces without CAP_SYS_ADMIN: tried, as places differ in many ways.
 */
static bool can_do_without_admin(void)
{
    (void)signal(SIGCHLD, SIG_DFL); /* an ignored one would hide the answer */
    pid_t pid = fork();
    if (pid == 0) {
        struct why why = {0};
        bool can = keep_capabilities(CAPS_OPENER, &why) == ERR_NONE && enter_user_namespace() &&
                   unshare(CLONE_NEWNS) == 0 && empty_root();
        _exit(can ? 0 : 1);
    }
    int status = 1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

enum err confine_root(bool reads_processes, struct why *why)
{
    uint64_t keep = CAPS_OPENER;
    if (geteuid() != 0)
        return ERR_NONE;
    if (reads_processes)
        keep |= UINT64_C(1) << CAP_SYS_PTRACE;
    if (!can_do_without_admin())
        keep |= UINT64_C(1) << CAP_SYS_ADMIN;
    return keep_capabilities(keep, why);
}

enum err confine_service(unsigned uid, unsigned gid, struct why *why)
{
    static const int wanted[] = {CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWNS};
    if (geteuid() == 0) {
        bool own = true;
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            own = unshare(wanted[i]) == 0 && own;
        if (own)
            (void)empty_root(); /* wanted, not required: Landlock and the filter stand without it */
        if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
            setresuid(uid, uid, uid) != 0)
            return fail_os(why, "cannot become user %u", uid);
    }
    return keep_capabilities(0, why);
}
