/* Front ends run on text in memory: what they made of it and what they said. */
#ifndef CANDOR_TEST_FRONT_H
#define CANDOR_TEST_FRONT_H

#include "jail/compile/compile.h"

struct front {
    struct arena *arena;
    struct frontend fe;
    struct compile_input in;
    struct ir_external externals[4];
    struct buf diags; /* "file:line:column: error: text\n" ... */
    bool ok;          /* memory sufficed */
};

/* Four externals: ext_i, ext_f, ext_s, ext_b. Set f->in before front_add. */
void front_open(struct front *f);
void front_close(struct front *f);
/* Parses one source. Returns fe.errors so far. */
uint32_t front_add(struct front *f, const char *name, const char *space, struct span bytes);
uint32_t front_add_hashes(struct front *f, const char *name, struct span bytes);
/* The IR as text / the diagnostics, NUL-terminated, the test's until front_close. */
const char *front_dump(struct front *f);
const char *front_diags(struct front *f);

#endif
