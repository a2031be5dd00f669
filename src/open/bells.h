/* Waiting for jails. Internal to open/. */
#ifndef CANDOR_BELLS_H
#define CANDOR_BELLS_H

#include "open/slot.h"

/* Sleeps until a running jail's bell rings or it dies, a deadline comes near, or a second has
 * passed. After a stop (of us or the machine) the deadlines are moved by what was overslept. */
void bells_sleep(struct slot *slots, uint32_t slot_count);

#endif
