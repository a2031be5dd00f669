/* The filters, run here instruction by instruction. The lists below are written anew, from the
 * policy and not from the filters: libseccomp makes a program of each, and both are asked about
 * every number and architecture. What depends on arguments is compared with plain C. */
#include "sandbox/filters.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DENIED = SECCOMP_RET_ERRNO | EPERM, NUMBERS = 1200, SAMPLES = 4000, MADE = 4096 };
#define KILLED SECCOMP_RET_KILL_PROCESS
#define ALLOWED SECCOMP_RET_ALLOW

/* --- classic BPF, only what filters use --- */

static uint32_t word(const struct seccomp_data *d, uint32_t at)
{
    uint32_t v = 0;
    assert_true(at % 4 == 0 && at + 4 <= sizeof *d);
    memcpy(&v, (const uint8_t *)d + at, sizeof v);
    return v;
}

static uint32_t run(const struct sock_filter *f, size_t len, const struct seccomp_data *d)
{
    uint32_t a = 0;
    for (size_t pc = 0; pc < len; pc++) {
        const struct sock_filter *i = &f[pc];
        bool yes = false;
        switch (i->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            a = word(d, i->k);
            continue;
        case BPF_ALU | BPF_AND | BPF_K:
            a &= i->k;
            continue;
        case BPF_RET | BPF_K:
            return i->k;
        case BPF_JMP | BPF_JA:
            pc += i->k;
            continue;
        case BPF_JMP | BPF_JEQ | BPF_K:
            yes = a == i->k;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            yes = a >= i->k;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            yes = a > i->k;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            yes = (a & i->k) != 0;
            break;
        default:
            TEST_FAIL("instruction 0x%x", i->code);
        }
        pc += yes ? i->jt : i->jf;
    }
    TEST_FAIL("a filter without an end");
    return 0;
}

/* --- what depends on arguments, in C: true when the call may pass --- */

static bool only(uint64_t value, uint64_t bits)
{
    return (value & ~bits) == 0;
}

static bool may_mmap_anonymous(const uint64_t *a)
{
    uint64_t free_bits = MAP_NORESERVE | MAP_STACK | MAP_POPULATE;
    return only(a[2], PROT_READ | PROT_WRITE) &&
           (a[3] & ~free_bits) == (MAP_PRIVATE | MAP_ANONYMOUS);
}

static bool may_mmap_data(const uint64_t *a)
{
    return only(a[2], PROT_READ | PROT_WRITE);
}

static bool may_mremap(const uint64_t *a)
{
    return only(a[3], MREMAP_MAYMOVE);
}

static bool may_madvise(const uint64_t *a)
{
    uint32_t advice = (uint32_t)a[2];
    return advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_HUGEPAGE;
}

static bool may_futex(const uint64_t *a)
{
    uint32_t op = (uint32_t)a[1] & ~(uint32_t)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
    return op == FUTEX_WAKE || (op == FUTEX_WAIT && a[3] == 0);
}

static bool may_fork(const uint64_t *a)
{
    return a[0] == SIGCHLD;
}

static bool may_prctl(const uint64_t *a)
{
    switch ((uint32_t)a[0]) {
    case PR_SET_PDEATHSIG:
    case PR_SET_TSC:
    case PR_SET_NAME:
    case PR_SET_DUMPABLE:
    case PR_SET_NO_NEW_PRIVS:
    case 65: /* PR_SET_MDWE */
        return true;
    default:
        return false;
    }
}

static bool may_kill(const uint64_t *a)
{
    return (int32_t)a[0] > 1 && (uint32_t)a[1] == SIGKILL;
}

static bool may_limit_itself(const uint64_t *a)
{
    return (uint32_t)a[0] == 0;
}

static bool may_add_filter(const uint64_t *a)
{
    return (uint32_t)a[0] == SECCOMP_SET_MODE_FILTER;
}

static bool may_fcntl(const uint64_t *a)
{
    uint32_t c = (uint32_t)a[1];
    return c == F_ADD_SEALS || c == F_GET_SEALS || c == F_GETFL || c == F_GETFD;
}

