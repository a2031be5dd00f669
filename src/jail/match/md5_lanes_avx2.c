/* MD5 of 8 byte strings at once. Twin of md5_run_plain. The bytes are the scanned objects'; reads
 * stay inside `blocks` blocks of each lane. */
#include "jail/match/md5_lanes.h"
#include "jail/match/md5_rounds.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"

#define TARGET __attribute__((target("avx2")))

typedef uint32_t lanes8 __attribute__((vector_size(32)));

#define MD5_VALUE lanes8
#define MD5_SPLAT(x) ((lanes8)_mm256_set1_epi32((int)(x)))
#define MD5_ROTATE(x, bits)                                                                        \
    ((lanes8)_mm256_or_si256(_mm256_slli_epi32((__m256i)(x), bits),                                \
                             _mm256_srli_epi32((__m256i)(x), 32 - (bits))))
#define MD5_ADD(f, sum, b, c, d) (sum) += f(b, c, d)

static const uint32_t sines[64] = MD5_SINES;

/* Half a block of each lane to eight words of all lanes. */
TARGET static inline void load_half(const uint8_t *const *at, size_t from, lanes8 w[8])
{
    __m256i r[8], t[8];
    for (int i = 0; i < 8; i++)
        r[i] = _mm256_loadu_si256((const __m256i *)(at[i] + from));
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int g = 0; g < 8; g += 4) {
        r[g] = _mm256_unpacklo_epi64(t[g], t[g + 2]);
        r[g + 1] = _mm256_unpackhi_epi64(t[g], t[g + 2]);
        r[g + 2] = _mm256_unpacklo_epi64(t[g + 1], t[g + 3]);
        r[g + 3] = _mm256_unpackhi_epi64(t[g + 1], t[g + 3]);
    }
    for (int k = 0; k < 4; k++) {
        w[k] = (lanes8)_mm256_permute2x128_si256(r[k], r[4 + k], 0x20);
        w[4 + k] = (lanes8)_mm256_permute2x128_si256(r[k], r[4 + k], 0x31);
    }
}

TARGET static inline lanes8 get(const uint32_t *words)
{
    return (lanes8)_mm256_load_si256((const __m256i *)(const void *)words);
}

TARGET static inline void put(uint32_t *words, lanes8 v)
{
    _mm256_store_si256((__m256i *)(void *)words, (__m256i)v);
}

TARGET void md5_run_avx2(struct md5_states *s, const uint8_t *const *at, size_t blocks)
{
    lanes8 a = get(s->words[0]), b = get(s->words[1]), c = get(s->words[2]), d = get(s->words[3]);
    for (size_t i = 0; i < blocks; i++) {
        lanes8 w[16], a0 = a, b0 = b, c0 = c, d0 = d;
        load_half(at, i * MD5_BLOCK, w);
        load_half(at, i * MD5_BLOCK + MD5_BLOCK / 2, w + 8);
        MD5_ALL;
        a += a0;
        b += b0;
        c += c0;
        d += d0;
    }
    put(s->words[0], a);
    put(s->words[1], b);
    put(s->words[2], c);
    put(s->words[3], d);
}

#pragma GCC diagnostic pop
#endif
