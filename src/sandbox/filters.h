/* The seccomp filters as checked-in arrays, byte for byte what the kernel gets. Written out rather
 * than generated at run time, so that what `prove` dumps can be compared with the program's own
 * bytes. Tests sweep every call number against them (tests/system/cage_holds.sh, prove.sh). */
#ifndef CANDOR_FILTERS_H
#define CANDOR_FILTERS_H

#include <linux/filter.h>

extern const struct sock_filter filters_opener[];
extern const unsigned short filters_opener_len;
extern const struct sock_filter filters_zygote[];
extern const unsigned short filters_zygote_len;
extern const struct sock_filter filters_jail[];
extern const unsigned short filters_jail_len;
extern const struct sock_filter filters_door[];
extern const unsigned short filters_door_len;
extern const struct sock_filter filters_keeper[];
extern const unsigned short filters_keeper_len;
extern const struct sock_filter filters_courier[];
extern const unsigned short filters_courier_len;

#endif
