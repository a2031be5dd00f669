/* Code for the regex machine from a tree. */
#ifndef CANDOR_PROGRAM_H
#define CANDOR_PROGRAM_H

#include "common/buf.h"
#include "jail/compile/re.h"

/* Appends the program of a folded tree (re_fold) to `programs`; *start is its offset there.
 *   backwards  it runs from the end of a match to its beginning
 *   returns    ERR_RULES with *error when it would be too large */
enum err program_emit(struct re *tree, bool backwards, struct arena *a, struct buf *programs,
                      uint32_t *start, struct re_error *error);

#endif
