/* How many jails may be at work at once. Internal to open/. */
#ifndef CANDOR_PLACES_H
#define CANDOR_PLACES_H

/* Slots beside those of the jails at work: one being filled, one being renewed. */
enum { PLACES_SPARE = 2 };

/* `wanted`, at least 1, cut to what slots and this process's descriptors allow. */
unsigned places_settle(unsigned wanted);

#endif
