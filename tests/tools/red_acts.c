/* Every forbidden act, one row each. Aimed at nothing but the driver, its loopback sockets and its
 * scratch file. Results are the kernel's: negative errno, or what it gave. */
/* clang-format off */
#include "red_socket.h"
/* clang-format on */
#include "red.h"
#include "red_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#define CALL(...) CALL_(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(nr, a, b, c, d, e, f, ...)                                                           \
    red_64((nr), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* A call that makes a descriptor: shut again, so that acts stay independent. */
#define OPENS(...) shut(CALL(__VA_ARGS__))
/* A call that may return in a child: which ends at once. */
#define FORKS(...) end_child(CALL(__VA_ARGS__))

static long shut(long fd)
{
    if (fd >= 0)
        (void)CALL(SYS_close, fd);
    return fd;
}

static long end_child(long pid)
{
    if (pid == 0)
        (void)CALL(SYS_exit_group, 0);
    return pid;
}

static char page[8192] __attribute__((aligned(4096)));
static struct timespec soon = {0, 1000};
static uint32_t word = 1;

static long send_to(const struct sockaddr_in *to, int type, int protocol)
{
    long fd = CALL(SYS_socket, AF_INET, type, protocol);
    if (fd < 0)
        return fd;
    long rc = CALL(SYS_connect, fd, to, sizeof *to);
    if (rc >= 0)
        rc = CALL(SYS_sendto, fd, "red", 3, MSG_NOSIGNAL, 0, 0);
    (void)CALL(SYS_close, fd);
    return rc;
}

static long to_loopback(uint16_t port, int type, int protocol)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return send_to(&to, type, protocol);
}

static long to_unix(const char *path, bool is_abstract)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    memcpy(to.sun_path + is_abstract, path, len);
    long fd = CALL(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return fd;
    long rc = CALL(SYS_connect, fd, &to, offsetof(struct sockaddr_un, sun_path) + len + 1);
    (void)CALL(SYS_close, fd);
    return rc;
}

static long reach_memory(const struct red_target *t, long nr)
{
    char mine[8] = "written";
    struct iovec local = {mine, sizeof mine}, remote = {(void *)(uintptr_t)t->canary, sizeof mine};
    return CALL(nr, t->pid, &local, 1, &remote, 1, 0);
}

static long allow_all_filter(void)
{
    static struct sock_filter all[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
    static struct sock_fprog program = {1, all};
    return CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static long read_tsc(void)
{
    return (long)__builtin_ia32_rdtsc();
}

static long read_tscp(void)
{
    unsigned aux;
    return (long)__builtin_ia32_rdtscp(&aux);
}

static long read_counter(void)
{
    unsigned lo, hi;
    __asm__ volatile("rdpmc" : "=a"(lo), "=d"(hi) : "c"(0));
    return (long)lo;
}

static long look_at_vdso(void)
{
    return *(volatile unsigned char *)red_vdso;
}

static long by_vsyscall(void)
{
    return ((long (*)(void *))0xffffffffff600400)(NULL); /* time() */
}

static long by_sysenter(void)
{
    long result;
    __asm__ volatile("sysenter" : "=a"(result) : "a"(20L) : "rcx", "rdx", "r11", "memory");
    return result;
}

static long poke(void *at)
{
    *(volatile char *)at = 1;
    return 0;
}

static long run_bytes(void)
{
    page[0] = (char)0xc3; /* ret */
    ((void (*)(void))(uintptr_t)page)();
    return 0;
}

static long exchange_file(const struct red_target *t)
{
    long fd = CALL(SYS_open, t->file, O_RDWR);
    if (fd < 0)
        return fd;
    long rc = CALL(SYS_write, fd, "red", 3);
    (void)CALL(SYS_close, fd);
    return rc;
}

static long open2(const char *path)
{
    uint64_t how[3] = {O_RDONLY, 0, 0};
    return shut(CALL(SYS_openat2, AT_FDCWD, path, how, sizeof how));
}

static long by_handle(const char *path)
{
    struct {
        uint32_t bytes;
        int32_t type;
        unsigned char handle[128];
    } h = {.bytes = 128};
    int mount_id = 0;
    long rc = CALL(SYS_name_to_handle_at, AT_FDCWD, path, &h, &mount_id, 0);
    return rc < 0 ? rc : shut(CALL(SYS_open_by_handle_at, AT_FDCWD, &h, O_RDONLY));
}

static long clone3_plain(void)
{
    uint64_t args[8] = {0, 0, 0, 0, SIGCHLD, 0, 0, 0};
    return end_child(CALL(435, args, sizeof args));
}

static long raise_limit(int pid)
{
    struct rlimit up = {RLIM_INFINITY, RLIM_INFINITY};
    return CALL(SYS_prlimit64, pid, RLIMIT_NOFILE, &up, 0);
}

static long drop_then_raise(void)
{
    uint32_t head[2] = {0x20080522, 0}, all[6] = {~0u, ~0u, 0, ~0u, ~0u, 0};
    return CALL(SYS_capset, head, all);
}

static char *const no_words[] = {NULL};

#define ACT(id, name, times, expr, end, walls, flags)                                              \
    static long act_##id(__attribute__((unused)) const struct red_target *t,                       \
                         __attribute__((unused)) struct window *w)                                 \
    {                                                                                              \
        return (expr);                                                                             \
    }
#include "red_acts.def"
#undef ACT

#define W(layer) (1u << LAYER_##layer)
const struct red_act red_acts[] = {
#define ACT(id, name, times, expr, end, walls, flags)                                              \
    {name, act_##id, times, RED_##end, walls, flags},
#include "red_acts.def"
#undef ACT
};
const unsigned red_act_count = sizeof red_acts / sizeof red_acts[0];
