/* The image's rules as RULE records. */
#ifndef CANDOR_LISTING_H
#define CANDOR_LISTING_H

#include "jail/match/engine.h"
#include "jail/session.h"

/* One record a rule, in order; evaluated_only: those that were evaluated since the engine opened.
 */
void listing_send(struct session *s, const struct engine *e, bool evaluated_only);

#endif
