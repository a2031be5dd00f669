/* MD5 of 16 byte strings at once. Twin of md5_run_plain. The bytes are the scanned objects'; reads
 * stay inside `blocks` blocks of each lane. */
#include "jail/match/md5_lanes.h"
#include "jail/match/md5_rounds.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"

#define TARGET __attribute__((target("avx512f,avx512bw")))

typedef uint32_t lanes16 __attribute__((vector_size(64)));

#define MD5_VALUE lanes16
#define MD5_SPLAT(x) ((lanes16)_mm512_set1_epi32((int)(x)))
#define MD5_ROTATE(x, bits) ((lanes16)_mm512_rol_epi32((__m512i)(x), bits))
#define MD5_ADD(f, sum, b, c, d) (sum) += f(b, c, d)

static const uint32_t sines[64] = MD5_SINES;

/* Block of each lane to words of all lanes: w[i] holds word i of lanes 0..15. */
TARGET static inline void load(const uint8_t *const *at, size_t from, lanes16 w[16])
{
    __m512i r[16], t[16];
    for (int i = 0; i < 16; i++)
        r[i] = _mm512_loadu_si512(at[i] + from);
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int g = 0; g < 16; g += 4) {
        r[g] = _mm512_unpacklo_epi64(t[g], t[g + 2]);
        r[g + 1] = _mm512_unpackhi_epi64(t[g], t[g + 2]);
        r[g + 2] = _mm512_unpacklo_epi64(t[g + 1], t[g + 3]);
        r[g + 3] = _mm512_unpackhi_epi64(t[g + 1], t[g + 3]);
    }
    /* quarter q of r[4g + k]: word 4q + k of lanes 4g..4g+3 */
    for (int k = 0; k < 4; k++) {
        __m512i even = _mm512_shuffle_i32x4(r[k], r[4 + k], 0x88);
        __m512i odd = _mm512_shuffle_i32x4(r[k], r[4 + k], 0xdd);
        __m512i even2 = _mm512_shuffle_i32x4(r[8 + k], r[12 + k], 0x88);
        __m512i odd2 = _mm512_shuffle_i32x4(r[8 + k], r[12 + k], 0xdd);
        w[k] = (lanes16)_mm512_shuffle_i32x4(even, even2, 0x88);
        w[4 + k] = (lanes16)_mm512_shuffle_i32x4(odd, odd2, 0x88);
        w[8 + k] = (lanes16)_mm512_shuffle_i32x4(even, even2, 0xdd);
        w[12 + k] = (lanes16)_mm512_shuffle_i32x4(odd, odd2, 0xdd);
    }
}

TARGET void md5_run_avx512(struct md5_states *s, const uint8_t *const *at, size_t blocks)
{
    lanes16 a = (lanes16)_mm512_load_si512(s->words[0]);
    lanes16 b = (lanes16)_mm512_load_si512(s->words[1]);
    lanes16 c = (lanes16)_mm512_load_si512(s->words[2]);
    lanes16 d = (lanes16)_mm512_load_si512(s->words[3]);
    for (size_t i = 0; i < blocks; i++) {
        lanes16 w[16], a0 = a, b0 = b, c0 = c, d0 = d;
        load(at, i * MD5_BLOCK, w);
        MD5_ALL;
        a += a0;
        b += b0;
        c += c0;
        d += d0;
    }
    _mm512_store_si512(s->words[0], (__m512i)a);
    _mm512_store_si512(s->words[1], (__m512i)b);
    _mm512_store_si512(s->words[2], (__m512i)c);
    _mm512_store_si512(s->words[3], (__m512i)d);
}

#pragma GCC diagnostic pop
#endif
