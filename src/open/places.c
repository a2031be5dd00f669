/* The ceiling on jails. Reads nothing but a limit of this process. */
#include "open/places.h"

#include "sandbox/zygote.h"

#include <sys/resource.h>

/* Starting a zygote takes up to seven descriptors a slot for a moment. */
static unsigned by_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return 1;
    rlim_t slots = r.rlim_cur > 32 ? (r.rlim_cur - 32) / 7 : 0;
    if (slots <= PLACES_SPARE)
        return 1;
    return slots < ZYGOTE_SLOTS_MAX ? (unsigned)slots - PLACES_SPARE : ZYGOTE_SLOTS_MAX;
}

unsigned places_settle(unsigned wanted)
{
    unsigned room = by_descriptors(), most = ZYGOTE_SLOTS_MAX - PLACES_SPARE;
    unsigned jobs = wanted == 0 ? 1 : wanted;
    jobs = jobs < most ? jobs : most;
    return jobs < room ? jobs : room;
}
