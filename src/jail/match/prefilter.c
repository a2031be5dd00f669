/* The sieve in plain C, and which kernel runs. Bytes are the scanned object's; every read is inside
 * the counts that the caller gives. */
#include "jail/match/prefilter.h"

#include <string.h>

static inline uint32_t load32(const uint8_t *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static inline uint32_t is_set(const uint32_t *words, uint32_t i)
{
    return words[i >> 5] >> (i & 31) & 1;
}

uint32_t prefilter_plain(const struct prefilter *f, const uint8_t *at, uint32_t count,
                         uint32_t *out)
{
    const uint32_t *bits = f->bits;
    uint32_t log = f->bits_log, n = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t gram = load32(at + (size_t)i * 2) & GRAM_FOLD32;
        out[n] = i * 2; /* kept only when the next line moves past it: no branch to mispredict */
        n += is_set(bits, gram_hash(gram, log));
    }
    return n;
}

uint32_t prefilter_gram(struct span view, size_t at)
{
    if (at <= view.len && view.len - at >= GRAM_BYTES)
        return load32(view.at + at) & GRAM_FOLD32;
    uint32_t v = 0;
    for (uint32_t i = 0; i < GRAM_BYTES; i++)
        v |= (uint32_t)span_byte(view, at + i) << 8 * i;
    return v & GRAM_FOLD32;
}

/* Drops candidates whose next four bytes rule out every entry of their gram. */
static uint32_t sift(const struct prefilter *f, struct span view, size_t from, uint32_t *found,
                     uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t at = from + found[i];
        uint32_t gram = prefilter_gram(view, at), next = prefilter_gram(view, at + GRAM_BYTES);
        uint32_t keep = is_set(f->second, gram_hash_second(gram, next, f->second_log));
        keep |= is_set(f->brief, gram_hash_brief(gram, f->brief_log));
        found[kept] = found[i];
        kept += keep;
    }
    return kept;
}

uint32_t prefilter_scan(prefilter_run run, const struct prefilter *f, struct span view,
                        struct prefilter_part part, uint32_t *out)
{
    size_t from = part.from, left = view.len - from;
    uint32_t count = (uint32_t)((part.to - from + 1) / 2);
    uint32_t whole = left < GRAM_BYTES ? 0 : (uint32_t)((left - GRAM_BYTES) / 2 + 1);
    if (whole > count)
        whole = count;
    uint32_t n = whole ? run(f, view.at + from, whole, out) : 0;
    for (uint32_t i = whole; i < count; i++) { /* at most two: the view ends inside their gram */
        uint32_t gram = prefilter_gram(view, from + (size_t)i * 2);
        if (is_set(f->bits, gram_hash(gram, f->bits_log)))
            out[n++] = i * 2;
    }
    return f->second ? sift(f, view, from, out, n) : n;
}

prefilter_run prefilter_find(enum prefilter_kernel kernel)
{
    if (kernel == PREFILTER_PLAIN)
        return prefilter_plain;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (kernel == PREFILTER_AVX2 && __builtin_cpu_supports("avx2"))
        return prefilter_avx2;
    if (kernel == PREFILTER_AVX512 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw"))
        return prefilter_avx512;
#endif
    return NULL;
}

enum prefilter_kernel prefilter_best(void)
{
    if (prefilter_find(PREFILTER_AVX512))
        return PREFILTER_AVX512;
    return prefilter_find(PREFILTER_AVX2) ? PREFILTER_AVX2 : PREFILTER_PLAIN;
}
