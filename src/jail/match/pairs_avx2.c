/* Two bytes that stand together, with AVX2. Twin of pairs_plain. Bytes are the scanned object's;
 * loads stay inside the view. */
#include "jail/match/pairs.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

TARGET static inline __m256i differ(const uint8_t *at, __m256i mask, __m256i want)
{
    __m256i v = _mm256_loadu_si256((const __m256i_u *)at);
    return _mm256_xor_si256(_mm256_and_si256(v, mask), want);
}

TARGET size_t pairs_avx2(struct span view, struct prefilter_part part, struct pair p)
{
    const __m256i mask0 = _mm256_set1_epi8((char)p.mask);
    const __m256i want0 = _mm256_set1_epi8((char)p.value);
    const __m256i mask1 = _mm256_set1_epi8((char)(p.mask >> 8));
    const __m256i want1 = _mm256_set1_epi8((char)(p.value >> 8));
    size_t at = part.from;
    for (; at + 32 <= part.to && at + 33 <= view.len; at += 32) {
        __m256i off = _mm256_or_si256(differ(view.at + at, mask0, want0),
                                      differ(view.at + at + 1, mask1, want1));
        __m256i same = _mm256_cmpeq_epi8(off, _mm256_setzero_si256());
        uint32_t hits = (uint32_t)_mm256_movemask_epi8(same);
        if (hits)
            return at + (size_t)__builtin_ctz(hits);
    }
    return pairs_plain(view, (struct prefilter_part){at, part.to}, p);
}
#endif
