/* The sources of a compilation: ClamAV's containers opened and judged, entries of a rule log taken
 * out of their wrapping. */
#ifndef CANDOR_GATHER_H
#define CANDOR_GATHER_H

#include "jail/compile/compile.h"

struct gathered {
    struct source_file *files; /* in the arena */
    uint32_t count, cap, warnings;
};

/* Hash lists and ClamAV databases by the endings of their names; all else is YARA. */
enum source_kind gather_kind(const struct source_file *f);
/* Reads all of the input's files. ERR_RULES when a container cannot be read, or is not signed and
 * must be: it is never left out in silence. */
enum err gather_sources(const struct compile_input *in, struct arena *a, struct gathered *out,
                        struct why *why);

#endif
