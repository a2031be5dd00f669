/* What yara(1) shows depends on how a condition asks: for strings asked for at one place only, and
 * for rules that print. */
#ifndef CANDOR_STRING_USES_H
#define CANDOR_STRING_USES_H

#include "jail/compile/ir.h"
#include "jail/compile/pattern.h"

struct string_use {
    bool is_fixed;  /* asked for by `at` and one constant, and by nothing else */
    bool is_free;   /* asked for in any other way */
    bool is_roving; /* asked for in more than a few places, or other than by where it is */
    int64_t at;
};

/* Places that may be compared one by one. */
enum { STRING_PLACES_MAX = 4096 };

struct string_uses {
    struct string_use *strings; /* one a string of the rule, in the arena */
    bool prints;                /* calls console */
};

/* Walks the condition of `rule`. False: out of memory. O(condition). */
bool string_uses_find(const struct ir_rule *rule, struct arena *a, struct string_uses *out);

/* Which of `count` strings are compared where they are asked for: not one in several pieces, whose
 * later ones may lie anywhere. NULL: out of memory. */
bool *string_uses_placed(const struct string_uses *uses, const struct pattern *patterns,
                         uint32_t count, struct arena *a);

#endif
