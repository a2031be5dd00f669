/* What a container says of one of its members, before the member is opened: rules about containers
 * (ClamAV's .cdb) ask for it. */
#ifndef CANDOR_MEMBER_H
#define CANDOR_MEMBER_H

#include "common/types.h"
#include "jail/object/source.h"

enum { MEMBER_UNKNOWN = -1 };

struct member {
    enum object_type type; /* of the container, as it is read here */
    struct span name;      /* hostile bytes; empty when there is none */
    uint64_t around;       /* bytes of the container */
    int64_t packed, full;  /* claims, in bytes; MEMBER_UNKNOWN: the container does not say */
    int64_t place;         /* counted from 1; 0 where ClamAV does not count */
    bool is_encrypted;
};

#endif
