/* Rules and bytes in, findings out: compile_run, ruleset_check and engine_scan in this process. */
#ifndef CANDOR_TEST_SCAN_RULES_H
#define CANDOR_TEST_SCAN_RULES_H

#include "jail/compile/compile.h"
#include "jail/match/engine.h"

struct compiled {
    struct buf image;
    struct compile_stats stats;
    enum err err;
    struct why why;
    struct buf diags; /* "file:line:column: text\n" ... */
};

/* SHORT: few steps, for fuzzing. UNPACK: what is in the bytes, too. NOW: in 2023, not in
 * 1970. */
enum {
    SCAN_EXHAUSTIVE = 1,
    SCAN_MATCHES = 2,
    SCAN_FAST = 4,
    SCAN_SHORT = 8,
    SCAN_UNPACK = 16,
    SCAN_NOW = 32
};

/* One source "test.yar" of namespace "default". */
void rules_compile(struct compiled *c, const char *rules);
/* Everything as the caller set it; diag is set here. */
void rules_compile_input(struct compiled *c, struct compile_input *in);
void rules_done(struct compiled *c);
/* Appends the names of the rules that are true of the bytes, each followed by a space, in order;
 * with SCAN_MATCHES each followed by "$a@at+len " for each match; gaps as "!kind ". A refused image
 * appends "refused ". */
void rules_scan(struct span image, struct span bytes, unsigned flags, struct buf *out);
/* The same through a window that shows at most `view` bytes at a time. */
void rules_scan_windowed(struct span image, struct span bytes, size_t view, unsigned flags,
                         struct buf *out);
/* Compiles and scans; "error: ..." when the rules are refused. The text is kept in `out`,
 * NUL-terminated. */
const char *rules_try(struct buf *out, const char *rules, struct span bytes, unsigned flags);

#endif
