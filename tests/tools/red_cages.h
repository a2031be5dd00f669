/* Internal to the driver. */
#ifndef CANDOR_RED_CAGES_H
#define CANDOR_RED_CAGES_H

#include "red_team.h"

#include "sandbox/spawn.h"

struct red_cage {
    const char *name, *key;
    uint64_t output_bytes;
    struct confine_limits limits;
    bool is_zygote, is_opener;
};

struct red_run {
    const struct red_options *options;
    const struct red_cage *cage;
    struct spawn *spawn;
    unsigned layers;
    int landlock_abi;
    unsigned tried, kinds, holes, by_signal;
};

struct red_trial {
    bool begun, returned, hung;
    int64_t result;
    int32_t status;
};

/* Starts the twin for this cage; says so when it cannot. */
bool red_start(struct red_run *r);
/* A fresh jail that waits for an order; the order; its end. False: said. */
bool red_begin(struct red_run *r);
void red_order(struct window *w, uint32_t kind, const struct red_target *target);
bool red_end(struct red_run *r, int32_t *status);
/* One trial in a fresh jail. False: the zygote is gone, which was said. */
bool red_in_jail(struct red_run *r, uint32_t kind, const struct red_target *target,
                 struct red_trial *t);
/* Every call number by every way in; the survivors must be the published ones. */
void red_sweep(struct red_run *r);
/* How many bits a second a jail can tell through what no filter closes: when it writes its records,
 * and how large it is. Prints numbers. */
void red_measure(struct red_run *r);
/* The zygote's first child, as we number processes; 0 when nobody says. */
int red_first_child(int zygote);
/* What /proc says of a waiting jail, where it may be asked. */
void red_look_from_outside(struct red_run *r);

#endif
