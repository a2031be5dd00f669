/* Classic BPF over struct seccomp_data. Jumps are forward and relative; each check below either
 * returns or falls through, so no label has to be counted across checks. */
#include "sandbox/filters.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/in.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef __x86_64__
#error "the filters are written for x86-64; another machine needs its own call numbers"
#endif

/* Debian 12's headers lack some of these. */
#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#ifndef MADV_DONTDUMP
#define MADV_DONTDUMP 16
#endif

#define NR offsetof(struct seccomp_data, nr)
#define ARCH offsetof(struct seccomp_data, arch)
#define LO(i) (offsetof(struct seccomp_data, args) + 8 * (i))
#define HI(i) (offsetof(struct seccomp_data, args) + 8 * (i) + 4)

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (what))
#define AND(mask) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (mask))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define KILL RETURN(SECCOMP_RET_KILL_PROCESS)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define DENY RETURN(SECCOMP_RET_ERRNO | EPERM)
/* If the accumulator equals k go on, else jump over `skip` instructions. */
#define UNLESS_EQ(k, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), 0, (skip))
/* If it equals k jump over `skip`. */
#define IF_EQ(k, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (skip), 0)

/* i386 and x32 have other numbers for other calls: without this, i386's execve is our munmap. */
#define ONLY_X86_64                                                                                \
    LOAD(ARCH), IF_EQ(AUDIT_ARCH_X86_64, 1), KILL, LOAD(NR),                                       \
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), KILL

#define ALLOW_CALL(nr) UNLESS_EQ((nr), 1), ALLOW
#define DENY_CALL(nr) UNLESS_EQ((nr), 1), DENY
#define ZERO_HI(i, bad) LOAD(HI(i)), UNLESS_EQ(0, (bad))

#ifdef CANDOR_ASAN
/* Sanitizer builds: AddressSanitizer maps its shadow FIXED and advises on it. Never in a release.
 */
#define MMAP_EXTRA MAP_FIXED
/* It looks at the signal stack before a function that does not return. */
#define ASAN_CALLS ALLOW_CALL(SYS_sigaltstack),
#else
#define MMAP_EXTRA 0
#define ASAN_CALLS
#endif
#define MMAP_FREE (MAP_NORESERVE | MAP_STACK | MAP_POPULATE | MMAP_EXTRA)

/* mmap: readable or writable, never executable; private and anonymous. All in 64 bits. */
#define ANONYMOUS_MMAP                                                                             \
    UNLESS_EQ(SYS_mmap, 13), LOAD(HI(2)), UNLESS_EQ(0, 10), LOAD(LO(2)),                           \
        AND(~(unsigned)(PROT_READ | PROT_WRITE)), UNLESS_EQ(0, 7), LOAD(HI(3)), UNLESS_EQ(0, 5),   \
        LOAD(LO(3)), AND(~(unsigned)MMAP_FREE), UNLESS_EQ(MAP_PRIVATE | MAP_ANONYMOUS, 2), ALLOW,  \
        KILL, KILL

/* mremap: at most MREMAP_MAYMOVE. */
#define PLAIN_MREMAP                                                                               \
    UNLESS_EQ(SYS_mremap, 7), LOAD(HI(3)), UNLESS_EQ(0, 4), LOAD(LO(3)),                           \
        AND(~(unsigned)MREMAP_MAYMOVE), UNLESS_EQ(0, 1), ALLOW, KILL

/* madvise: give back, or ask for huge pages. */
#ifdef CANDOR_ASAN
#define PLAIN_MADVISE                                                                              \
    UNLESS_EQ(SYS_madvise, 8), LOAD(LO(2)), IF_EQ(MADV_DONTNEED, 5), IF_EQ(MADV_FREE, 4),          \
        IF_EQ(MADV_HUGEPAGE, 3), IF_EQ(MADV_NOHUGEPAGE, 2), IF_EQ(MADV_DONTDUMP, 1), KILL, ALLOW
