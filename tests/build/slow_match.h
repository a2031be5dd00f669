/* The slow twin of the regex machine: works on the tree itself, by the book. For tests. */
#ifndef CANDOR_TEST_SLOW_MATCH_H
#define CANDOR_TEST_SLOW_MATCH_H

#include "jail/compile/re.h"

enum { SLOW_TEXT = 64 }; /* longest text */

struct slow {
    struct span text;
    uint32_t flags; /* RE_NOCASE, RE_DOTALL */
    bool is_wide;
    struct arena *arena;
    /* memo: per node (by mark) and position */
    struct ends *memo;
};

/* Where a match that begins at one place can end, most preferred first, each once. */
struct ends {
    bool is_known;
    uint32_t count;
    uint8_t at[SLOW_TEXT + 1];
};

/* `nodes`: post-order of the unfolded tree. Numbers them. */
void slow_init(struct slow *s, const struct re_list *nodes, struct span text, uint32_t flags,
               bool is_wide);
void slow_done(struct slow *s);
const struct ends *slow_ends(struct slow *s, const struct re *node, uint32_t at);

#endif
