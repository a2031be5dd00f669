/* Names of gaps. */
#include "common/gaps.h"

static const struct {
    const char *name, *meaning;
} gaps[GAP_COUNT] = {
#define GAP(id, name, meaning) [GAP_##id] = {name, meaning},
#include "common/gaps.def"
#undef GAP
};

const char *gap_name(enum gap_kind kind)
{
    return (unsigned)kind < GAP_COUNT ? gaps[kind].name : "unknown";
}

const char *gap_meaning(enum gap_kind kind)
{
    return (unsigned)kind < GAP_COUNT ? gaps[kind].meaning : "";
}

bool gap_find(struct span name, enum gap_kind *out)
{
    for (int k = 0; k < GAP_COUNT; k++)
        if (span_equal(name, span_text(gaps[k].name))) {
            *out = (enum gap_kind)k;
            return true;
        }
    return false;
}
