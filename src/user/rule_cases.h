/* The cases of rules: samples in pieces, put together in memory. Format: doc/rules.md. */
#ifndef CANDOR_RULE_CASES_H
#define CANDOR_RULE_CASES_H

#include "common/arena.h"
#include "common/err.h"

struct rule_case {
    struct span rule, title, file; /* file: its name, for messages */
    uint32_t line;
    bool hit; /* the rule must find it; else it must not */
    struct span bytes;
};

/* Everything lives in `arena`. */
struct rule_cases {
    struct arena *arena;
    struct rule_case *items;
    uint32_t count, cap;
};

enum err rule_cases_init(struct rule_cases *c, struct why *why);
/* NULL arena is fine. */
void rule_cases_done(struct rule_cases *c);
/* A case file, or every *.case of a folder in the order of names. ERR_USAGE names file and line of
 * what is wrong. */
enum err rule_cases_add(struct rule_cases *c, const char *path, struct why *why);
/* The same from memory. `file` is for messages; both are copied. Cost: O(len) a case. */
enum err rule_cases_parse(struct rule_cases *c, const char *file, struct span text,
                          struct why *why);

#endif
