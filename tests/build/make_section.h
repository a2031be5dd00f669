/* A search section with one rule a string, open, and what it found. */
#ifndef CANDOR_MAKE_SECTION_H
#define CANDOR_MAKE_SECTION_H

#include "jail/compile/search_emit.h"

enum { SECTION_RULES = 64 };

struct section {
    struct arena *arena; /* the caller's before section_open; section_close frees it */
    const struct pattern *patterns;
    uint32_t count;
    struct buf bytes;
    struct search *search;
    uint8_t always[CLASS_COUNT][SECTION_RULES / 8 + 1];
    bool alive[SECTION_RULES];
    bool twice; /* a rule was named twice, or one that is none */
};

void section_open(struct section *b, const struct pattern *patterns, uint32_t count);
void section_close(struct section *b);
/* Stage one into b->alive; stage two over all strings. False when they said so. */
bool section_rules(struct section *b, enum search_class kind, struct source *source);
bool section_strings(struct section *b, struct source *source, struct hits *hits);

#endif
