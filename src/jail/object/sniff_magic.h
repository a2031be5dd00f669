/* Fixed byte strings at fixed places. For sniff.c. */
#ifndef CANDOR_SNIFF_MAGIC_H
#define CANDOR_SNIFF_MAGIC_H

#include "common/types.h"

struct sniff_magic {
    uint16_t at;
    struct span bytes;
    enum object_type type;
};

extern const struct sniff_magic sniff_magics[];
extern const uint32_t sniff_magic_count;

#endif