#else
#define PLAIN_MADVISE                                                                              \
    UNLESS_EQ(SYS_madvise, 6), LOAD(LO(2)), IF_EQ(MADV_DONTNEED, 3), IF_EQ(MADV_FREE, 2),          \
        IF_EQ(MADV_HUGEPAGE, 1), KILL, ALLOW
#endif

/* futex: WAKE, or WAIT without a timeout (with one, a stop would end in restart_syscall). */
#define PLAIN_FUTEX                                                                                \
    UNLESS_EQ(SYS_futex, 10), LOAD(LO(1)),                                                         \
        AND(~(unsigned)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)), IF_EQ(FUTEX_WAKE, 5),         \
        UNLESS_EQ(FUTEX_WAIT, 5), LOAD(LO(3)), UNLESS_EQ(0, 3), LOAD(HI(3)), UNLESS_EQ(0, 1),      \
        ALLOW, KILL

#define JAIL_CALLS                                                                                 \
    ALLOW_CALL(SYS_exit_group), ASAN_CALLS PLAIN_FUTEX, ALLOW_CALL(SYS_munmap),                    \
        ALLOW_CALL(SYS_brk), ANONYMOUS_MMAP, PLAIN_MREMAP, PLAIN_MADVISE

const struct sock_filter filters_jail[] = {ONLY_X86_64, JAIL_CALLS, KILL};
const unsigned short filters_jail_len = sizeof filters_jail / sizeof filters_jail[0];

/* mmap for the zygote: file mappings, too (a new jail's window), but never executable. */
#define DATA_MMAP                                                                                  \
    UNLESS_EQ(SYS_mmap, 7), LOAD(HI(2)), UNLESS_EQ(0, 4), LOAD(LO(2)),                             \
        AND(~(unsigned)(PROT_READ | PROT_WRITE)), UNLESS_EQ(0, 1), ALLOW, KILL

/* clone as plain fork: no flags besides the exit signal. */
#define PLAIN_FORK                                                                                 \
    UNLESS_EQ(SYS_clone, 6), LOAD(HI(0)), UNLESS_EQ(0, 3), LOAD(LO(0)), UNLESS_EQ(SIGCHLD, 1),     \
        ALLOW, KILL

#define SOME_PRCTL                                                                                 \
    UNLESS_EQ(SYS_prctl, 9), LOAD(LO(0)), IF_EQ(PR_SET_PDEATHSIG, 6), IF_EQ(PR_SET_TSC, 5),        \
        IF_EQ(PR_SET_NAME, 4), IF_EQ(PR_SET_DUMPABLE, 3), IF_EQ(PR_SET_NO_NEW_PRIVS, 2),           \
        IF_EQ(PR_SET_MDWE, 1), KILL, ALLOW

/* kill: SIGKILL, to one process that is not init; never to a group or to everybody. */
#define PLAIN_KILL                                                                                 \
    UNLESS_EQ(SYS_kill, 8), LOAD(LO(1)), UNLESS_EQ(SIGKILL, 5), LOAD(LO(0)),                       \
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x80000000, 3, 0), IF_EQ(0, 2), IF_EQ(1, 1), ALLOW,    \
        KILL

/* prlimit64: its own limits. seccomp: one filter more. */
#define OWN_LIMITS UNLESS_EQ(SYS_prlimit64, 4), LOAD(LO(0)), UNLESS_EQ(0, 1), ALLOW, KILL
#define MORE_SECCOMP                                                                               \
    UNLESS_EQ(SYS_seccomp, 4), LOAD(LO(0)), UNLESS_EQ(SECCOMP_SET_MODE_FILTER, 1), ALLOW, KILL

