/* Names that outlive one YARA file: rules, imports, wildcards, by namespace. */
#ifndef CANDOR_YARA_NAMES_H
#define CANDOR_YARA_NAMES_H

#include "jail/compile/yara_state.h"

enum yara_rule_state { YARA_RULE_UNKNOWN, YARA_RULE_GOOD, YARA_RULE_REFUSED };

/* Makes fe->names; false when out of memory. */
bool yara_names_open(struct frontend *fe);
/* A rule of y's namespace; *index when it is good. */
enum yara_rule_state yara_names_rule(struct yara *y, struct span name, uint32_t *index);
/* Appends y->rule to the IR under its name, or marks its name as refused. */
bool yara_names_add_rule(struct yara *y);
bool yara_names_refuse(struct yara *y, struct span name);
bool yara_names_import(struct yara *y, const struct module *m);
/* NULL when it is not imported in y's namespace. */
const struct module *yara_names_module(struct yara *y, struct span name);
/* Remembers that `prefix*` was used: no later rule may match it. */
bool yara_names_add_wild(struct yara *y, struct span prefix);
/* A wildcard that `name` matches was used before. */
bool yara_names_hits_wild(struct yara *y, struct span name);
/* Index of an external; false when there is none. */
bool yara_names_external(const struct yara *y, struct span name, uint32_t *index);

#endif
