/* Leaking without a way out: a jail has no clock, so it counts turns of a loop. */
#include "red.h"
#include "red_calls.h"

#include <sys/syscall.h>

enum { PAGE_LEN = 4096 };

unsigned red_secret(uint32_t i)
{
    uint32_t x = i * 2654435761u;
    return (x ^ x >> 15) >> 8 & 0xff;
}

static void spin(uint32_t turns)
{
    for (uint32_t i = 0; i < turns; i++)
        __asm__ volatile("" ::: "memory");
}

void red_by_time(const struct red_target *t, struct ring *ring)
{
    for (uint32_t i = 0; i < t->index; i++) {
        spin(red_secret(i) & 1 ? 3 * t->unit : t->unit);
        __atomic_add_fetch(&ring->bell, 1, __ATOMIC_SEQ_CST);
    }
}

/* Each byte with two bits of its place, so that one who looks at any time can tell them apart. */
void red_by_size(const struct red_target *t)
{
    for (uint32_t i = 0; i < t->index; i++) {
        long len = (long)((i % 4) * 256 + red_secret(i) + 1) * PAGE_LEN;
        long at = red_64(SYS_mmap, 0, len, 3, 0x22, -1, 0);
        spin(t->unit);
        (void)red_64(SYS_munmap, at, len, 0, 0, 0, 0);
    }
}