static bool may_internet(const uint64_t *a)
{
    uint32_t family = (uint32_t)a[0], type = (uint32_t)a[1] & 0xf, protocol = (uint32_t)a[2];
    if (family == AF_NETLINK)
        return protocol == NETLINK_ROUTE;
    return (family == AF_INET || family == AF_INET6) &&
           (type == SOCK_STREAM || type == SOCK_DGRAM) &&
           (protocol == 0 || protocol == IPPROTO_TCP || protocol == IPPROTO_UDP);
}

static bool may_pair(const uint64_t *a)
{
    return ((uint32_t)a[1] & 0xf) == SOCK_STREAM;
}

static bool may_thread(const uint64_t *a)
{
    return (a[0] & CLONE_THREAD) != 0;
}

static bool may_not_exec(const uint64_t *a)
{
    return (a[2] & PROT_EXEC) == 0;
}

/* --- the rows --- */

struct argued {
    int number;
    bool (*may)(const uint64_t *args);
};

#define SHARED_MEMORY                                                                              \
    {SYS_mremap, may_mremap}, {SYS_madvise, may_madvise},                                          \
    {                                                                                              \
        SYS_futex, may_futex                                                                       \
    }

static const int jail_plain[] = {SYS_exit_group, SYS_munmap, SYS_brk, -1};
static const struct argued jail_argued[] = {
    {SYS_mmap, may_mmap_anonymous}, SHARED_MEMORY, {-1, NULL}};

static const int zygote_plain[] = {
    SYS_exit_group, SYS_read,    SYS_write,  SYS_close,           SYS_close_range, SYS_wait4,
    SYS_gettid,     SYS_getppid, SYS_munmap, SYS_set_robust_list, SYS_brk,         -1};
static const struct argued zygote_argued[] = {
    {SYS_mmap, may_mmap_data},     SHARED_MEMORY,
    {SYS_clone, may_fork},         {SYS_prctl, may_prctl},
    {SYS_kill, may_kill},          {SYS_prlimit64, may_limit_itself},
    {SYS_seccomp, may_add_filter}, {-1, NULL}};

static const int door_plain[] = {SYS_read,
                                 SYS_write,
                                 SYS_recvmsg,
                                 SYS_accept4,
                                 SYS_epoll_wait,
                                 SYS_epoll_pwait,
                                 441 /* epoll_pwait2 */,
                                 SYS_epoll_ctl,
                                 SYS_close,
                                 SYS_pread64,
                                 SYS_fstat,
                                 SYS_newfstatat,
                                 SYS_statx,
                                 SYS_poll,
                                 SYS_memfd_create,
                                 SYS_getsockopt,
                                 SYS_shutdown,
                                 SYS_clock_gettime,
                                 SYS_getrandom,
                                 SYS_restart_syscall,
                                 SYS_rt_sigreturn,
                                 SYS_rt_sigprocmask,
                                 SYS_gettid,
                                 SYS_exit_group,
                                 SYS_munmap,
                                 SYS_brk,
                                 -1};
static const struct argued door_argued[] = {
    {SYS_mmap, may_mmap_data}, SHARED_MEMORY, {SYS_fcntl, may_fcntl}, {-1, NULL}};

