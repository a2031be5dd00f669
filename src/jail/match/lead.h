/* What the first units of every match of a program look like, so that the machine is not started
 * where nothing can match. */
#ifndef CANDOR_LEAD_H
#define CANDOR_LEAD_H

#include "common/reader.h"

enum { LEAD_UNITS = 6 };

struct lead {
    uint32_t count, step; /* units known; bytes from one to the next */
    uint8_t sets[LEAD_UNITS][32];
};

/* Follows the program (hostile, as all of an image) while it is one path of single units. A wide
 * unit is a byte and a 0. */
void lead_find(struct span programs, uint32_t start, bool is_wide, struct lead *out);
/* Whether a match can begin at `at` of the view; false past its end. */
bool lead_may(const struct lead *l, struct span view, size_t at);

#endif
