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

/* Items that come in pieces of odd sizes, each lane's in a place of its own that the next one
 * overwrites; some of them cannot be had. */
struct flow {
    uint64_t sizes[ITEMS];
    uint8_t place[MD5_LANES_MAX][640];
    unsigned turn;
};

static bool is_lost(uint32_t item)
{
    return item % 9 == 4;
}

static struct span flow_piece(void *ctx, uint32_t item, uint32_t lane, uint64_t at)
{
    struct flow *f = ctx;
    uint64_t left = f->sizes[item] - at, len = MD5_BLOCK * (1 + f->turn++ % 10);
    if (is_lost(item) && (at > 0 || item % 2))
        return (struct span){NULL, 0};
    len = len < left ? len : left;
    assert_true(lane < MD5_LANES_MAX);
    memset(f->place[lane], 0xaa, sizeof f->place[lane]);
    memcpy(f->place[lane], bytes + item + at, len);
    return span_make(f->place[lane], len);
}

static void check_flow(enum md5_width width)
{
    static struct flow f;
    static uint8_t got[ITEMS][MD5_BYTES];
    struct md5_kernel k = md5_lanes_find(width);
    bool made[ITEMS];
    fill();
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    for (uint32_t i = 0; i < ITEMS; i++)
        f.sizes[i] = 1 + i * 613 % (LONGEST - ITEMS);
    struct md5_items items = {f.sizes, ITEMS, flow_piece, &f, made};
    if (!k.run)
        return;
    md5_lanes_stream(k, &items, got);
    for (uint32_t i = 0; i < ITEMS; i++) {
        uint8_t want[DIGEST_MAX_BYTES];
        bool all_in_one = f.sizes[i] <= MD5_BLOCK;
        if (is_lost(i) && !(all_in_one && i % 2 == 0)) {
            assert_true(!made[i] || i % 2 == 0); /* it may have come in one long piece */
            if (!made[i])
                continue;
        }
        assert_true(made[i]);
        assert_true(crypto_digest(DIGEST_MD5, span_make(bytes + i, f.sizes[i]), want));
        assert_memory_equal(got[i], want, MD5_BYTES);
    }
}

TEST(piece_by_piece)
{
    for (enum md5_width width = MD5_PLAIN; width < MD5_WIDTHS; width++)
        check_flow(width);
}

/* More than is left, or a part that is not blocks: not believed. */
static struct span wrong_piece(void *ctx, uint32_t item, uint32_t lane, uint64_t at)
{
    (void)ctx, (void)lane, (void)at;
    return span_make(bytes, item == 0 ? 101 : 99);
}

TEST(wrong_pieces_make_no_digest)
{
    uint64_t sizes[2] = {100, 100};
    bool made[2] = {true, true};
    uint8_t got[2][MD5_BYTES];
    struct md5_items items = {sizes, 2, wrong_piece, NULL, made};
    md5_lanes_stream(md5_lanes_best(), &items, got);
    assert_false(made[0] || made[1]);
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
