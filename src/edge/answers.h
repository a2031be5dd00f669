/* What the door says, in clamd's words. Texts only: numbers and end marks are the client's. */
#ifndef CANDOR_ANSWERS_H
#define CANDOR_ANSWERS_H

#include "common/buf.h"
#include "common/report.h"
#include "edge/door.h"

/* "LABEL: OK", "LABEL: NAME FOUND", "LABEL: text ERROR". A gap that is not accepted is answered as
 * the configuration says. Names are shown without spaces and control characters. */
void answers_report(struct buf *out, const char *label, const struct report *r,
                    const struct door_options *options);
/* As clients parse it: "ClamAV 1.4.0-candorVERSION/RULES/DATE". */
void answers_version(struct buf *out, const struct keeper_note *rules);
void answers_commands(struct buf *out, const struct keeper_note *rules);

struct answers_counts {
    unsigned clients, running, jobs, waiting;
    uint64_t held_bytes, held_max;
};
/* In the shape that clamdtop reads. */
void answers_stats(struct buf *out, const struct answers_counts *c);

#endif
