/* Where a scan says what it sees. In a jail the sink writes fixed-size records to the ring; in
 * tests and in the one-process debugging build it fills a report. Spans are borrowed for the call.
 */
#ifndef CANDOR_SINK_H
#define CANDOR_SINK_H

#include "common/gaps.h"
#include "jail/object/object.h"

struct finding {
    uint32_t object;  /* id of the object it lies in */
    uint32_t rule;    /* index of the rule (or hash signature) in the image */
    uint64_t at, len; /* first matching string's place; len 0 when the condition needed no string */
    bool has_place;
};

struct match {
    uint32_t object, rule, string; /* string: index in the image */
    uint64_t at, len;
    struct span bytes; /* what matched, cut to 512 bytes */
    uint8_t xor_key;
    bool is_hex; /* written in hexadecimal in its rule */
};

struct sink {
    void *ctx;
    /* An object is about to be examined. Called once each, parents before children. */
    void (*object)(void *ctx, const struct object *o);
    void (*finding)(void *ctx, const struct finding *f);
    /* Each match of each non-private string of a rule that is true; only when asked for. May be
     * NULL. */
    void (*match)(void *ctx, const struct match *m);
    /* at: offset in the object, or 0. detail: short, ours or hostile, may be empty. */
    /* What rules print of the object at hand, newlines included; NULL: nobody listens. */
    void (*output)(void *ctx, struct span text);
    void (*gap)(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail);
};

#endif
