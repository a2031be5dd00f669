/* A sink that remembers: what a scan without rules says of a file, for tests and fuzz targets. */
#ifndef CANDOR_TEST_COLLECT_SINK_H
#define CANDOR_TEST_COLLECT_SINK_H

#include "common/arena.h"
#include "jail/inspect.h"

struct collected_object {
    struct span name, bytes; /* copies; bytes up to COLLECT_BYTES of them */
    uint64_t size;
    enum object_type type;
    enum evidence evidence;
    uint32_t id, parent, depth;
};

struct collected_gap {
    uint32_t object;
    enum gap_kind kind;
    struct span detail;
};

enum { COLLECT_BYTES = 1 << 20 };

struct collect {
    struct arena *arena;
    struct collected_object *objects;
    struct collected_gap *gaps;
    uint32_t object_count, object_cap, gap_count, gap_cap;
    struct inspected totals;
    enum err err;
    struct budget budget; /* set by collect_init; change it before the run, read it after */
    struct span file;     /* of a windowed run */
    uint64_t refuse_from;
    uint8_t *window;
};

void collect_init(struct collect *c);
void collect_done(struct collect *c);
/* Scans bytes in memory, without an engine. */
void collect_run(struct collect *c, struct span file);
/* The same through a window: each view lies in a block of its own that ends at its last byte and is
 * gone with the next view. Bytes from `refuse_from` on cannot be had. */
void collect_run_windowed(struct collect *c, struct span file, uint64_t refuse_from);
/* Through a window made by the caller's function. */
void collect_run_source(struct collect *c, struct source source);

/* First object of that name; NULL when there is none. */
const struct collected_object *collect_find(const struct collect *c, const char *name);
/* Objects (the file itself does not count) whose bytes contain the text. */
unsigned collect_parts_with(const struct collect *c, const char *text);
unsigned collect_gaps(const struct collect *c, enum gap_kind kind);
/* A gap of that kind whose detail contains the text. */
bool collect_gap_says(const struct collect *c, enum gap_kind kind, const char *text);

#endif
