/* The profile of a published rule: a pure function of one file's bytes that says what it looks for.
 */
#ifndef CANDOR_PUBLISHED_H
#define CANDOR_PUBLISHED_H

#include "common/rule_leaf.h"
#include "jail/compile/ir.h"

/* Why a rule may not be published; NULL when it may. *line, *column: where. Static storage. Needs
 * its file to be named as the rule is, with ".yar" behind. leaf (may be NULL): the entry it comes
 * in, which must not say otherwise. */
const char *published_fault(const struct ir *ir, const struct ir_rule *rule,
                            const struct rule_leaf *leaf, uint32_t *line, uint32_t *column);

#endif
