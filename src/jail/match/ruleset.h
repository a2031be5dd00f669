/* placeholder for the lead's syntax checks; the engine's header replaces it */
#ifndef CANDOR_RULESET_H
#define CANDOR_RULESET_H
#include "common/err.h"
#include "common/reader.h"
enum err ruleset_check(struct span image, struct why *why);
#endif
