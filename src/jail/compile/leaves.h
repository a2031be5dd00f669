/* Leaves of the rule log as sources: "NAME.leaf" holds one rule or a block of hashes. */
#ifndef CANDOR_LEAVES_H
#define CANDOR_LEAVES_H

#include "common/rule_leaf.h"
#include "jail/compile/compile.h"

/* By the name's ending. */
bool leaves_is(const struct source_file *f);
/* What it holds, as a source of its own: "ID.yar" or "ID.sha256". ERR_RULES when it is no leaf, or
 * the end of a rule, or not named as its id. */
enum err leaves_open(const struct source_file *f, struct arena *a, struct source_file *out,
                     struct why *why);

#endif