#define ZYGOTE_CALLS                                                                               \
    ALLOW_CALL(SYS_exit_group), ALLOW_CALL(SYS_read), ALLOW_CALL(SYS_write),                       \
        ALLOW_CALL(SYS_close), ALLOW_CALL(SYS_close_range), ALLOW_CALL(SYS_wait4), PLAIN_KILL,     \
        ALLOW_CALL(SYS_gettid), ALLOW_CALL(SYS_getppid), OWN_LIMITS,                               \
        ALLOW_CALL(SYS_set_robust_list), MORE_SECCOMP, PLAIN_FORK, SOME_PRCTL, PLAIN_FUTEX,        \
        ASAN_CALLS ALLOW_CALL(SYS_munmap), ALLOW_CALL(SYS_brk), DATA_MMAP, PLAIN_MREMAP,           \
        PLAIN_MADVISE

const struct sock_filter filters_zygote[] = {ONLY_X86_64, ZYGOTE_CALLS, KILL};
const unsigned short filters_zygote_len = sizeof filters_zygote / sizeof filters_zygote[0];

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#define SYS_io_uring_register 427
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#define SYS_fspick 433
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* The opener reads an owner's files, so it must not be able to talk: no socket of any kind, nothing
 * that makes one by another door (or receives one), nothing that reaches into other processes or
 * loads code into the kernel. mount and unshare stay: a zygote inherits this filter and needs them,
 * in its user namespace. In the first one an opener has no capability to mount (confine_root).
 */
#define NO_TALK                                                                                    \
    DENY_CALL(SYS_socket), DENY_CALL(SYS_socketpair), DENY_CALL(SYS_connect), DENY_CALL(SYS_bind), \
        DENY_CALL(SYS_listen), DENY_CALL(SYS_accept), DENY_CALL(SYS_accept4),                      \
        DENY_CALL(SYS_sendto), DENY_CALL(SYS_sendmmsg), DENY_CALL(SYS_recvfrom),                   \
        DENY_CALL(SYS_recvmsg), DENY_CALL(SYS_recvmmsg), DENY_CALL(SYS_io_uring_setup),            \
        DENY_CALL(SYS_io_uring_enter), DENY_CALL(SYS_io_uring_register), DENY_CALL(SYS_bpf),       \
        DENY_CALL(SYS_ptrace), DENY_CALL(SYS_process_vm_readv), DENY_CALL(SYS_process_vm_writev),  \
        DENY_CALL(SYS_process_madvise), DENY_CALL(SYS_pidfd_getfd), DENY_CALL(SYS_kcmp),           \
        DENY_CALL(SYS_setns), DENY_CALL(SYS_open_tree), DENY_CALL(SYS_move_mount),                 \
        DENY_CALL(SYS_fsopen), DENY_CALL(SYS_fsconfig), DENY_CALL(SYS_fsmount),                    \
        DENY_CALL(SYS_fspick), DENY_CALL(SYS_mount_setattr), DENY_CALL(SYS_perf_event_open),       \
        DENY_CALL(SYS_userfaultfd), DENY_CALL(SYS_open_by_handle_at), DENY_CALL(SYS_init_module),  \
        DENY_CALL(SYS_finit_module), DENY_CALL(SYS_delete_module), DENY_CALL(SYS_kexec_load),      \
        DENY_CALL(SYS_kexec_file_load), DENY_CALL(SYS_add_key), DENY_CALL(SYS_request_key),        \
        DENY_CALL(SYS_keyctl), DENY_CALL(SYS_msgget), DENY_CALL(SYS_msgsnd),                       \
        DENY_CALL(SYS_mq_open), DENY_CALL(SYS_shmget), DENY_CALL(SYS_shmat),                       \
        DENY_CALL(SYS_semget), DENY_CALL(SYS_iopl), DENY_CALL(SYS_ioperm), DENY_CALL(SYS_reboot)

const struct sock_filter filters_opener[] = {ONLY_X86_64, DENY_CALL(SYS_sendmsg), NO_TALK, ALLOW};
const unsigned short filters_opener_len = sizeof filters_opener / sizeof filters_opener[0];

/* The keeper opens rules and starts zygotes for the door. It is an opener that may also send (a
 * descriptor) on the one socket it was born with. */
const struct sock_filter filters_keeper[] = {ONLY_X86_64, NO_TALK, ALLOW};
const unsigned short filters_keeper_len = sizeof filters_keeper / sizeof filters_keeper[0];

