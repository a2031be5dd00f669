/* What no filter can close, in bits a second. By time: the opener, who sees each record come; an
 * accomplice would have to be the opener itself, so this bounds what anybody learns from when
 * results come. By size: anybody on this machine who may read /proc/PID/statm. */
#include "red_cages.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BITS = 4000, BYTES = 2000, STRANGER = 65533 };

struct rate {
    double bits, wrong; /* bits a second; share of them that were wrong */
};

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Shannon's capacity of a channel that turns a share p of its bits around. */
static double capacity(double p)
{
    if (p >= 0.5)
        return 0;
    return p <= 0 ? 1 : 1 + p * log2(p) + (1 - p) * log2(1 - p);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool is_over(const struct ring *ring, double until)
{
    return __atomic_load_n(&ring->spare[0], __ATOMIC_SEQ_CST) == RED_RETURNED ||
           (__atomic_load_n(&ring->life, __ATOMIC_SEQ_CST) & FUTEX_OWNER_DIED) != 0 ||
           now_s() > until;
}

/* when[i]: the bell rang for the i-th time; 0: not seen, somebody else had the processor. */
static void listen_for(struct ring *ring, double *when)
{
    uint32_t seen = 0; /* the ring is a new one */
    double until = now_s() + 20;
    while (seen < BITS && now_s() < until) {
        uint32_t bell = __atomic_load_n(&ring->bell, __ATOMIC_ACQUIRE);
        if (bell != seen && bell <= BITS)
            when[bell] = now_s();
        seen = bell;
    }
}

static struct rate decode(const double *when)
{
    static double gaps[BITS], sorted[BITS];
    double wrong = 0;
    unsigned count = 0;
    for (unsigned i = 0; i < BITS; i++) {
        gaps[i] = when[i] > 0 && when[i + 1] > 0 ? when[i + 1] - when[i] : 0;
        if (gaps[i] > 0)
            sorted[count++] = gaps[i];
    }
    if (count < 16)
        return (struct rate){0, 0.5};
    qsort(sorted, count, sizeof sorted[0], by_value);
    double middle = (sorted[count / 4] + sorted[count * 3 / 4]) / 2;
    for (unsigned i = 0; i < BITS; i++)
        wrong += gaps[i] > 0 && (gaps[i] > middle) != (red_secret(i) & 1);
    double last = 0;
    for (unsigned i = 0; i <= BITS; i++)
        last = when[i] > last ? when[i] : last;
    /* What was not seen is known not to have been seen: an erasure, no error. */
    return (struct rate){count / (last - when[0]) * capacity(wrong / count),
                         (wrong + BITS - count) / BITS};
}

static struct rate by_time(struct red_run *r, uint32_t unit)
{
    static double when[BITS + 1];
    struct red_target t = {.index = BITS, .unit = unit};
    int32_t status;
    memset(when, 0, sizeof when);
    if (!red_begin(r))
        return (struct rate){0, 1};
    red_order(r->spawn->slots[0].window, RED_BY_TIME, &t);
    when[0] = now_s();
    listen_for(r->spawn->slots[0].ring, when);
    (void)red_end(r, &status);
    return decode(when);
}

static unsigned pages_of(int fd)
{
    char text[128] = {0};
    unsigned pages = 0;
    if (pread(fd, text, sizeof text - 1, 0) <= 0 || sscanf(text, "%u", &pages) != 1)
        return 0;
    return pages;
}

/* A stranger's whole knowledge: a descriptor of statm. Counts the bytes it read rightly. */
static unsigned watch(int fd, unsigned base, const struct ring *ring)
{
    unsigned right = 0, place = 0;
    double until = now_s() + 20;
    while (!is_over(ring, until)) {
        unsigned pages = pages_of(fd);
        if (pages <= base || pages - base > 1024)
            continue;
        unsigned told = pages - base - 1, skipped = (told / 256 + 4 - place % 4) % 4;
        if (skipped == 3) /* the one before, still */
            continue;
        place += skipped;
        right += (told & 0xff) == red_secret(place);
        place++;
    }
    return right;
}

/* In a child that is nobody's: what it learned comes back in shared memory. */
static unsigned by_stranger(int pid, const struct ring *ring, struct window *w,
                            const struct red_target *t)
{
    unsigned *learned = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
             right = 0;
    if (learned == MAP_FAILED)
        return 0;
    pid_t child = fork();
    if (child == 0) {
        char path[64];
        if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresuid(STRANGER, STRANGER, STRANGER)))
            _exit(1);
        (void)snprintf(path, sizeof path, "/proc/%d/statm", pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        unsigned base = fd >= 0 ? pages_of(fd) : 0;
        red_order(w, RED_BY_SIZE, t);
        if (base > 0)
            *learned = watch(fd, base, ring);
        _exit(0);
    }
    if (child > 0 && waitpid(child, NULL, 0) == child)
        right = *learned;
    (void)munmap(learned, 4096);
    return right;
}

static struct rate by_size(struct red_run *r, uint32_t unit)
{
    struct spawn_slot *slot = &r->spawn->slots[0];
    struct red_target t = {.index = BYTES, .unit = unit};
    int32_t status;
    if (!red_begin(r))
        return (struct rate){0, 1};
    for (int i = 0; i < 1000 && __atomic_load_n(&slot->ring->life, __ATOMIC_SEQ_CST) == 0; i++)
        (void)usleep(1000);
    (void)usleep(20000); /* from its announcement to its filter */
    int pid = red_first_child(r->spawn->pid);
    double begin = now_s();
    unsigned right = pid > 0 ? by_stranger(pid, slot->ring, slot->window, &t) : 0;
    double took = now_s() - begin;
    (void)red_end(r, &status);
    return (struct rate){8 * right / took, 1 - (double)right / BYTES};
}

static void best_of(struct red_run *r, struct rate (*how)(struct red_run *, uint32_t),
                    const char *words)
{
    static const uint32_t units[] = {300, 1000, 3000, 10000, 30000};
    struct rate best = {0, 1};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        for (int again = 0; again < 3; again++) {
            struct rate now = how(r, units[i]);
            if (now.bits > best.bits)
                best = now;
        }
    }
    if (best.bits > 0)
        red_say(true, "%s: measured: %s: %.0f bits a second (%.1f %% wrong or missed)",
                r->cage->name, words, best.bits, 100 * best.wrong);
    else
        (void)printf("# %s: %s: nothing, or this machine is too busy to say\n", r->cage->name,
                     words);
}

void red_measure(struct red_run *r)
{
    best_of(r, by_time, "by when its records come, to the opener");
    best_of(r, by_size, "by how large it is, to any user of this machine");
}
