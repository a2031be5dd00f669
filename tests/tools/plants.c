/* Holes on purpose, so that the test which looks for holes is seen to find them. Each PLANT_* makes
 * one variant of the twin; nothing here is ever part of a program that is installed.
 *
 * A variant without the filter (PLANT_NO_FILTER) is no hole but a tool: it lets the other layers be
 * tried alone. */
#define filters_jail real_filters_jail
#define filters_jail_len real_filters_jail_len
#define filters_zygote real_filters_zygote
#define filters_zygote_len real_filters_zygote_len
#include "sandbox/filters.c"
#undef filters_jail
#undef filters_jail_len
#undef filters_zygote
#undef filters_zygote_len

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined PLANT_NO_FILTER
#define JAIL ALLOW
#define ZYGOTE ALLOW
#elif defined PLANT_NO_ARCH
/* i386's execve is 11, which is munmap. */
#define JAIL LOAD(NR), ALLOW_CALL(SYS_exit_group), PLAIN_FUTEX, ALLOW_CALL(SYS_munmap), KILL
#define ZYGOTE ALLOW
#elif defined PLANT_CALL
#define JAIL                                                                                       \
    ONLY_X86_64, ALLOW_CALL(SYS_exit_group), PLAIN_FUTEX, ALLOW_CALL(SYS_munmap),                  \
        ALLOW_CALL(SYS_brk), ANONYMOUS_MMAP, PLAIN_MREMAP, PLAIN_MADVISE, ALLOW_CALL(SYS_getppid), \
        KILL
#elif defined PLANT_ARGUMENT
/* mremap whatever its flags. */
#define JAIL                                                                                       \
    ONLY_X86_64, ALLOW_CALL(SYS_exit_group), PLAIN_FUTEX, ALLOW_CALL(SYS_munmap),                  \
        ALLOW_CALL(SYS_brk), ANONYMOUS_MMAP, ALLOW_CALL(SYS_mremap), PLAIN_MADVISE, KILL
#define ZYGOTE ALLOW
#endif

extern const struct sock_filter filters_jail[];
extern const unsigned short filters_jail_len;
extern const struct sock_filter filters_zygote[];
extern const unsigned short filters_zygote_len;

#ifndef JAIL
#define JAIL                                                                                       \
    ONLY_X86_64, ALLOW_CALL(SYS_exit_group), PLAIN_FUTEX, ALLOW_CALL(SYS_munmap),                  \
        ALLOW_CALL(SYS_brk), ANONYMOUS_MMAP, PLAIN_MREMAP, PLAIN_MADVISE, KILL
#endif
#ifndef ZYGOTE
#define ZYGOTE                                                                                     \
    ONLY_X86_64, ALLOW_CALL(SYS_exit_group), ALLOW_CALL(SYS_read), ALLOW_CALL(SYS_write),          \
        ALLOW_CALL(SYS_close), ALLOW_CALL(SYS_close_range), ALLOW_CALL(SYS_wait4), PLAIN_KILL,     \
        ALLOW_CALL(SYS_gettid), ALLOW_CALL(SYS_getppid), OWN_LIMITS,                               \
        ALLOW_CALL(SYS_set_robust_list), MORE_SECCOMP, PLAIN_FORK, SOME_PRCTL, PLAIN_FUTEX,        \
        ALLOW_CALL(SYS_munmap), ALLOW_CALL(SYS_brk), DATA_MMAP, PLAIN_MREMAP, PLAIN_MADVISE, KILL
#endif
const struct sock_filter filters_jail[] = {JAIL};
const unsigned short filters_jail_len = sizeof filters_jail / sizeof filters_jail[0];
const struct sock_filter filters_zygote[] = {ZYGOTE};
const unsigned short filters_zygote_len = sizeof filters_zygote / sizeof filters_zygote[0];

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
    return __real_syscall(nr, a, b, c, d, e, f);
}

int __wrap_unshare(int flags)
{
#ifdef PLANT_NET
    flags &= ~CLONE_NEWNET;
#endif
    return __real_unshare(flags);
}

int __wrap_prctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
#ifdef PLANT_TSC
    if (op == PR_SET_TSC)
        return 0;
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
