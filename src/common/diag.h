/* What a rule compiler has to say about a source: file, line, column, reason. */
#ifndef CANDOR_DIAG_H
#define CANDOR_DIAG_H

#include "common/reader.h"

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag {
    enum diag_level level;
    struct span file;      /* the source's name as it was given; borrowed */
    uint32_t line, column; /* from 1; 0 when the whole file is meant. Column counts bytes */
    struct span text;      /* one line, no newline; may quote the source (hostile) */
    struct span rule;      /* the rule it is about, when that is known; borrowed */
};

struct diag_sink {
    void *ctx;
    void (*give)(void *ctx, const struct diag *d);
};

#endif
