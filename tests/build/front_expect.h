/* Short ways to say what a front end must make of a rule, or say of it. */
#ifndef CANDOR_TEST_FRONT_EXPECT_H
#define CANDOR_TEST_FRONT_EXPECT_H

#include "front.h"

struct front_case {
    const char *in, *out;
};

/* Conditions of a rule with strings $a $b $b2 and one without a name, module math imported and
 * rules r1, r2 before it, against their dumps. Nothing may be said about them. */
void front_expect_conditions(const struct front_case *cases, size_t count);
/* The same rule; `out` is "COLUMN: level: text" of the first diagnostic about the condition, the
 * column counted from 1 in the condition. */
void front_expect_refused(const struct front_case *cases, size_t count);
/* A whole source "r.yar" in namespace "ns": everything said. */
void front_expect_says(const char *source, const char *diags);
/* A whole source: nothing is said, and this is the dump. */
void front_expect_dump(const char *source, const char *dump);

#define FRONT_CASES(cases) (cases), sizeof(cases) / sizeof((cases)[0])

#endif