static const int courier_plain[] = {SYS_connect,
                                    SYS_bind,
                                    SYS_sendto,
                                    SYS_sendmsg,
                                    SYS_sendmmsg,
                                    SYS_recvfrom,
                                    SYS_recvmsg,
                                    SYS_getsockname,
                                    SYS_getpeername,
                                    SYS_getsockopt,
                                    SYS_setsockopt,
                                    SYS_shutdown,
                                    SYS_eventfd2,
                                    SYS_pipe2,
                                    SYS_poll,
                                    SYS_ppoll,
                                    SYS_fcntl,
                                    SYS_openat,
                                    SYS_getdents64,
                                    SYS_newfstatat,
                                    SYS_fstat,
                                    SYS_statx,
                                    SYS_lseek,
                                    SYS_read,
                                    SYS_write,
                                    SYS_writev,
                                    SYS_ftruncate,
                                    SYS_fsync,
                                    SYS_renameat,
                                    SYS_unlinkat,
                                    SYS_close,
                                    SYS_munmap,
                                    SYS_mremap,
                                    SYS_madvise,
                                    SYS_brk,
                                    SYS_futex,
                                    SYS_rt_sigaction,
                                    SYS_rt_sigprocmask,
                                    SYS_rt_sigreturn,
                                    SYS_restart_syscall,
                                    SYS_set_robust_list,
                                    SYS_rseq,
                                    SYS_sched_yield,
                                    SYS_getrandom,
                                    SYS_getpid,
                                    SYS_gettid,
                                    SYS_getuid,
                                    SYS_geteuid,
                                    SYS_getgid,
                                    SYS_getegid,
                                    SYS_uname,
                                    SYS_clock_gettime,
                                    SYS_clock_nanosleep,
                                    SYS_gettimeofday,
                                    SYS_exit,
                                    SYS_exit_group,
                                    -1};
static const struct argued courier_argued[] = {
    {SYS_socket, may_internet}, {SYS_socketpair, may_pair},   {SYS_clone, may_thread},
    {SYS_mmap, may_not_exec},   {SYS_mprotect, may_not_exec}, {-1, NULL}};

/* What an opener must not be able to do; the keeper may send a message besides. */
static const int opener_denied[] = {SYS_sendmsg,
                                    SYS_socket,
                                    SYS_socketpair,
                                    SYS_connect,
                                    SYS_bind,
                                    SYS_listen,
                                    SYS_accept,
                                    SYS_accept4,
                                    SYS_sendto,
                                    SYS_sendmmsg,
                                    SYS_recvfrom,
                                    SYS_recvmsg,
                                    SYS_recvmmsg,
                                    425,
                                    426,
                                    427 /* io_uring */,
                                    SYS_bpf,
                                    SYS_ptrace,
                                    SYS_process_vm_readv,
                                    SYS_process_vm_writev,
                                    440 /* process_madvise */,
                                    438 /* pidfd_getfd */,
                                    SYS_kcmp,
                                    SYS_setns,
                                    428,
                                    429,
                                    430,
                                    431,
                                    432,
                                    433 /* open_tree to fspick */,
                                    442 /* mount_setattr */,
                                    SYS_perf_event_open,
                                    SYS_userfaultfd,
                                    SYS_open_by_handle_at,
                                    SYS_init_module,
                                    SYS_finit_module,
                                    SYS_delete_module,
                                    SYS_kexec_load,
                                    SYS_kexec_file_load,
                                    SYS_add_key,
                                    SYS_request_key,
                                    SYS_keyctl,
                                    SYS_msgget,
                                    SYS_msgsnd,
                                    SYS_mq_open,
                                    SYS_shmget,
                                    SYS_shmat,
                                    SYS_semget,
                                    SYS_iopl,
                                    SYS_ioperm,
                                    SYS_reboot,
                                    -1};
static const struct argued none_argued[] = {{-1, NULL}};

struct row {
    const struct sock_filter *filter;
    size_t len;
    const int *plain;
    const struct argued *argued;
    uint32_t otherwise, listed; /* what the default is, and what a plain row's is */
};

/* libseccomp's program for the numbers; those with arguments are left to C. */
static size_t make(const struct row *r, struct sock_filter *out)
{
    scmp_filter_ctx ctx = seccomp_init(r->otherwise);
    assert_non_null(ctx);
    assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), 0);
    for (const int *n = r->plain; *n >= 0; n++)
        assert_int_equal(seccomp_rule_add_exact(ctx, r->listed, *n, 0), 0);
    int fd = memfd_create("filter", 0);
    assert_true(fd >= 0);
    assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
    ssize_t n = pread(fd, out, MADE * sizeof *out, 0);
    (void)close(fd);
    seccomp_release(ctx);
    assert_true(n > 0 && (size_t)n % sizeof *out == 0);
    return (size_t)n / sizeof *out;
}

