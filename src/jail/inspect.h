/* One scan: a file and everything inside it, through identify, match, unpack, by a stack and a
 * loop. */
#ifndef CANDOR_INSPECT_H
#define CANDOR_INSPECT_H

#include "common/err.h"
#include "jail/object/budget.h"
#include "jail/object/sink.h"

struct engine;
struct members;

struct inspection {
    struct source source;
    struct engine *engine;   /* may be NULL: then only parts and gaps are found */
    struct members *members; /* of the same rules; may be NULL */
    bool no_unpack;          /* the file itself only, and nothing said of its parts */
    struct budget budget;    /* ceilings set by the caller; budget_init for the defaults */
    struct sink sink;
    struct memory *memory; /* of a process: then the source's offsets are addresses; else NULL */
    const uint8_t *md5;    /* of the whole source, when that is known; NULL otherwise */
};

/* Totals of one file. */
struct inspected {
    uint64_t objects, bytes; /* bytes matched, parts included */
};

/* Every oddity of the input becomes a gap; an err is ours. */
enum err inspect_file(struct inspection *in, struct inspected *out, struct why *why);

#endif