/* fcntl: seals of its own memory; flags. */
#define SOME_FCNTL                                                                                 \
    UNLESS_EQ(SYS_fcntl, 7), LOAD(LO(1)), IF_EQ(F_ADD_SEALS, 4), IF_EQ(F_GET_SEALS, 3),            \
        IF_EQ(F_GETFL, 2), IF_EQ(F_GETFD, 1), KILL, ALLOW

/* The door speaks to strangers. What it has: sockets, pipes to the zygote, an epoll, memory.
 * newfstatat is fstat in glibc 2.36. */
#define DOOR_CALLS                                                                                 \
    ALLOW_CALL(SYS_read), ALLOW_CALL(SYS_write), ALLOW_CALL(SYS_recvmsg), ALLOW_CALL(SYS_accept4), \
        ALLOW_CALL(SYS_epoll_wait), ALLOW_CALL(SYS_epoll_pwait), ALLOW_CALL(SYS_epoll_pwait2),     \
        ALLOW_CALL(SYS_epoll_ctl), ALLOW_CALL(SYS_close), ALLOW_CALL(SYS_pread64),                 \
        ALLOW_CALL(SYS_fstat), ALLOW_CALL(SYS_newfstatat), ALLOW_CALL(SYS_statx),                  \
        ALLOW_CALL(SYS_poll), ALLOW_CALL(SYS_memfd_create), SOME_FCNTL,                            \
        ALLOW_CALL(SYS_getsockopt), ALLOW_CALL(SYS_shutdown), ALLOW_CALL(SYS_clock_gettime),       \
        ALLOW_CALL(SYS_getrandom), ALLOW_CALL(SYS_restart_syscall), ALLOW_CALL(SYS_rt_sigreturn),  \
        ALLOW_CALL(SYS_rt_sigprocmask), ALLOW_CALL(SYS_gettid), ALLOW_CALL(SYS_exit_group),        \
        PLAIN_FUTEX, ASAN_CALLS ALLOW_CALL(SYS_munmap), ALLOW_CALL(SYS_brk), DATA_MMAP,            \
        PLAIN_MREMAP, PLAIN_MADVISE

const struct sock_filter filters_door[] = {ONLY_X86_64, DOOR_CALLS, KILL};
const unsigned short filters_door_len = sizeof filters_door / sizeof filters_door[0];

/* socket: the internet by stream or datagram, TCP and UDP only (MPTCP would pass Landlock by); the
 * kernel's routes, which getaddrinfo asks for. */
#define INTERNET_SOCKET                                                                            \
    UNLESS_EQ(SYS_socket, 17), LOAD(LO(0)), IF_EQ(AF_INET, 5), IF_EQ(AF_INET6, 4),                 \
        UNLESS_EQ(AF_NETLINK, 11), LOAD(LO(2)), UNLESS_EQ(0, 9), ALLOW, LOAD(LO(1)), AND(0xf),     \
        IF_EQ(SOCK_STREAM, 1), UNLESS_EQ(SOCK_DGRAM, 4), LOAD(LO(2)), IF_EQ(0, 3),                 \
        IF_EQ(IPPROTO_TCP, 2), IF_EQ(IPPROTO_UDP, 1), DENY, ALLOW

/* socketpair: libcurl wakes itself by one. A datagram's end could be connected to a path, which
 * Landlock does not see. */
#define STREAM_PAIR                                                                                \
    UNLESS_EQ(SYS_socketpair, 5), LOAD(LO(1)), AND(0xf), UNLESS_EQ(SOCK_STREAM, 1), ALLOW, DENY

/* clone: a thread (libcurl looks names up in one), never a process. clone3's flags lie in memory,
 * where no filter can see them: "no such call" sends libc back to clone. */
