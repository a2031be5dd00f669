/* What a report says of rules that came without being named with -r. */
#ifndef CANDOR_RULES_ABOUT_H
#define CANDOR_RULES_ABOUT_H

#include "common/buf.h"

#include <stdint.h>

struct rules_about {
    bool is_builtin, is_log, stale; /* stale: too few witnesses cosigned in the last 72 hours */
    bool has_age;
    uint64_t age_days;           /* built-in: since the newest of them */
    uint64_t entries, size, own; /* of the log: active, known; of the owner's own log */
    char root[65];               /* of the log, hex; "" when it is not known */
    char held[400];              /* why known entries are not active; "" */
};

/* ", 3 days old", ", 5 of 7 entries, STALE: ...": what follows the name; or nothing. */
void rules_about_plain(const struct rules_about *a, struct buf *out);
/* ,"log":{...}, ,"age_days":N: members of an object that has one already. */
void rules_about_json(const struct rules_about *a, struct buf *out);

#endif
