/* Internal to the red team's acts. */
#ifndef CANDOR_RED_CALLS_H
#define CANDOR_RED_CALLS_H

#include <stdint.h>

/* Memory below 4 GiB, for 32-bit calls. */
struct red_low {
    char program[32];
    uint32_t argv[2];
};
extern struct red_low *red_low;
extern uintptr_t red_vdso;

long red_64(long nr, long a, long b, long c, long d, long e, long f);
long red_32(long nr, long a, long b, long c, long d);

#endif
