/* Memory for the slots, two pipes, fork and exec. */
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef CANDOR_LIBEXEC
#define CANDOR_LIBEXEC "/usr/libexec/candor"
#endif

/* How a child that could not become a zygote ends; and how long an answer may take: a fork on a
 * very busy machine is slow, a stopped zygote is silent for ever. */
enum { EXIT_FDS = 73, EXIT_EXEC = 74, ANSWER_MS = 30000 };

static int memory_fd(const char *name, uint64_t bytes)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0) /* before Linux 6.3 */
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)bytes) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The same memory so that it cannot be written: what the zygote gets. Through /proc as a read-only
 * descriptor; without /proc, by a seal that leaves our own mapping writable and no later one. */
static int read_only(int fd)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int ro = open(path, O_RDONLY | O_CLOEXEC);
    if (ro >= 0)
        return ro;
    return fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

static void close_descriptors(struct spawn_slot *slot)
{
    int *const list[] = {&slot->window_fd, &slot->window_ro_fd, &slot->ring_fd, &slot->output_fd};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        close_fd(*list[i]);
        *list[i] = -1;
    }
}

static void *map(int fd, uint64_t bytes)
{
    void *p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return p == MAP_FAILED ? NULL : p;
}

static enum err open_slot(struct spawn *s, struct spawn_slot *slot, struct why *why)
{
    const struct zygote_setup *setup = &s->setup;
    slot->window_fd = memory_fd("candor-window", setup->window_bytes);
    slot->ring_fd = memory_fd("candor-ring", setup->ring_bytes);
    if (slot->window_fd < 0 || slot->ring_fd < 0)
        return fail_os(why, "memory for a jail");
    slot->window = map(slot->window_fd, setup->window_bytes);
    slot->window_ro_fd = slot->window ? read_only(slot->window_fd) : -1;
    slot->ring = map(slot->ring_fd, setup->ring_bytes);
    if (slot->window_ro_fd < 0 || !slot->window || !slot->ring)
        return fail_os(why, "memory for a jail");
    if (setup->output_bytes == 0)
        return ERR_NONE;
    slot->output_fd = memory_fd("candor-output", setup->output_bytes);
    if (slot->output_fd < 0)
        return fail_os(why, "memory for a compiling jail");
    slot->output = map(slot->output_fd, setup->output_bytes);
    return slot->output ? ERR_NONE : fail_os(why, "memory for a compiling jail");
}

