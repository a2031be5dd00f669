/* Making libmagic ready, before the cage closes. */
#ifndef CANDOR_JAIL_MAGIC_H
#define CANDOR_JAIL_MAGIC_H

#include "jail/facts/magic.h"

/* Loads the library and its database, once per process. NULL: one of them is not here. */
const struct magic_peer *jail_magic_open(void);

#endif
