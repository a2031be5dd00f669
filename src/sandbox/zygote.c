/* Zygote: warm, enter namespaces, close the outer cage, then fork jails on order. */
#include "sandbox/zygote.h"

#include "common/channel.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FD_ORDERS = ZYGOTE_FIRST_FD, FD_ANSWERS, FD_IMAGE, FD_SLOTS };
/* How it ends when its orders are none: shown as the exit code by spawn.c. */
enum { EXIT_ORDERS = 75, EXIT_ORDER = 76 };

void zygote_setup_print(const struct zygote_setup *s, char *out, size_t size)
{
    (void)snprintf(out, size,
                   "%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%d,%" PRIu64 ",%" PRIu64
                   ",%" PRIu64,
                   s->slots, s->window_bytes, s->ring_bytes, s->output_bytes, s->has_image,
                   s->limits.data_bytes, s->limits.address_bytes, s->limits.cpu_s);
}

bool zygote_setup_read(const char *text, struct zygote_setup *s)
{
    int has_image = 0;
    int n = sscanf(
        text, "%" SCNu32 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%d,%" SCNu64 ",%" SCNu64 ",%" SCNu64,
        &s->slots, &s->window_bytes, &s->ring_bytes, &s->output_bytes, &has_image,
        &s->limits.data_bytes, &s->limits.address_bytes, &s->limits.cpu_s);
    s->has_image = has_image != 0;
    return n == 8 && s->slots > 0 && s->slots <= ZYGOTE_SLOTS_MAX;
}

static unsigned fds_per_slot(const struct zygote_setup *s)
{
    return s->output_bytes ? 3 : 2;
}

static enum err map_image(struct zygote *z, struct why *why)
{
    if (!z->setup->has_image)
        return ERR_NONE;
    off_t size = lseek(FD_IMAGE, 0, SEEK_END);
    if (size <= 0)
        return fail(why, ERR_IMAGE, "the rule image is empty");
    void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, FD_IMAGE, 0);
    if (p == MAP_FAILED)
        return fail_os(why, "cannot map the rule image");
    z->image = span_make(p, (size_t)size);
    return ERR_NONE;
}

static enum err answer(const void *message, size_t size, struct why *why)
{
    if (write(FD_ANSWERS, message, size) != (ssize_t)size)
        return fail_os(why, "the opener is gone");
    return ERR_NONE;
}

static enum err hello(const struct zygote *z, pid_t pid, struct why *why)
{
    struct zygote_hello h = {ZYGOTE_MAGIC, pid, z->layers, z->landlock_abi};
    return answer(&h, sizeof h, why);
}

/* In a pid namespace of its own the zygote is its init: when it ends, all jails end. CLONE_PARENT
 * makes it the opener's child all the same. Stage one says the pid and exits. */
static enum err enter_pid_namespace(struct zygote *z, bool fork_needed, struct why *why)
{
    pid_t pid = getpid();
    if (fork_needed) {
        long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
        if (child < 0)
            return fail_os(why, "cannot enter the pid namespace");
        if (child > 0) {
            pid = (pid_t)child;
            (void)hello(z, pid, why);
            _exit(0);
        }
    } else {
        TRY(hello(z, pid, why));
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return ERR_NONE;
}

/* True when the jail's zygote lives. Without a pid namespace nobody else would end a jail whose
 * zygote died, and the signal is not sent for a death before it was asked for. */
static bool die_with_zygote(const struct zygote *z)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == z->pid;
}

/* The kernel marks `life` and wakes its waiter at any end of this thread. */
static void announce_life(struct ring *ring)
{
    static struct {
        struct robust_list_head head;
        struct robust_list node;
    } robust;
    robust.node.next = &robust.head.list;
    robust.head.list.next = &robust.node;
    robust.head.futex_offset = (char *)&ring->life - (char *)&robust.node;
    robust.head.list_op_pending = NULL;
    (void)syscall(SYS_set_robust_list, &robust.head, sizeof robust.head);
    uint32_t tid = (uint32_t)syscall(SYS_gettid);
    __atomic_store_n(&ring->life, tid | FUTEX_WAITERS, __ATOMIC_RELEASE);
}

