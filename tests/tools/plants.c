/* Holes on purpose, so that the tests which look for holes are seen to find them. Each PLANT_*
 * makes one variant of a program; nothing here is ever part of one that is installed.
 *
 * A variant without the filter (PLANT_NO_FILTER) is no hole but a tool: it lets the other layers be
 * tried alone. */
#define filters_jail real_filters_jail
#define filters_jail_len real_filters_jail_len
#define filters_zygote real_filters_zygote
#define filters_zygote_len real_filters_zygote_len
#define filters_opener real_filters_opener
#define filters_opener_len real_filters_opener_len
#define filters_door real_filters_door
#define filters_door_len real_filters_door_len
#define filters_courier real_filters_courier
#define filters_courier_len real_filters_courier_len
#include "sandbox/filters.c"
#undef filters_jail
#undef filters_jail_len
#undef filters_zygote
#undef filters_zygote_len
#undef filters_opener
#undef filters_opener_len
#undef filters_door
#undef filters_door_len
#undef filters_courier
#undef filters_courier_len

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* i386's execve is 11, which is munmap; in x32 every number is another. */
#define ONLY_MACHINE LOAD(ARCH), IF_EQ(AUDIT_ARCH_X86_64, 1), KILL, LOAD(NR)

#if defined PLANT_NO_FILTER
#define JAIL ALLOW
#define ZYGOTE ALLOW
#elif defined PLANT_NO_ARCH
#define JAIL LOAD(NR), ALLOW_CALL(SYS_exit_group), PLAIN_FUTEX, ALLOW_CALL(SYS_munmap), KILL
#define ZYGOTE ALLOW
#elif defined PLANT_CALL
#define JAIL ONLY_X86_64, JAIL_CALLS, ALLOW_CALL(SYS_getppid), KILL
#elif defined PLANT_ARGUMENT /* mremap whatever its flags */
#define JAIL ONLY_X86_64, ALLOW_CALL(SYS_mremap), JAIL_CALLS, KILL
#define ZYGOTE ALLOW
#elif defined PLANT_X32
#define OPENER ONLY_MACHINE, DENY_CALL(SYS_sendmsg), NO_TALK, ALLOW
#elif defined PLANT_TALK
#define OPENER ONLY_X86_64, ALLOW_CALL(SYS_socket), DENY_CALL(SYS_sendmsg), NO_TALK, ALLOW
#elif defined PLANT_DOOR_OPENS
#define DOOR ONLY_X86_64, ALLOW_CALL(SYS_openat), DOOR_CALLS, KILL
#elif defined PLANT_COURIER_RUNS
#define COURIER ONLY_X86_64, ALLOW_CALL(SYS_execve), COURIER_CALLS, DENY
#endif

#ifndef JAIL
#define JAIL ONLY_X86_64, JAIL_CALLS, KILL
#endif
#ifndef ZYGOTE
#define ZYGOTE ONLY_X86_64, ZYGOTE_CALLS, KILL
#endif
#ifndef OPENER
#define OPENER ONLY_X86_64, DENY_CALL(SYS_sendmsg), NO_TALK, ALLOW
#endif
#ifndef DOOR
#define DOOR ONLY_X86_64, DOOR_CALLS, KILL
#endif
#ifndef COURIER
#define COURIER ONLY_X86_64, COURIER_CALLS, DENY
#endif
#define FILTER(name, ...)                                                                          \
    extern const struct sock_filter filters_##name[];                                              \
    extern const unsigned short filters_##name##_len;                                              \
    const struct sock_filter filters_##name[] = {__VA_ARGS__};                                     \
    const unsigned short filters_##name##_len = sizeof filters_##name / sizeof filters_##name[0];
FILTER(jail, JAIL)
FILTER(zygote, ZYGOTE)
FILTER(opener, OPENER)
FILTER(door, DOOR)
FILTER(courier, COURIER)

/* --- layers that are claimed and not raised; the linker puts these before libc's own --- */

long __real_syscall(long nr, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f);
int __real_unshare(int flags);
int __wrap_unshare(int flags);
int __real_prctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int __wrap_prctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int __real_setrlimit64(int which, const struct rlimit *limit);
int __wrap_setrlimit64(int which, const struct rlimit *limit);
void *__real_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t from);
void *__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t from);
int __real_munmap(void *at, size_t len);
int __wrap_munmap(void *at, size_t len);

long __wrap_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
#ifdef PLANT_DESCRIPTOR
    if (nr == SYS_close_range && a == 0) /* descriptor 4, the pipe to the opener, stays */
        return __real_syscall(nr, 5, b, c, d, e, f) + __real_syscall(nr, 0, 3, c, d, e, f);
#endif
#ifdef PLANT_LANDLOCK
    if (nr == 446) /* landlock_restrict_self */
        return 0;
#endif
#ifdef PLANT_CAPABILITIES
    if (nr == SYS_capset)
        return 0;
#endif
#ifdef PLANT_ONE_FILTER_LESS
    if (nr == SYS_seccomp && c && ((const struct sock_fprog *)c)->len == filters_jail_len)
        return 0;
#endif
    return __real_syscall(nr, a, b, c, d, e, f);
}

int __wrap_unshare(int flags)
{
#ifdef PLANT_NET /* claimed, in a user namespace of its own */
    if (flags == CLONE_NEWNET) {
        errno = EPERM;
        return geteuid() == 0 ? -1 : 0;
    }
#endif
#ifdef PLANT_FILE /* while there are still files */
    static int fd = -1;
    if (fd < 0)
        fd = open("/etc/passwd", O_RDONLY);
#endif
    return __real_unshare(flags);
}

int __wrap_prctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
#ifdef PLANT_TSC
    if (op == PR_SET_TSC)
        return 0;
#endif
#ifdef PLANT_NEW_PRIVS
    if (op == PR_SET_NO_NEW_PRIVS)
        return 0;
#endif
#ifdef PLANT_MDWE
    if (op == PR_SET_MDWE)
        return 0;
#endif
#ifdef PLANT_WX
    if (op == PR_SET_MDWE)
        (void)__real_mmap64(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#endif
#ifdef PLANT_CODE
    if (op == PR_SET_MDWE)
        (void)__real_mmap64(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#endif
    return __real_prctl(op, a, b, c, d);
}

int __wrap_setrlimit64(int which, const struct rlimit *limit)
{
#ifdef PLANT_LIMITS
    (void)which, (void)limit;
    return 0;
#else
    return __real_setrlimit64(which, limit);
#endif
}

void *__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t from)
{
#ifdef PLANT_WINDOW
    if (fd == 6) /* the first slot's window; its descriptor is read-only, so a private copy */
        return __real_mmap64(at, len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, from);
#endif
    return __real_mmap64(at, len, prot, flags, fd, from);
}

int __wrap_munmap(void *at, size_t len)
{
#ifdef PLANT_CLOCK
    (void)at, (void)len;
    return 0;
#else
    return __real_munmap(at, len);
#endif
}

#ifdef PLANT_SOCKET
/* Born with a socket, which every child of it has, too. */
__attribute__((constructor)) static void plant_socket(void)
{
    (void)!dup2(socket(AF_UNIX, SOCK_DGRAM, 0), 200);
}
#endif
