/* Icons measured: the digits are what clamscan 1.4.6 printed of the same pictures in a PE.
 * tests/system/clam_special.py asks it about hundreds of others. */
#include "common/buf.h"
#include "jail/match/clam_icon.h"
#include "test.h"

/* A picture by formula, as an icon's bitmap, its data entry in front of it. */
struct picture {
    uint32_t side, depth;
    bool is_grey;
};

static uint32_t rgba(const struct picture *p, uint32_t x, uint32_t y)
{
    bool is_tile = (x / 6 + y / 5) % 3 == 0;
    uint32_t r = (x * 37 + y * 11) % 256, g = y * 29 % 256, b = x * y * 7 % 256;
    if (is_tile) {
        r = 200;
        g = b = 30;
    }
    if (p->is_grey)
        r = g = b = is_tile ? 255 : (x * x + 3 * y) % 256;
    return ((x + y) % 7 ? 0xff000000 : 0) | r << 16 | g << 8 | b;
}

static void put_pixel(struct buf *out, uint32_t c, uint32_t depth)
{
    if (depth == 16)
        buf_u16le(out, (uint16_t)((c >> 19 & 31) << 10 | (c >> 11 & 31) << 5 | (c >> 3 & 31)));
    for (uint32_t i = 0; i < depth / 8 && depth != 16; i++)
        buf_byte(out, (uint8_t)(c >> 8 * i));
}

static void put_mask(struct buf *out, const struct picture *p, uint32_t y)
{
    uint32_t bits = 0;
    for (uint32_t x = 0; x < p->side && x < 32; x++)
        bits |= (rgba(p, x, y) >> 24 ? 0u : 1u) << (31 - x);
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(out, (uint8_t)(bits >> shift));
}

static void put_picture(struct buf *out, const struct picture *p)
{
    uint32_t head[] = {16, 0, 0, 0, 40, p->side, 2 * p->side, 1 | p->depth << 16};
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
        buf_u32le(out, head[i]);
    for (int i = 0; i < 6; i++)
        buf_u32le(out, 0);
    for (uint32_t y = p->side; y-- > 0;) {
        for (uint32_t x = 0; x < p->side; x++)
            put_pixel(out, rgba(p, x, y), p->depth);
        buf_align(out, 4);
    }
    for (uint32_t y = p->side; y-- > 0 && p->depth != 32;)
        put_mask(out, p, y);
}

static void digits(const struct clam_icon *icon, char *out, size_t cap)
{
    int at = snprintf(out, cap, "%02x", icon->side);
    for (unsigned kind = 0; kind < ICON_KINDS; kind++)
        for (unsigned i = 0; i < ICON_SPOTS; i++) {
            const struct icon_spot *s = &icon->spots[kind][i];
            at +=
                snprintf(out + at, cap - (size_t)at,
                         kind <= ICON_GREY ? "%03x%02x%02x" : "%02x%02x%02x", s->mean, s->x, s->y);
        }
    (void)snprintf(out + at, cap - (size_t)at, "%02x%02x%02x%02x", icon->red, icon->green,
                   icon->blue, icon->share);
}

/* Bytes at their own addresses. */
static const struct clam_exe flat = {.headers = UINT32_MAX};

static bool measure(struct span bytes, struct clam_icon *out)
{
    struct source s = source_of(test_guarded(bytes));
    struct clam_pe pe = {&s, &flat};
    struct icon_pixels pixels;
    uint32_t *scratch = calloc(ICON_PIXELS_MOST, sizeof *scratch);
    bool ok = clam_icon_pixels(&pe, 0, scratch, &pixels);
    if (ok)
        clam_icon_measure(&pixels, out);
    free(scratch);
    return ok;
}

TEST(as_clamscan_measures)
{
    static const struct {
        struct picture picture;
        const char *digits;
    } cases[] = {
        {{32, 24, false},
         "209740c1196f1608943000c6ef030177702137840c0ad80d13d70403d41301b40800be1612bf04125602044d0"
         "a024d"
         "050d30000030130036000f3b15134d"},
        {{24, 32, true},
         "18077100406010110290108035100404110110430108f10c04ed060ae5000f3e00056a0600810f0b8607057e0"
         "50e7b"
         "100a0c00001700062a000c00000000"},
        {{48, 32, false},
         "18807090d7dc0f007c303115b4070261501076350e0cc90303c60310c6090cb20009b30300b310027f0905750"
         "20870"
         "080f3600004010004600113e15104b"},
        {{20, 16, false},
         "10b09000baa30001a3e0a0554706035d80a0a637040adf0a08da0009d70302b00a00b70600bb0804730a066d0"
         "60569"
         "02032800002f000b32000615242a4b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf bytes;
        struct clam_icon icon;
        char got[140];
        buf_init(&bytes, 0);
        put_picture(&bytes, &cases[i].picture);
        assert_true(measure(buf_get(&bytes), &icon));
        digits(&icon, got, sizeof got);
        assert_string_equal(got, cases[i].digits);
        assert_true(clam_icon_match(&icon, &icon));
        buf_done(&bytes);
    }
}

TEST(near_is_not_equal)
{
    struct clam_icon icon = {.side = 32, .share = 50, .red = 30, .green = 30, .blue = 30}, other;
    for (unsigned kind = 0; kind < ICON_KINDS; kind++)
        for (unsigned i = 0; i < ICON_SPOTS; i++)
            icon.spots[kind][i] = (struct icon_spot){100, (uint16_t)(8 * i), 4};
    other = icon;
    other.spots[ICON_EDGE][0].x++;
    other.red++;
    assert_true(clam_icon_match(&icon, &other));
    other.share = other.red = other.green = other.blue = 0;
    assert_false(clam_icon_match(&icon, &other));
    other = icon;
    other.side = 24;
    assert_false(clam_icon_match(&icon, &other));
    other = icon;
    for (unsigned kind = 0; kind < ICON_KINDS; kind++)
        for (unsigned i = 0; i < ICON_SPOTS; i++)
            other.spots[kind][i].y = 20;
    assert_false(clam_icon_match(&icon, &other));
}

/* Cut at every length, and with odd heads. */
TEST(damage_is_no_icon)
{
    struct picture p = {16, 24, false};
    struct buf bytes;
    struct clam_icon icon;
    buf_init(&bytes, 0);
    put_picture(&bytes, &p);
    assert_true(measure(buf_get(&bytes), &icon));
    for (size_t len = 0; len < bytes.len; len += 13)
        assert_false(measure(span_cut(buf_get(&bytes), 0, len), &icon));
    for (size_t at = 16; at < 36; at++) {
        bytes.at[at] ^= 0xff;
        (void)measure(buf_get(&bytes), &icon); /* an icon or none: it ends */
        bytes.at[at] ^= 0xff;
    }
    buf_done(&bytes);
}
