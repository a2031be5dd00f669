/* The log that the built-in rules are: rules.log beside their folder, made by the build from the
 * same files (scripts/rules-log). It carries no signature: whoever has it has the package. */
#ifndef CANDOR_BUILTIN_LOG_H
#define CANDOR_BUILTIN_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct builtin_log {
    char origin[256];
    uint64_t size, date_s; /* entries; when the newest rule was written */
    char root[65];         /* hex */
};

/* Reads it and computes the root anew. False: not there, or not what its head says. */
bool builtin_log_read(struct builtin_log *out);

#endif
