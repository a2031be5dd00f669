/* The twin: the same zygote, the same policy rows, but a jail whose work is to break out. With
 * RED_IN_ZYGOTE the acts are tried in the zygote's own cage instead. When its batch is one of the
 * real pool's, it plays a worker under an attacker's control, as the first bytes of its files say.
 */
#include "red.h"
#include "red_worker.h"

#include "sandbox/zygote.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static enum err warm(struct span image, struct why *why)
{
    (void)image;
    (void)why;
    red_prepare();
    return ERR_NONE;
}

static void try_it(struct window *w, struct ring *ring)
{
    const struct red_target *t = (const struct red_target *)((const uint8_t *)w + WINDOW_DATA);
    struct red_target mine = *t;
    long result = -1;
    __atomic_store_n(&ring->spare[0], RED_BEGUN, __ATOMIC_SEQ_CST);
    if (w->order.kind == RED_SWEEP)
        result = red_call((enum red_entry)mine.entry, mine.number, mine.args);
    else if (w->order.kind == RED_BY_TIME)
        red_by_time(&mine, ring);
    else if (w->order.kind == RED_BY_SIZE)
        red_by_size(&mine);
    else if (mine.act < red_act_count)
        result = red_acts[mine.act].run(&mine, w);
    ring->spare[1] = (uint32_t)(uint64_t)result;
    ring->spare[2] = (uint32_t)((uint64_t)result >> 32);
    __atomic_store_n(&ring->spare[0], RED_RETURNED, __ATOMIC_SEQ_CST);
}

static void work(struct zygote_jail *jail)
{
    struct window *w = jail->window;
    while (__atomic_load_n(&w->order.kind, __ATOMIC_SEQ_CST) == 0)
#ifdef RED_SPIN /* a private copy of the window hears no wake-up */
        __asm__ volatile("pause" ::: "memory");
#else
        channel_wait(&w->go, 0);
#endif
    if (w->order.kind < MSG_COUNT)
        red_worker(w, jail->ring);
    else
        try_it(w, jail->ring);
}

#ifdef RED_IN_ZYGOTE
/* The first order means: look into the window and act. */
static enum err act_as_zygote(const struct zygote_setup *setup, struct why *why)
{
    static struct zygote z;
    struct zygote_order order;
    TRY(zygote_enter(&z, setup, warm, why));
    if (read(ZYGOTE_FIRST_FD, &order, sizeof order) != (ssize_t)sizeof order)
        _exit(1);
    void *window = mmap(NULL, setup->window_bytes, PROT_READ, MAP_SHARED, ZYGOTE_FIRST_FD + 3, 0);
    void *ring =
        mmap(NULL, setup->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ZYGOTE_FIRST_FD + 4, 0);
    if (window != MAP_FAILED && ring != MAP_FAILED)
        try_it(window, ring);
    _exit(0);
}
#endif

int main(int argc, char **argv)
{
    struct zygote_setup setup;
    struct why why = {0};
    if (argc != 3 || !zygote_setup_read(argv[2], &setup))
        return 2;
#ifdef RED_IN_ZYGOTE
    (void)work;
    (void)act_as_zygote(&setup, &why);
#else
    (void)zygote_run(&setup, warm, work, &why);
#endif
    (void)fprintf(stderr, "red-jail: %s\n", why.text);
    return 72;
}
