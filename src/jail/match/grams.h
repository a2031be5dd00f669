/* Grams: four bytes without case, their hashes, and all the grams that a needle with wildcards
 * can show. Shared by the compiler and the engine, which must agree to the bit. */
#ifndef CANDOR_GRAMS_H
#define CANDOR_GRAMS_H

#include "common/reader.h"

enum {
    GRAM_BYTES = 4,
    GRAM_FREE_MAX = 7, /* unknown bits a gram may have: 128 spellings */
    GRAM_FOLD = 0xDF,
};

#define GRAM_FOLD32 UINT32_C(0xDFDFDFDF)
#define GRAM_MUL UINT32_C(0x9E3779B1)
#define GRAM_MUL_BRIEF UINT32_C(0x85EBCA6B)
#define GRAM_MUL_SECOND UINT64_C(0x9E3779B97F4A7C15)

/* Bytes under a mask, both `len` long; mask.at NULL: every bit counts. */
struct masked {
    struct span bytes, mask;
};

/* What is known of the four bytes at distance `at` (may be negative) of a needle: value and mask,
 * folded, first byte lowest. */
struct gram {
    uint32_t value, mask;
};
struct gram gram_at(struct masked needle, int32_t at);
/* Bits that are not known, 0..28. */
uint32_t gram_free(struct gram g);
/* The i-th spelling, i below 1 << gram_free. */
uint32_t gram_spell(struct gram g, uint32_t i);

static inline uint32_t gram_hash(uint32_t gram, uint32_t log)
{
    return gram * GRAM_MUL >> (32 - log);
}

static inline uint32_t gram_hash_brief(uint32_t gram, uint32_t log)
{
    return gram * GRAM_MUL_BRIEF >> (32 - log);
}

static inline uint32_t gram_hash_second(uint32_t gram, uint32_t next, uint32_t log)
{
    return (uint32_t)(((uint64_t)next << 32 | gram) * GRAM_MUL_SECOND >> (64 - log));
}

#endif
