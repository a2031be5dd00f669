/* Records of a jail made into a report. The jail is believed about nothing but its own batch:
 * whatever does not fit is ERR_PEER, and the caller ends that jail. */
#ifndef CANDOR_COLLECT_H
#define CANDOR_COLLECT_H

#include "common/buf.h"
#include "common/channel.h"
#include "common/report.h"

struct collect {
    struct buf text; /* what TEXT records brought for the record that follows */
    struct buf name; /* the same with flags == 1: a second text */
};

void collect_init(struct collect *c);
void collect_done(struct collect *c);
/* Forgets texts that no record followed. */
void collect_clear(struct collect *c);
/* Takes a TEXT record. */
enum err collect_text(struct collect *c, const struct record *r, struct why *why);
/* OBJECT, FINDING, MATCH, GAP, FAIL into the report. */
enum err collect_record(struct collect *c, const struct record *r, struct report *report,
                        struct why *why);
/* The whole text of record `r`: earlier TEXT pieces and its own first text. Valid until the next
 * record. */
struct span collect_whole(struct collect *c, const struct record *r);

#endif
