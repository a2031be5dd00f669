/* What ClamAV's lists of file types (.ftm) say of files whose type we do not know. */
#ifndef CANDOR_MAGICS_H
#define CANDOR_MAGICS_H

#include "jail/match/ruleset.h"
#include "jail/object/object.h"

/* Sets o->told_target. Nothing happens to an object of a type that is our own to tell. O(magics).
 */
void magics_tell(const struct ruleset *r, struct object *o);

#endif