static bool is_argued(const struct row *r, int number)
{
    for (const struct argued *a = r->argued; a->number >= 0; a++)
        if (a->number == number)
            return true;
    return number == 435 && r->argued == courier_argued; /* clone3: no such call */
}

static void check_numbers(const struct row *r)
{
    static struct sock_filter theirs[MADE];
    static const uint32_t arches[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};
    size_t len = make(r, theirs);
    for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++) {
        for (uint32_t n = 0; n < 2 * NUMBERS; n++) {
            struct seccomp_data d = {.nr = (int)(n < NUMBERS ? n : 0x40000000u + n - NUMBERS),
                                     .arch = arches[i]};
            if (i == 0 && n < NUMBERS && is_argued(r, (int)n))
                continue;
            if (run(r->filter, r->len, &d) != run(theirs, len, &d))
                TEST_FAIL("call %d, architecture %x: 0x%x, libseccomp says 0x%x\n", d.nr, arches[i],
                          run(r->filter, r->len, &d), run(theirs, len, &d));
        }
    }
}

/* Every constant of the filter, and neighbours: what its comparisons could take for something else.
 */
static uint64_t argument(const struct row *r)
{
    uint64_t v = r->filter[test_random() % r->len].k;
    switch (test_random() % 8) {
    case 0:
        return 0;
    case 1:
        return v + 1;
    case 2:
        return v | r->filter[test_random() % r->len].k;
    case 3:
        return v | test_random() << 32;
    case 4:
        return test_random() % 16;
    case 5:
        return ~v & 0xffffffff;
    default:
        return v;
    }
}

static void check_arguments(const struct row *r)
{
    for (const struct argued *a = r->argued; a->number >= 0; a++) {
        unsigned passed = 0;
        for (unsigned i = 0; i < SAMPLES * 10; i++) {
            struct seccomp_data d = {.nr = a->number, .arch = AUDIT_ARCH_X86_64};
            for (int k = 0; k < 6; k++)
                d.args[k] = argument(r);
            uint64_t args[6];
            memcpy(args, d.args, sizeof args);
            bool may = a->may(args);
            passed += may;
            if (run(r->filter, r->len, &d) != (may ? ALLOWED : r->otherwise))
                TEST_FAIL("call %d with %llx %llx %llx %llx: 0x%x\n", a->number, d.args[0],
                          d.args[1], d.args[2], d.args[3], run(r->filter, r->len, &d));
        }
        assert_true(passed > 0 && passed < SAMPLES * 10); /* both answers were met */
    }
}

static void check(const struct row *r)
{
#ifdef CANDOR_ASAN
    skip(); /* AddressSanitizer's own calls are let through in its builds */
#endif
    check_numbers(r);
    check_arguments(r);
}

TEST(the_jail)
{
    check(&(struct row){filters_jail, filters_jail_len, jail_plain, jail_argued, KILLED, ALLOWED});
}

TEST(the_zygote)
{
    check(&(struct row){filters_zygote, filters_zygote_len, zygote_plain, zygote_argued, KILLED,
                        ALLOWED});
}

TEST(the_door)
{
    check(&(struct row){filters_door, filters_door_len, door_plain, door_argued, KILLED, ALLOWED});
}

TEST(the_courier)
{
    check(&(struct row){filters_courier, filters_courier_len, courier_plain, courier_argued, DENIED,
                        ALLOWED});
    struct seccomp_data d = {.nr = 435, .arch = AUDIT_ARCH_X86_64};
    assert_int_equal(run(filters_courier, filters_courier_len, &d), SECCOMP_RET_ERRNO | ENOSYS);
}

TEST(the_opener_and_the_keeper)
{
    check(&(struct row){filters_opener, filters_opener_len, opener_denied, none_argued, ALLOWED,
                        DENIED});
    check(&(struct row){filters_keeper, filters_keeper_len, opener_denied + 1, none_argued, ALLOWED,
                        DENIED});
}