/* As a program expects them: nothing blocked, ignored or handled. */
static void fresh_signals(void)
{
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: descriptors to their numbers, everything else closed, exec. The numbers wanted may
 * be in use by others of the list, so all are first moved out of the way. */
static _Noreturn void become_zygote(struct spawn *s, const char *path, int orders, int answers,
                                    int image_fd)
{
    int list[3 + 3 * ZYGOTE_SLOTS_MAX], count = 0;
    list[count++] = orders;
    list[count++] = answers;
    list[count++] = image_fd >= 0 ? image_fd : STDERR_FILENO;
    for (uint32_t i = 0; i < s->setup.slots; i++) {
        list[count++] = s->slots[i].window_ro_fd;
        list[count++] = s->slots[i].ring_fd;
        if (s->setup.output_bytes)
            list[count++] = s->slots[i].output_fd;
    }
    int above = 0;
    for (int i = 0; i < count; i++)
        above = list[i] > above ? list[i] : above;
    above += ZYGOTE_FIRST_FD + count;
    for (int i = 0; i < count; i++)
        if ((list[i] = fcntl(list[i], F_DUPFD, above)) < 0)
            _exit(EXIT_FDS);
    for (int i = 0; i < count; i++)
        if (dup2(list[i], ZYGOTE_FIRST_FD + i) < 0)
            _exit(EXIT_FDS);
    (void)syscall(SYS_close_range, (unsigned)(ZYGOTE_FIRST_FD + count), ~0u, 0u);
    /* No input, no output; where there is no /dev an empty piece of memory stands in. */
    (void)close(0);
    (void)close(1);
    for (int fd = 0; fd <= 1; fd++)
        if (open("/dev/null", O_RDWR) != fd && memfd_create("candor-null", 0) != fd)
            _exit(EXIT_FDS);
    fresh_signals();
    (void)setsid(); /* the terminal's signals are for candor; jails end with it */
    char setup[256];
    zygote_setup_print(&s->setup, setup, sizeof setup);
    char *const argv[] = {"candor-jail", "--zygote", setup, NULL};
#ifdef CANDOR_ASAN
    /* It would ask the vdso, which is unmapped, whether to give memory back. */
    char *const envp[] = {"ASAN_OPTIONS=symbolize=0:detect_leaks=0:handle_segv=0:"
                          "allocator_may_return_null=1:allocator_release_to_os_interval_ms=-1",
                          NULL};
#else
    char *const envp[] = {NULL};
#endif
    (void)execve(path, argv, envp);
    _exit(EXIT_EXEC);
}

/* One whole message, or false: the other end is gone, or silent for ANSWER_MS. Messages are shorter
 * than PIPE_BUF, so they come whole or not at all. */
static bool receive(const struct spawn *s, void *to, size_t size)
{
    struct pollfd p = {.fd = s->answers, .events = POLLIN};
    int ready;
    do
        ready = poll(&p, 1, ANSWER_MS);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return false;
    ssize_t n;
    do
        n = read(s->answers, to, size);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size;
}

/* Says how the zygote ended, or that it did not. */
static enum err gone(struct spawn *s, struct why *why)
{
    int status = 0;
    struct pollfd p = {.fd = s->answers, .events = POLLIN};
    bool ended = poll(&p, 1, 0) > 0 && (p.revents & POLLHUP) != 0;
    if (ended && s->pid > 0 && waitpid(s->pid, &status, 0) == s->pid) {
        s->pid = -1;
        if (WIFSIGNALED(status))
            return fail(why, ERR_CAGE, "the zygote was ended by signal %d", WTERMSIG(status));
        return fail(why, ERR_CAGE, "candor-jail ended with %d%s", WEXITSTATUS(status),
                    WEXITSTATUS(status) == EXIT_EXEC  ? ": it could not be executed"
                    : WEXITSTATUS(status) == EXIT_FDS ? ": too few descriptors"
                                                      : "");
    }
    return fail(why, ERR_CAGE, "the zygote does not answer");
}

static enum err greet(struct spawn *s, pid_t first, struct why *why)
{
    /* Stage one forks the zygote into its pid namespace, says which pid it is to us, and ends;
     * which of the two speaks first is chance. */
    for (int i = 0; i < 2; i++) {
        struct zygote_hello h;
        if (!receive(s, &h, sizeof h) || h.magic != ZYGOTE_MAGIC) {
            enum err err = gone(s, why);
            (void)waitpid(first, NULL, WNOHANG);
            return err;
        }
        if (h.pid > 0) {
            s->pid = h.pid;
        } else {
            s->layers = h.layers;
            s->landlock_abi = h.landlock_abi;
        }
    }
    if (s->pid != first)
        (void)waitpid(first, NULL, 0);
    return ERR_NONE;
}

static enum err start(struct spawn *s, const char *path, int image_fd, struct why *why)
{
    int orders[2], answers[2];
    if (pipe2(orders, O_CLOEXEC) != 0)
        return fail_os(why, "pipe");
    s->orders = orders[1];
    if (pipe2(answers, O_CLOEXEC) != 0) {
        (void)close(orders[0]);
        return fail_os(why, "pipe");
    }
    s->answers = answers[0];
    pid_t pid = fork();
    if (pid == 0)
        become_zygote(s, path, orders[0], answers[1], image_fd);
    (void)close(orders[0]);
    (void)close(answers[1]);
    for (uint32_t i = 0; i < s->setup.slots && !s->setup.keeps_memory; i++)
        close_descriptors(&s->slots[i]); /* both sides have their mappings' sources now */
    if (pid < 0)
        return fail_os(why, "fork");
    s->pid = pid;
    return greet(s, pid, why);
}

enum err spawn_open(struct spawn **out, const char *jail_path, const struct zygote_setup *setup,
                    int image_fd, struct why *why)
{
    struct spawn *s = calloc(1, sizeof *s);
    if (!s)
        return fail(why, ERR_NOMEM, "zygote");
    s->setup = *setup;
    s->setup.has_image = image_fd >= 0;
    s->orders = s->answers = -1;
    for (uint32_t i = 0; i < ZYGOTE_SLOTS_MAX; i++)
        s->slots[i].window_fd = s->slots[i].window_ro_fd = s->slots[i].ring_fd =
            s->slots[i].output_fd = -1;
    enum err err = ERR_NONE;
    for (uint32_t i = 0; i < setup->slots && err == ERR_NONE; i++)
        err = open_slot(s, &s->slots[i], why);
    if (err == ERR_NONE)
        err = start(s, jail_path, image_fd, why);
    if (err != ERR_NONE) {
        spawn_close(s);
        return err;
    }
    *out = s;
    return ERR_NONE;
}

static void close_slot(struct spawn *s, struct spawn_slot *slot)
{
    if (slot->window)
        (void)munmap(slot->window, s->setup.window_bytes);
    if (slot->ring)
        (void)munmap(slot->ring, s->setup.ring_bytes);
    if (slot->output)
        (void)munmap(slot->output, s->setup.output_bytes);
    close_descriptors(slot);
}

void spawn_close(struct spawn *s)
{
    if (!s)
        return;
    close_fd(s->orders);
    close_fd(s->answers);
    if (s->pid > 0) { /* it would see the end of its orders, but not when it was stopped */
        (void)kill(s->pid, SIGKILL);
        while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    for (uint32_t i = 0; i < s->setup.slots; i++)
        close_slot(s, &s->slots[i]);
    free(s);
}

enum err spawn_order(struct spawn *s, uint32_t slot, bool only_end, struct why *why)
{
    struct zygote_order order = {slot, only_end};
    if (write(s->orders, &order, sizeof order) != (ssize_t)sizeof order)
        return gone(s, why);
    return ERR_NONE;
}

enum err spawn_answer(struct spawn *s, struct zygote_answer *out, struct why *why)
{
    if (!receive(s, out, sizeof *out))
        return gone(s, why);
    return out->slot < s->setup.slots ? ERR_NONE : fail(why, ERR_PEER, "an answer for no slot");
}

bool spawn_has_answer(const struct spawn *s)
{
    struct pollfd p = {.fd = s->answers, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* Directory of the running program, with its slash; false when the kernel does not say. */
static bool own_directory(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    if (n <= 0) { /* no /proc: the path it was started by */
        const char *path = (const char *)getauxval(AT_EXECFN);
        n = snprintf(out, size, "%s", path ? path : "");
    }
    if (n <= 0 || (size_t)n >= size)
        return false;
    out[n] = 0;
    char *slash = strrchr(out, '/');
    if (!slash)
        return false;
    slash[1] = 0;
    return true;
}

bool spawn_find(const char *program, char *out, size_t size)
{
    static const char *const places[] = {"", "../libexec/candor/"};
    char dir[3072];
    if (own_directory(dir, sizeof dir))
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            (void)snprintf(out, size, "%s%s%s", dir, places[i], program);
            if (access(out, X_OK) == 0)
                return true;
        }
    (void)snprintf(out, size, "%s/%s", CANDOR_LIBEXEC, program);
    return access(out, X_OK) == 0;
}
