/* Every kernel against libcrypto, at every length around a block and with every number of items. */
#include "jail/match/md5_lanes.h"

#include "common/crypto.h"
#include "test.h"

enum { ITEMS = 70, LONGEST = 5000 };

static uint8_t bytes[LONGEST];

static void fill(void)
{
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof bytes; i++) {
        x = x * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(x >> 24);
    }
}

static void compare(struct md5_kernel k, const struct span *items, uint32_t count)
{
    static uint8_t got[ITEMS][MD5_BYTES];
    memset(got, 0xee, sizeof got);
    md5_lanes_hash(k, items, count, got);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t want[DIGEST_MAX_BYTES];
        assert_true(crypto_digest(DIGEST_MD5, items[i], want));
        assert_memory_equal(got[i], want, MD5_BYTES);
    }
    for (uint32_t i = count; i < ITEMS; i++)
        assert_int_equal(got[i][0], 0xee);
}

static void check(enum md5_width width)
{
    struct md5_kernel k = md5_lanes_find(width);
    struct span items[ITEMS];
    struct why why = {0};
    if (!k.run) {
        print_message("# this processor has no such kernel\n");
        skip();
    }
    fill();
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    for (size_t len = 0; len < 200; len++) { /* guarded: one byte too far is seen */
        items[0] = test_guarded(span_make(bytes, len));
        compare(k, items, 1);
    }
    for (uint32_t count = 0; count <= ITEMS; count++) {
        for (uint32_t i = 0; i < count; i++)
            items[i] = span_make(bytes + i, (i * 977u + count * 131u) % (LONGEST - ITEMS));
        compare(k, items, count);
    }
}

TEST(plain)
{
    check(MD5_PLAIN);
}

TEST(avx2)
{
    check(MD5_AVX2);
}

TEST(avx512)
{
    check(MD5_AVX512);
}

TEST(guarded_to_the_last_byte)
{
    struct md5_kernel k = md5_lanes_best();
    struct span items[20];
    struct why why = {0};
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    for (uint32_t i = 0; i < 20; i++)
        items[i] = test_guarded(span_make(bytes, 64u * i + i));
    compare(k, items, 20);
}
