/* Grams of needles. Bytes come from rules (compiler) or from a checked section (engine). */
#include "jail/match/grams.h"

struct gram gram_at(struct masked needle, int32_t at)
{
    struct gram g = {0, 0};
    if (!needle.mask.at && at >= 0 && (uint32_t)at + GRAM_BYTES <= needle.bytes.len) {
        (void)span_u32le(needle.bytes, (uint32_t)at, &g.value);
        return (struct gram){g.value & GRAM_FOLD32, GRAM_FOLD32};
    }
    for (int32_t i = 0; i < GRAM_BYTES; i++) {
        int64_t from = (int64_t)at + i;
        if (from < 0 || from >= (int64_t)needle.bytes.len)
            continue;
        uint32_t mask = GRAM_FOLD;
        if (needle.mask.at)
            mask &= span_byte(needle.mask, (size_t)from);
        g.mask |= mask << 8 * i;
        g.value |= (span_byte(needle.bytes, (size_t)from) & mask) << 8 * i;
    }
    return g;
}

uint32_t gram_free(struct gram g)
{
    return (uint32_t)__builtin_popcount(GRAM_FOLD32 & ~g.mask);
}

uint32_t gram_spell(struct gram g, uint32_t i)
{
    uint32_t out = g.value, open = GRAM_FOLD32 & ~g.mask;
    while (open) {
        uint32_t bit = open & -open;
        if (i & 1)
            out |= bit;
        i >>= 1;
        open ^= bit;
    }
    return out;
}
