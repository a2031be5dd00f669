/* The backtracking machine: regular expressions of ClamAV that the bounded one (regex_vm.h) cannot
 * express, because they refer back, assert, forbid to give back, or reach without bound. The seam
 * to PCRE2; doc/decisions/pcre2.md says why. Never just-in-time code: a jail has no executable
 * memory to give. PCRE2 takes its memory from malloc, which the cage bounds. */
#ifndef CANDOR_BACKTRACK_H
#define CANDOR_BACKTRACK_H

#include "common/limits.h"
#include "common/reader.h"

/* How an expression is read. */
enum {
    BACKTRACK_NOCASE = 1,
    BACKTRACK_DOTALL = 2,
    BACKTRACK_LINES = 4,    /* ^ and $ at every line */
    BACKTRACK_SPACED = 8,   /* white space and comments mean nothing */
    BACKTRACK_START = 16,   /* it matches at the beginning only */
    BACKTRACK_END = 32,     /* $ at the very end only */
    BACKTRACK_UNGREEDY = 64 /* quantifiers are lazy unless ? stands behind them */
};

enum backtrack_result {
    BACKTRACK_NONE,
    BACKTRACK_FOUND,
    BACKTRACK_LIMIT, /* LIMIT_BACKTRACK_ or memory ended the run: nobody knows */
};

struct backtrack; /* one expression, compiled; scratch memory included */

/* NULL: refused, with the reason in `text` (cap bytes, at least 1) and the place in *at. */
struct backtrack *backtrack_new(struct span expression, uint32_t flags, char *text, size_t cap,
                                size_t *at);
void backtrack_free(struct backtrack *b);

/* One search. Matches begin in [from, until] of the subject, or right at `from`. */
struct backtrack_try {
    struct span subject;
    size_t from, until;
    bool is_anchored;
    size_t at, end; /* FOUND: where the match lies; an odd one may end before it begins */
};
/* Bounded for each place where a match may begin, not as a whole: the caller searches in slices and
 * pays for them; the opener's clock has the last word. */
enum backtrack_result backtrack_run(struct backtrack *b, struct backtrack_try *t);

#endif
