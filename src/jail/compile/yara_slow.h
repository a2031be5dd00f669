/* What YARA's choice of atoms means: which strings it warns of, and where it begins to confirm. */
#ifndef CANDOR_YARA_SLOW_H
#define CANDOR_YARA_SLOW_H

#include "jail/compile/ir.h"

/* Whether YARA 4.5 says that the string may slow down scanning. The tree is as it was parsed, not
 * folded. Memory from `scratch`; false when there is none, and for trees past a bound of work. */
bool yara_slow_is_poor(const struct ir_string *s, struct arena *scratch);
/* Whether YARA confirms a match from a place behind which all has one length, so that every such place
 * gives a match an end of its own. The tree is measured, not folded. */
bool yara_slow_ends_alike(const struct re *re, struct arena *scratch);
/* Whether .*, .+ or .{n,} stands in it, in no alternative and nothing that is repeated. */
bool yara_slow_has_dot_star(const struct re *re, struct arena *scratch);

#endif
