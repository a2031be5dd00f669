/* The sieve with AVX-512: 32 positions a turn. Twin of prefilter_plain. Bytes are the scanned
 * object's; reads stay inside 2 * count + 2. */
#include "jail/match/prefilter.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"

#define TARGET __attribute__((target("avx512f,avx512bw")))

/* Mask of the lanes whose gram's bit is set. */
TARGET static inline __mmask16 probe(const uint32_t *bits, __m512i grams, __m128i shift)
{
    const __m512i fold = _mm512_set1_epi32((int)GRAM_FOLD32);
    const __m512i mul = _mm512_set1_epi32((int)GRAM_MUL);
    __m512i hash = _mm512_srl_epi32(_mm512_mullo_epi32(_mm512_and_si512(grams, fold), mul), shift);
    __m512i words = _mm512_i32gather_epi32(_mm512_srli_epi32(hash, 5), bits, 4);
    /* Rotating right by the bit's number (modulo 32) brings it to the bottom. */
    __m512i turned = _mm512_rorv_epi32(words, hash);
    return _mm512_test_epi32_mask(turned, _mm512_set1_epi32(1));
}

TARGET uint32_t prefilter_avx512(const struct prefilter *f, const uint8_t *at, uint32_t count,
                                 uint32_t *out)
{
    const __m128i shift = _mm_cvtsi32_si128((int)(32 - f->bits_log));
    const __m512i step =
        _mm512_set_epi32(60, 56, 52, 48, 44, 40, 36, 32, 28, 24, 20, 16, 12, 8, 4, 0);
    uint32_t n = 0, i = 0;
    for (; i + 32 <= count; i += 32) {
        const uint8_t *p = at + (size_t)i * 2;
        __mmask16 low = probe(f->bits, _mm512_loadu_si512(p), shift);
        __mmask16 high = probe(f->bits, _mm512_loadu_si512(p + 2), shift);
        if (!(low | high))
            continue;
        __m512i places = _mm512_add_epi32(step, _mm512_set1_epi32((int)(i * 2)));
        _mm512_storeu_si512(out + n, _mm512_maskz_compress_epi32(low, places));
        n += (uint32_t)__builtin_popcount(low);
        places = _mm512_add_epi32(places, _mm512_set1_epi32(2));
        _mm512_storeu_si512(out + n, _mm512_maskz_compress_epi32(high, places));
        n += (uint32_t)__builtin_popcount(high);
    }
    uint32_t rest = prefilter_plain(f, at + (size_t)i * 2, count - i, out + n);
    for (uint32_t k = 0; k < rest; k++)
        out[n + k] += i * 2;
    return n + rest;
}

#pragma GCC diagnostic pop
#endif
