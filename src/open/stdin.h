/* Standard input as one file. */
#ifndef CANDOR_STDIN_H
#define CANDOR_STDIN_H

#include "open/pool.h"

/* Reads fd to its end and hands it to the pool: small input from memory, larger from an unnamed
 * file in TMPDIR or /var/tmp (never a named one), or from memory where no such place is. Takes the
 * report. */
enum err stdin_add(struct pool *p, int fd, struct report *report, struct why *why);

#endif
