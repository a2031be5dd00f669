/* The sieve: at every second byte of an object, is this gram one that somebody looks for? A bitmap
 * says "perhaps" for about one position in a hundred; a second one, over the next bytes too, drops
 * most of those. The plain C twin is always there; the others give the same answers, faster. */
#ifndef CANDOR_PREFILTER_H
#define CANDOR_PREFILTER_H

#include "common/reader.h"
#include "jail/match/grams.h"
#include "jail/match/search_format.h"

struct prefilter {
    const uint32_t *bits; /* 2^bits_log bits */
    uint32_t bits_log;
    uint32_t second_log, brief_log;
    const uint32_t *second, *brief; /* NULL: no second test */
};

enum prefilter_kernel { PREFILTER_PLAIN, PREFILTER_AVX2, PREFILTER_AVX512, PREFILTER_KERNELS };

/* Even offsets below 2 * count whose gram's bit is set, rising or nearly so, into out, which has
 * room for count + 16; returns how many. Reads 2 * count + 2 bytes. */
typedef uint32_t (*prefilter_run)(const struct prefilter *f, const uint8_t *at, uint32_t count,
                                  uint32_t *out);

/* NULL when this processor cannot. */
prefilter_run prefilter_find(enum prefilter_kernel kernel);
/* The fastest this processor has; asked once. */
enum prefilter_kernel prefilter_best(void);
/* [from, to) of a view; from <= to <= its length, to - from below 2^31. */
struct prefilter_part {
    size_t from, to;
};
/* Candidates at even distances from part.from, relative to it; a gram that the view's end cuts is
 * completed with zeros. `out` has room for half the part's length and 16 more. */
uint32_t prefilter_scan(prefilter_run run, const struct prefilter *f, struct span view,
                        struct prefilter_part part, uint32_t *out);
/* Four bytes from `at`, folded, zeros behind the view's end. */
uint32_t prefilter_gram(struct span view, size_t at);

uint32_t prefilter_plain(const struct prefilter *f, const uint8_t *at, uint32_t count,
                         uint32_t *out);
#if defined(__x86_64__)
uint32_t prefilter_avx2(const struct prefilter *f, const uint8_t *at, uint32_t count,
                        uint32_t *out);
uint32_t prefilter_avx512(const struct prefilter *f, const uint8_t *at, uint32_t count,
                          uint32_t *out);
#endif

#endif
