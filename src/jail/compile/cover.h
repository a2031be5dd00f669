/* Covers: what must occur in an object of a class if a rule is to be true of it. */
#ifndef CANDOR_COVER_H
#define CANDOR_COVER_H

#include "jail/compile/ir.h"
#include "jail/compile/search_emit.h"

/* Sets of one rule that must all hold: as many as search_emit can use. */
enum { COVER_CLAUSES = SEARCH_CLAUSES };

enum cover_kind {
    COVER_NONE,  /* nothing is known: the rule is always evaluated */
    COVER_NEVER, /* cannot be true */
    COVER_SET,   /* one of `strings` must occur, or one of `parts` be true */
};

/* What is known of a rule, or of a part of its condition, for one class. */
struct cover_of {
    enum cover_kind kind;
    uint64_t cost;     /* of looking for the strings; rarer is cheaper */
    uint32_t *strings; /* indices in the image */
    uint32_t count;
    const struct ir_expr **parts; /* of the rule's condition, free of strings; see cover_free.h */
    uint32_t part_count;
    struct cover_of *also; /* of a set without parts: another one that must hold besides; dearer */
};

struct cover_maker {
    const struct ir *ir;
    struct arena *arena;
    const uint32_t *string_cost;  /* by index in the image */
    const uint32_t *string_first; /* first string in the image of ir rule i */
    struct cover_of *rules;       /* CLASS_COUNT for each ir rule, filled in order */
    bool bad;                     /* out of memory */
};

/* Works out rule `index` for every class, into m->rules. Rules that it refers to are there already.
 */
void cover_rule(struct cover_maker *m, uint32_t index);

struct cover_array {
    struct arena *arena;
    struct cover *items;
    uint32_t count, cap;
};
/* Appends the covers of rule `rule` of the image. all: CLASS_COUNT of them. False: out of memory.
 */
bool cover_put(const struct cover_of *all, uint32_t rule, struct cover_array *out);

#endif
