/* The sieve with AVX2: 16 positions a turn. Twin of prefilter_plain. Bytes are the scanned
 * object's; reads stay inside 2 * count + 2. */
#include "jail/match/prefilter.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

/* One bit a lane whose gram's bit is set. */
TARGET static inline uint32_t probe(const uint32_t *bits, __m256i grams, __m128i shift)
{
    const __m256i fold = _mm256_set1_epi32((int)GRAM_FOLD32);
    const __m256i mul = _mm256_set1_epi32((int)GRAM_MUL);
    __m256i hash = _mm256_srl_epi32(_mm256_mullo_epi32(_mm256_and_si256(grams, fold), mul), shift);
    __m256i words = _mm256_i32gather_epi32((const int *)bits, _mm256_srli_epi32(hash, 5), 4);
    /* The bit's number counted from the top: shifting left by it makes the bit the sign. */
    __m256i from_top = _mm256_andnot_si256(hash, _mm256_set1_epi32(31));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(words, from_top)));
}

TARGET uint32_t prefilter_avx2(const struct prefilter *f, const uint8_t *at, uint32_t count,
                               uint32_t *out)
{
    const __m128i shift = _mm_cvtsi32_si128((int)(32 - f->bits_log));
    uint32_t n = 0, i = 0;
    for (; i + 16 <= count; i += 16) {
        const uint8_t *p = at + (size_t)i * 2;
        uint32_t low = probe(f->bits, _mm256_loadu_si256((const __m256i_u *)p), shift);
        uint32_t high = probe(f->bits, _mm256_loadu_si256((const __m256i_u *)(p + 2)), shift);
        for (; low; low &= low - 1)
            out[n++] = i * 2 + (uint32_t)__builtin_ctz(low) * 4;
        for (; high; high &= high - 1)
            out[n++] = i * 2 + (uint32_t)__builtin_ctz(high) * 4 + 2;
    }
    uint32_t rest = prefilter_plain(f, at + (size_t)i * 2, count - i, out + n);
    for (uint32_t k = 0; k < rest; k++)
        out[n + k] += i * 2;
    return n + rest;
}
#endif
