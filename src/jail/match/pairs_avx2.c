/* Pairs with AVX2: each half of a byte is looked up in a table of 16. Twin of pairs_plain. Bytes
 * are the scanned object's; loads stay inside the view. */
#include "jail/match/pairs.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

struct tables {
    __m256i low, high;
};

TARGET static inline __m256i table_of(const uint8_t row[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i_u *)row));
}

/* The bits of the pairs that each of 32 bytes fits. */
TARGET static inline __m256i bits_of(const uint8_t *at, struct tables t)
{
    const __m256i half = _mm256_set1_epi8(0xf);
    __m256i v = _mm256_loadu_si256((const __m256i_u *)at);
    __m256i low = _mm256_shuffle_epi8(t.low, _mm256_and_si256(v, half));
    __m256i up = _mm256_and_si256(_mm256_srli_epi16(v, 4), half);
    return _mm256_and_si256(low, _mm256_shuffle_epi8(t.high, up));
}

TARGET size_t pairs_avx2(struct span view, struct prefilter_part part, const struct pair_set *set,
                         uint8_t wanted, uint8_t *which)
{
    const __m256i mask = _mm256_set1_epi8((char)wanted);
    const struct tables first = {_mm256_and_si256(table_of(set->low[0]), mask),
                                 table_of(set->high[0])};
    const struct tables second = {table_of(set->low[1]), table_of(set->high[1])};
    size_t at = part.from;
    for (; at + 32 <= part.to && at + 33 <= view.len; at += 32) {
        __m256i both =
            _mm256_and_si256(bits_of(view.at + at, first), bits_of(view.at + at + 1, second));
        if (_mm256_testz_si256(both, both))
            continue;
        __m256i none = _mm256_cmpeq_epi8(both, _mm256_setzero_si256());
        uint32_t hits = ~(uint32_t)_mm256_movemask_epi8(none), i = (uint32_t)__builtin_ctz(hits);
        uint8_t bits[32];
        _mm256_storeu_si256((__m256i_u *)bits, both);
        *which = bits[i];
        return at + i;
    }
    return pairs_plain(view, (struct prefilter_part){at, part.to}, set, wanted, which);
}
#endif
