/* Bounds on input, from limits.def. */
#ifndef CANDOR_LIMITS_H
#define CANDOR_LIMITS_H

#include <stdint.h>

#define LIMIT(name, value, unit, why) static const uint64_t LIMIT_##name = UINT64_C(value);
#include "common/limits.def"
#undef LIMIT

#endif
