/* Sleeping on the futex words of all running jails at once. Reads counters of rings, which are
 * hostile: a lying one ends the sleep early, no more. futex_waitv: Linux 5.16, futex2(7). */
#include "open/bells.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
enum { WAIT_32 = 2, WAIT_MAX_MS = 1000 };

struct wait_word { /* struct futex_waitv, Linux 5.16; not in every header */
    uint64_t value, address;
    uint32_t flags, reserved;
};

static void add_word(struct wait_word *list, unsigned *count, const uint32_t *word, uint32_t seen)
{
    list[(*count)++] = (struct wait_word){seen, (uint64_t)(uintptr_t)word, WAIT_32, 0};
}

/* Any end will do. Where a container's filter does not know the call, a short nap stands in. */
static void wait_for_any(const struct wait_word *list, unsigned count, const struct timespec *at)
{
    static const struct timespec nap = {0, 500000};
    if (syscall(SYS_futex_waitv, list, count, 0, at, CLOCK_MONOTONIC) < 0 &&
        (errno == ENOSYS || errno == EPERM))
        (void)nanosleep(&nap, NULL);
}

/* When we were stopped (Ctrl-Z), or the machine was, jails may have stood still as well: what we
 * overslept is added to their deadlines. */
static void forgive_stop(struct slot *slots, uint32_t slot_count, uint64_t until)
{
    uint64_t now = slot_now_ms();
    if (now < until + WAIT_MAX_MS)
        return;
    for (uint32_t i = 0; i < slot_count; i++) {
        slots[i].deadline_ms += now - until;
        slots[i].born_ms += now - until;
    }
}

void bells_sleep(struct slot *slots, uint32_t slot_count)
{
    struct wait_word list[2 * ZYGOTE_SLOTS_MAX];
    unsigned count = 0;
    uint64_t now = slot_now_ms(), until = now + WAIT_MAX_MS;
    for (uint32_t i = 0; i < slot_count; i++) {
        struct slot *s = &slots[i];
        if (s->state != SLOT_RUNNING)
            continue;
        struct ring *ring = s->memory->ring;
        __atomic_store_n(&s->memory->window->opener_sleeps, 1, __ATOMIC_SEQ_CST);
        uint32_t bell = __atomic_load_n(&ring->bell, __ATOMIC_SEQ_CST);
        bool news = __atomic_load_n(&ring->head, __ATOMIC_SEQ_CST) != s->taken;
        add_word(list, &count, &ring->bell, news ? bell - 1 : bell);
        add_word(list, &count, &ring->life,
                 __atomic_load_n(&ring->life, __ATOMIC_SEQ_CST) & ~(uint32_t)FUTEX_OWNER_DIED);
        if (s->deadline_ms < until)
            until = s->deadline_ms + 1;
    }
    uint64_t wait = until > now ? until - now : 1;
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    uint64_t ns = (uint64_t)at.tv_nsec + wait % 1000 * 1000000;
    at.tv_sec += (time_t)(wait / 1000 + ns / 1000000000);
    at.tv_nsec = (long)(ns % 1000000000);
    wait_for_any(list, count, &at);
    for (uint32_t i = 0; i < slot_count; i++)
        __atomic_store_n(&slots[i].memory->window->opener_sleeps, 0, __ATOMIC_SEQ_CST);
    forgive_stop(slots, slot_count, until);
}
