/* Two bytes that stand together, eight positions at a time. Bytes are the scanned object's; loads
 * stay inside the view. */
#include "jail/match/pairs.h"

#include <string.h>

static uint64_t spread(uint32_t byte)
{
    return (byte & 0xff) * UINT64_C(0x0101010101010101);
}

static uint64_t load64(const uint8_t *at)
{
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

bool pairs_here(struct span view, size_t at, struct pair p)
{
    uint32_t low = span_byte(view, at), high = span_byte(view, at + 1);
    bool whole = p.mask >> 8 ? at + 1 < view.len : at < view.len;
    return whole && ((low | high << 8) & p.mask) == p.value;
}

size_t pairs_plain(struct span view, struct prefilter_part part, struct pair p)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    uint64_t mask0 = spread(p.mask), want0 = spread(p.value);
    uint64_t mask1 = spread(p.mask >> 8), want1 = spread(p.value >> 8);
    size_t at = part.from;
    for (; at + 8 <= part.to && at + 9 <= view.len; at += 8) {
        uint64_t first = (load64(view.at + at) & mask0) ^ want0;
        uint64_t second = (load64(view.at + at + 1) & mask1) ^ want1;
        uint64_t off = first | second;
        uint64_t zero = ~(((off & low) + low) | off | low); /* high bit of each byte that is 0 */
        if (zero)
            return at + (size_t)__builtin_ctzll(zero) / 8;
    }
    for (; at < part.to; at++)
        if (pairs_here(view, at, p))
            return at;
    return SIZE_MAX;
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