#define THREADS_ONLY                                                                               \
    UNLESS_EQ(SYS_clone, 5), LOAD(LO(0)), AND(CLONE_THREAD), UNLESS_EQ(CLONE_THREAD, 1), ALLOW,    \
        DENY, UNLESS_EQ(SYS_clone3, 1), RETURN(SECCOMP_RET_ERRNO | ENOSYS)

/* Memory that is never executable. */
#define NO_EXEC_MEMORY(nr)                                                                         \
    UNLESS_EQ((nr), 5), LOAD(LO(2)), AND(PROT_EXEC), UNLESS_EQ(0, 1), ALLOW, DENY

/* The courier talks, so Landlock leaves it its inbox and what names are looked up with. What is not
 * here is refused rather than deadly: libraries try things. bind is for the netlink socket. */
#define COURIER_CALLS                                                                              \
    INTERNET_SOCKET, STREAM_PAIR, THREADS_ONLY, NO_EXEC_MEMORY(SYS_mmap),                          \
        NO_EXEC_MEMORY(SYS_mprotect), ALLOW_CALL(SYS_connect), ALLOW_CALL(SYS_bind),               \
        ALLOW_CALL(SYS_sendto), ALLOW_CALL(SYS_sendmsg), ALLOW_CALL(SYS_sendmmsg),                 \
        ALLOW_CALL(SYS_recvfrom), ALLOW_CALL(SYS_recvmsg), ALLOW_CALL(SYS_getsockname),            \
        ALLOW_CALL(SYS_getpeername), ALLOW_CALL(SYS_getsockopt), ALLOW_CALL(SYS_setsockopt),       \
        ALLOW_CALL(SYS_shutdown), ALLOW_CALL(SYS_eventfd2), ALLOW_CALL(SYS_pipe2),                 \
        ALLOW_CALL(SYS_poll), ALLOW_CALL(SYS_ppoll), ALLOW_CALL(SYS_fcntl),                        \
        ALLOW_CALL(SYS_openat), ALLOW_CALL(SYS_getdents64), ALLOW_CALL(SYS_newfstatat),            \
        ALLOW_CALL(SYS_fstat), ALLOW_CALL(SYS_statx), ALLOW_CALL(SYS_lseek), ALLOW_CALL(SYS_read), \
        ALLOW_CALL(SYS_write), ALLOW_CALL(SYS_writev), ALLOW_CALL(SYS_ftruncate),                  \
        ALLOW_CALL(SYS_fsync), ALLOW_CALL(SYS_renameat), ALLOW_CALL(SYS_unlinkat),                 \
        ALLOW_CALL(SYS_close), ALLOW_CALL(SYS_munmap), ALLOW_CALL(SYS_mremap),                     \
        ALLOW_CALL(SYS_madvise), ALLOW_CALL(SYS_brk), ALLOW_CALL(SYS_futex),                       \
        ALLOW_CALL(SYS_rt_sigaction), ALLOW_CALL(SYS_rt_sigprocmask),                              \
        ALLOW_CALL(SYS_rt_sigreturn), ALLOW_CALL(SYS_restart_syscall),                             \
        ALLOW_CALL(SYS_set_robust_list), ALLOW_CALL(SYS_rseq), ALLOW_CALL(SYS_sched_yield),        \
        ALLOW_CALL(SYS_getrandom), ALLOW_CALL(SYS_getpid), ALLOW_CALL(SYS_gettid),                 \
        ALLOW_CALL(SYS_getuid), ALLOW_CALL(SYS_geteuid), ALLOW_CALL(SYS_getgid),                   \
        ALLOW_CALL(SYS_getegid), ALLOW_CALL(SYS_uname), ALLOW_CALL(SYS_clock_gettime),             \
        ALLOW_CALL(SYS_clock_nanosleep), ALLOW_CALL(SYS_gettimeofday), ALLOW_CALL(SYS_exit),       \
        ALLOW_CALL(SYS_exit_group)

const struct sock_filter filters_courier[] = {ONLY_X86_64, COURIER_CALLS, DENY};
const unsigned short filters_courier_len = sizeof filters_courier / sizeof filters_courier[0];
