/* Parts of conditions that need no string: they can stand in a cover beside strings. */
#ifndef CANDOR_COVER_FREE_H
#define CANDOR_COVER_FREE_H

#include "jail/compile/ir.h"

/* Whether x can be evaluated on its own before any string is looked for: it names no string, no
 * other rule and no variable of a loop around it. False for more than 400 expressions. */
bool cover_is_free(const struct ir_expr *x);

#endif
