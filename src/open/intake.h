/* What a running jail says, taken from its ring record by record. Internal to open/. */
#ifndef CANDOR_INTAKE_H
#define CANDOR_INTAKE_H

#include "open/slot.h"

struct intake {
    /* A file is finished, with its report filled. Ownership of what `f` holds moves. */
    void (*give)(void *ctx, struct slot_file *f);
    void *ctx;
    void (*rule)(void *ctx, const struct record *r); /* RULE records; NULL: refused */
    void *rule_ctx;
    /* ABOUT records with their texts, in an order without files; NULL: refused */
    void (*about)(void *ctx, const struct record *r, struct span name, struct span text);
    uint64_t timeout_s; /* of one file: START sets the slot's deadline */
};

/* Copies what the ring holds and acts on it. False: nothing was there. *bad: the jail broke the
 * protocol, and nothing more of it may be believed. */
bool intake_drain(const struct intake *in, struct slot *s, bool *bad);
/* One record. Believed about the file at hand only: the first of the batch that is not finished,
 * once its START came. ERR_PEER for everything out of turn. */
enum err intake_record(const struct intake *in, struct slot *s, const struct record *r,
                       struct why *why);

#endif
