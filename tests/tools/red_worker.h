/* A jail under an attacker's control, against the real pool. */
#ifndef CANDOR_RED_WORKER_H
#define CANDOR_RED_WORKER_H

#include "common/channel.h"

/* Carries out a batch as its files say: each begins with "RED:word;", and anything else is honest.
 */
void red_worker(struct window *w, struct ring *ring);

#endif
