/* The sieve's kernels against the plain one, bit by bit, with a guard page behind the bytes. */
#include "test.h"

#include "jail/match/pairs.h"
#include "jail/match/prefilter.h"

enum { POSITIONS = 4096 };

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* A bitmap in which about one bit in 2^sparse is set. */
static struct prefilter random_sieve(uint32_t log, uint32_t sparse)
{
    uint32_t words = 1u << log >> 5;
    uint32_t *bits = calloc(words, sizeof *bits);
    for (uint32_t i = 0; i < (1u << log) >> sparse; i++) {
        uint32_t at = (uint32_t)test_random() & ((1u << log) - 1);
        bits[at / 32] |= 1u << at % 32;
    }
    return (struct prefilter){.bits = bits, .bits_log = log};
}

static void same_as_plain(enum prefilter_kernel kernel, const struct prefilter *f, struct span s)
{
    static uint32_t want[POSITIONS + 16], got[POSITIONS + 16];
    prefilter_run run = prefilter_find(kernel);
    for (size_t from = 0; from <= s.len && from < 4; from++) {
        struct prefilter_part part = {from, s.len};
        uint32_t n = prefilter_scan(prefilter_plain, f, s, part, want);
        assert_int_equal(prefilter_scan(run, f, s, part, got), n);
        qsort(got, n, sizeof *got, by_number);
        assert_memory_equal(got, want, n * sizeof *want);
    }
}

static void all_sizes(enum prefilter_kernel kernel)
{
    if (!prefilter_find(kernel)) {
        print_message("skip: this processor has no such kernel\n");
        skip();
    }
    static uint8_t bytes[2 * POSITIONS];
    for (uint32_t log = SEARCH_LOG_MIN; log <= 18; log += 3)
        for (uint32_t sparse = 0; sparse < 6; sparse += 2) {
            struct prefilter f = random_sieve(log, sparse);
            for (uint32_t len = 0; len < 300; len += len < 140 ? 1 : 13) {
                for (uint32_t i = 0; i < len; i++)
                    bytes[i] = (uint8_t)test_random();
                same_as_plain(kernel, &f, test_guarded(span_make(bytes, len)));
            }
            free((void *)(uintptr_t)f.bits);
        }
}

TEST(avx2_is_plain)
{
    all_sizes(PREFILTER_AVX2);
}

TEST(avx512_is_plain)
{
    all_sizes(PREFILTER_AVX512);
}

TEST(real_bytes)
{
    static uint8_t bytes[2 * POSITIONS];
    FILE *f = fopen("/proc/self/exe", "rb");
    assert_non_null(f);
    struct prefilter sieve = random_sieve(20, 3);
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, f)) > 0;)
        for (enum prefilter_kernel k = 0; k < PREFILTER_KERNELS; k++)
            if (prefilter_find(k))
                same_as_plain(k, &sieve, span_make(bytes, len));
    (void)fclose(f);
    free((void *)(uintptr_t)sieve.bits);
}

TEST(plain_finds_what_is_there)
{
    uint32_t bits[2] = {0, 0}, found[32];
    uint32_t gram = 0x44434241 & GRAM_FOLD32, bit = gram_hash(gram, 6);
    bits[bit / 32] = 1u << bit % 32;
    struct prefilter f = {.bits = bits, .bits_log = 6};
    struct span s = SPAN_OF("..ABCD..abcd...ABCD");
    uint32_t n = prefilter_scan(prefilter_plain, &f, s, (struct prefilter_part){0, s.len}, found);
    bool first = false, second = false, odd = false;
    for (uint32_t i = 0; i < n; i++) {
        first = first || found[i] == 2;
        second = second || found[i] == 8;
        odd = odd || found[i] == 15;
    }
    assert_true(first && second && !odd);
}

TEST(best_is_one_that_runs)
{
    assert_non_null(prefilter_find(prefilter_best()));
}

enum { PAIRS = 6 };
static const struct pair pairs[PAIRS] = {{0x6261, 0xffff}, {0x0061, 0x00ff}, {0x4241, 0xdfdf},
                                         {0x0041, 0x00df}, {0x0061, 0xffff}, {0x4161, 0xdfff}};

/* The first place from each start, one position at a time. */
static size_t slow_pair(struct span s, struct prefilter_part part, uint8_t wanted, uint8_t *which)
{
    for (size_t at = part.from; at < part.to; at++) {
        *which = 0;
        for (uint32_t k = 0; k < PAIRS; k++)
            if (wanted >> k & 1 && pairs_here(s, at, pairs[k]))
                *which |= (uint8_t)(1u << k);
        if (*which)
            return at;
    }
    return SIZE_MAX;
}

static void compare_pairs(struct span s, struct prefilter_part part, const struct pair_set *set,
                          uint8_t wanted)
{
    uint8_t want = 0, got = 0;
    size_t at = slow_pair(s, part, wanted, &want);
    for (enum prefilter_kernel k = 0; k < PREFILTER_KERNELS; k++) {
        assert_true(pairs_find(k)(s, part, set, wanted, &got) == at);
        assert_true(at == SIZE_MAX || got == want);
    }
}

TEST(pairs_are_found_where_they_stand)
{
    uint8_t bytes[200];
    struct pair_set set = {.count = 0};
    for (uint32_t k = 0; k < PAIRS; k++)
        pairs_add(&set, pairs[k]);
    for (uint32_t round = 0; round < 600; round++) {
        size_t len = test_random() % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t) "abAB\0........................"[test_random() % (4 + round % 26)];
        struct span s = test_guarded(span_make(bytes, len));
        uint8_t wanted = round % 2 ? (uint8_t)(1u << round % PAIRS) : (uint8_t)test_random();
        for (size_t from = 0; from <= len; from += 1 + from / 8)
            for (size_t to = len; to + 3 > len && to >= from && to <= len; to--)
                compare_pairs(s, (struct prefilter_part){from, to}, &set, wanted);
    }
}
