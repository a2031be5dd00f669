/* A progress bar on standard error, only when that is a terminal. */
#ifndef CANDOR_PROGRESS_H
#define CANDOR_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;
    uint64_t total_files, total_bytes; /* 0 while unknown */
    uint64_t files, bytes, found;
    uint64_t started_ms, drawn_ms;
};

/* wanted: nothing forbade it. Looks whether standard error is a terminal. */
void progress_init(struct progress *p, bool wanted);
/* One more file is done. Draws at most ten times a second. */
void progress_add(struct progress *p, uint64_t bytes, bool found);
/* Takes the bar away so that a line can be printed. */
void progress_clear(struct progress *p);
/* Milliseconds of the monotonic clock. */
uint64_t progress_now_ms(void);

#endif
