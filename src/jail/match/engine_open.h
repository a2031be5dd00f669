/* Between engine.c and engine_info.c. */
#ifndef CANDOR_ENGINE_OPEN_H
#define CANDOR_ENGINE_OPEN_H

#include "jail/match/engine.h"
#include "jail/match/ruleset.h"

const struct ruleset *engine_rules(const struct engine *e);
/* Both 0 unless costs were asked for. */
void engine_costs(const struct engine *e, uint32_t rule, uint64_t *evaluations, uint64_t *steps);

#endif
