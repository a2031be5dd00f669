/* Pairs in plain C. Bytes are the scanned object's; reads stay inside the view. */
#include "jail/match/pairs.h"

void pairs_add(struct pair_set *set, struct pair p)
{
    uint8_t bit = (uint8_t)(1u << set->count++);
    if (p.mask >> 8 == 0)
        set->one_byte |= bit;
    for (uint32_t byte = 0; byte < 2; byte++) {
        uint32_t value = p.value >> 8 * byte & 0xff, mask = p.mask >> 8 * byte & 0xff;
        for (uint32_t i = 0; i < 256; i++)
            if ((i & mask) == value)
                set->fits[byte][i] |= bit;
        for (uint32_t half = 0; half < 16; half++) {
            if (((half ^ value) & mask & 0xf) == 0)
                set->low[byte][half] |= bit;
            if (((half << 4 ^ value) & mask & 0xf0) == 0)
                set->high[byte][half] |= bit;
        }
    }
}

bool pairs_here(struct span view, size_t at, struct pair p)
{
    uint32_t low = span_byte(view, at), high = span_byte(view, at + 1);
    bool whole = p.mask >> 8 ? at + 1 < view.len : at < view.len;
    return whole && ((low | high << 8) & p.mask) == p.value;
}

size_t pairs_plain(struct span view, struct prefilter_part part, const struct pair_set *set,
                   uint8_t wanted, uint8_t *which)
{
    const uint8_t *first = set->fits[0], *second = set->fits[1];
    size_t at = part.from;
    for (; at < part.to && at + 1 < view.len; at++) {
        *which = first[view.at[at]] & second[view.at[at + 1]] & wanted;
        if (*which)
            return at;
    }
    if (at >= part.to || at >= view.len) /* else the last byte, which begins no pair of two */
        return SIZE_MAX;
    *which = first[view.at[at]] & set->one_byte & wanted;
    return *which ? at : SIZE_MAX;
}

pairs_run pairs_find(enum prefilter_kernel kernel)
{
#if defined(__x86_64__)
    if (kernel != PREFILTER_PLAIN && prefilter_find(PREFILTER_AVX2))
        return pairs_avx2;
#endif
    (void)kernel;
    return pairs_plain;
}