static void *map_shared(int fd, uint64_t bytes, int prot)
{
    void *p = mmap(NULL, (size_t)bytes, prot, MAP_SHARED, fd, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* In the child. Maps its slot, closes the cage, works, ends. */
static _Noreturn void be_jail(struct zygote *z, uint32_t slot, struct ring *ring,
                              void (*work)(struct zygote_jail *))
{
    const struct zygote_setup *setup = z->setup;
    int fd = FD_SLOTS + (int)(slot * fds_per_slot(setup));
    struct zygote_jail jail = {.setup = setup, .slot = slot, .image = z->image, .ring = ring};
    announce_life(ring); /* first: from here on the opener sees any end */
    jail.window = map_shared(fd, setup->window_bytes, PROT_READ);
    if (setup->output_bytes)
        jail.output = map_shared(fd + 2, setup->output_bytes, PROT_READ | PROT_WRITE);
    if (!jail.window || (setup->output_bytes && !jail.output) || !die_with_zygote(z))
        _exit(70);
    jail.layers = z->layers;
    struct why why = {0};
    if (confine_jail(&setup->limits, &jail.layers, &why) != ERR_NONE)
        _exit(71);
    work(&jail);
    _exit(0);
}

/* Always kills first: a jail that forged its own death mark would otherwise keep us waiting. */
static void end_jail(struct zygote *z, uint32_t slot, struct zygote_answer *a)
{
    a->status = -1;
    pid_t pid = z->jails[slot];
    if (pid <= 0)
        return;
    int status = 0;
    pid_t done = wait4(pid, &status, WNOHANG, NULL);
    if (done == 0) {
        a->was_alive = 1;
        (void)kill(pid, SIGKILL);
        done = wait4(pid, &status, 0, NULL);
    }
    if (done == pid)
        a->status = status;
    z->jails[slot] = 0;
}

/* A new jail, 0 < pid, or -1. What the last jail here left in the ring's head must be gone before
 * the opener looks again; between its death and the fork nobody else writes there. The mapping is
 * made here, so that the jail can announce itself before anything of its own can fail. */
static pid_t fork_jail(struct zygote *z, uint32_t slot, void (*work)(struct zygote_jail *))
{
    int fd = FD_SLOTS + (int)(slot * fds_per_slot(z->setup)) + 1;
    struct ring *ring = map_shared(fd, z->setup->ring_bytes, PROT_READ | PROT_WRITE);
    if (!ring)
        return -1;
    memset(ring, 0, offsetof(struct ring, records));
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        be_jail(z, slot, ring, work);
    (void)munmap(ring, (size_t)z->setup->ring_bytes);
    return pid > 0 ? (pid_t)pid : -1;
}

/* Until the orders end. */
static _Noreturn void serve(struct zygote *z, void (*work)(struct zygote_jail *))
{
    for (;;) {
        struct zygote_order order;
        ssize_t n;
        do
            n = read(FD_ORDERS, &order, sizeof order);
        while (n < 0 && errno == EINTR);
        if (n == 0)
            _exit(0); /* the opener is done */
        /* Behind the filter there is no way back through main: exit would look at stdio's files. */
        if (n != (ssize_t)sizeof order || order.slot >= z->setup->slots)
            _exit(n < 0 ? EXIT_ORDERS : EXIT_ORDER);
        struct zygote_answer a = {.slot = order.slot};
        end_jail(z, order.slot, &a);
        if (!order.only_end) {
            a.pid = fork_jail(z, order.slot, work);
            z->jails[order.slot] = a.pid > 0 ? a.pid : 0;
        }
        if (answer(&a, sizeof a, NULL) != ERR_NONE)
            _exit(0); /* it left between order and answer */
    }
}

enum err zygote_enter(struct zygote *z, const struct zygote_setup *setup,
                      enum err (*warm)(struct span image, struct why *why), struct why *why)
{
    bool fork_needed = false;
    *z = (struct zygote){.setup = setup};
    (void)signal(SIGCHLD, SIG_DFL); /* an ignored one would reap jails behind our back */
    TRY(map_image(z, why));
    TRY(warm(z->image, why));
    confine_namespaces(&z->layers, &fork_needed);
    TRY(enter_pid_namespace(z, fork_needed, why));
    z->pid = getpid();
    confine_clock(&z->layers);
    TRY(confine_identity(&z->layers, why));
    TRY(confine_common(&z->layers, &z->landlock_abi, why));
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* again: a change of user id clears it */
    TRY(hello(z, 0, why));
    (void)close(STDERR_FILENO);
    return confine_filter(POLICY_ZYGOTE, why);
}

enum err zygote_run(const struct zygote_setup *setup,
                    enum err (*warm)(struct span image, struct why *why),
                    void (*work)(struct zygote_jail *jail), struct why *why)
{
    static struct zygote z;
    TRY(zygote_enter(&z, setup, warm, why));
    serve(&z, work);
}
