/* Reports in the words of clamscan(1). */
#ifndef CANDOR_RENDER_CLAMSCAN_H
#define CANDOR_RENDER_CLAMSCAN_H

#include "common/report.h"
#include "user/clamscan_options.h"

#include <stdio.h>
#include <time.h>

struct render_clamscan {
    const struct clamscan_options *options;
    struct putaway putaway;
    FILE *log; /* NULL: none */
    bool on_terminal;
    uint64_t signatures, folders, files, infected, errors, with_gaps, bytes_scanned, bytes_read;
    bool has_missing; /* a path that was named is not there */
    time_t started;
    uint64_t started_ms;
};

enum err render_clamscan_open(struct render_clamscan *c, const struct clamscan_options *o,
                              struct why *why);
/* One file: FOUND or OK, what was put away; gaps and failures to standard error. */
void render_clamscan_report(struct render_clamscan *c, const struct report *r);
/* "PATH: what", for what was passed by. */
void render_clamscan_passed(struct render_clamscan *c, struct span path, const char *what);
/* Something was not looked at, or went wrong; `is_error` counts. */
void render_clamscan_trouble(struct render_clamscan *c, struct span path, const char *what,
                             bool is_error);
void render_clamscan_end(struct render_clamscan *c);
/* 0, 1 or 2. */
int render_clamscan_exit(const struct render_clamscan *c);
void render_clamscan_close(struct render_clamscan *c);

#endif
