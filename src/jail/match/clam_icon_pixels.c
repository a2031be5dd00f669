/* Bitmaps of icons to squares of opaque pixels. Hostile bytes: the object's. Formats:
 * BITMAPINFOHEADER, its palette, rows from the bottom on 4-byte borders, then a mask of one bit a
 * pixel. How they are blended and scaled is *observed*: it must be ClamAV's way to the last bit. */
#include "jail/match/clam_icon.h"

#include <stdlib.h>

enum { HEAD_BYTES = 40, SIDE_LEAST = 16, SIDE_MOST = 256 };

#define OPAQUE 0xff000000u

struct bitmap {
    const struct clam_pe *pe;
    uint64_t at; /* of what follows the header */
    uint32_t width, height, depth;
    uint32_t row, mask_row; /* bytes */
    struct span palette;
    uint32_t *pixels; /* top row first */
};

static bool read_head(struct bitmap *b, uint64_t entry_rva)
{
    uint64_t at;
    bool ok = clam_pe_place(b->pe, entry_rva, &at);
    uint64_t rva = ok ? clam_pe_u32(b->pe, at, &ok) : 0;
    if (!ok || !clam_pe_place(b->pe, rva, &at))
        return false;
    struct reader r = reader_of(source_view(b->pe->source, at, HEAD_BYTES));
    uint32_t size = reader_u32le(&r);
    b->width = reader_u32le(&r);
    b->height = reader_u32le(&r) / 2; /* the mask counts, too */
    reader_skip(&r, 2);
    b->depth = reader_u16le(&r);
    reader_skip(&r, HEAD_BYTES - 16);
    b->at = (uint32_t)(at + size); /* 32 bits: a size may wrap */
    bool is_square = b->width >= b->height * 3 / 4 && b->height >= b->width * 3 / 4;
    return !r.bad && size >= HEAD_BYTES && b->width <= SIDE_MOST && b->height <= SIDE_MOST &&
           b->width >= SIDE_LEAST && b->height >= SIDE_LEAST && is_square;
}

/* The palette, and how long rows are. False: a PNG, or cut short. */
static bool read_layout(struct bitmap *b)
{
    bool has_palette = b->depth == 1 || b->depth == 4 || b->depth == 8;
    if (!has_palette && b->depth != 16 && b->depth != 24 && b->depth != 32)
        return false;
    uint32_t bits = b->width * b->depth;
    b->row = 4 * (bits / 32) + 4 * (bits % 32 != 0);
    b->mask_row = b->depth == 32 ? 0 : 4 * (b->width / 32) + 4 * (b->width % 32 != 0);
    if (!has_palette)
        return true;
    uint64_t bytes = (UINT64_C(1) << b->depth) * 4;
    b->palette = source_view(b->pe->source, b->at, bytes);
    if (b->palette.len < bytes)
        return false;
    b->at += bytes;
    return true;
}

static uint32_t by_palette(const struct bitmap *b, struct span row, uint32_t x)
{
    uint32_t bit = x * b->depth, shift = 8 - b->depth - bit % 8;
    uint32_t index = (uint32_t)span_byte(row, bit / 8) >> shift & ((1u << b->depth) - 1);
    struct reader r = reader_from(b->palette, (size_t)index * 4);
    return reader_u32le(&r);
}

/* Five bits a colour, as ClamAV unpacks them: what it does to red is no mistake of ours. */
static uint32_t by_word(struct span row, uint32_t x)
{
    uint32_t low = span_byte(row, 2 * x), high = span_byte(row, 2 * x + 1);
    uint32_t blue = low & 0x1f, green = low >> 5 | (high & 3) << 3, red = high & 0xfc;
    blue = blue << 3 | blue >> 2;
    green = (green << 3 | green >> 2) << 11;
    red = (red << 3 | red >> 2) << 17;
    return red | green | blue;
}

static uint32_t pixel(const struct bitmap *b, struct span row, uint32_t x)
{
    if (b->depth <= 8)
        return by_palette(b, row, x);
    if (b->depth == 16)
        return by_word(row, x);
    uint32_t bytes = b->depth / 8;
    struct reader r = reader_of(span_cut(row, (size_t)x * bytes, bytes));
    return bytes == 4 ? reader_u32le(&r) : reader_u16le(&r) | (uint32_t)reader_u8(&r) << 16;
}

/* *alpha: the highest bytes of all pixels, joined. */
static bool read_pixels(struct bitmap *b, uint32_t *alpha)
{
    uint64_t bytes = (uint64_t)b->height * (b->row + b->mask_row);
    struct span palette = b->palette;
    uint8_t kept[SIDE_MOST * 4]; /* the view of the palette ends with the next one */
    size_t len = palette.len;
    for (size_t i = 0; i < len; i++)
        kept[i] = span_byte(palette, i);
    b->palette = span_make(kept, len);
    struct span raw = source_view(b->pe->source, b->at, bytes);
    if (raw.len < bytes)
        return false;
    *alpha = 0;
    for (uint32_t y = 0; y < b->height; y++) {
        struct span row = span_cut(raw, (size_t)y * b->row, b->row);
        for (uint32_t x = 0; x < b->width; x++) {
            uint32_t rgba = pixel(b, row, x);
            b->pixels[(size_t)(b->height - 1 - y) * b->width + x] = rgba;
            *alpha |= rgba & OPAQUE;
        }
    }
    return true;
}

/* Where the mask has no bit, a pixel is opaque. */
static void apply_mask(struct bitmap *b)
{
    uint64_t at = b->at + (uint64_t)b->height * b->row;
    struct span raw = source_view(b->pe->source, at, (uint64_t)b->height * b->mask_row);
    for (uint32_t y = 0; y < b->height; y++)
        for (uint32_t x = 0; x < b->width; x++) {
            uint8_t bits = span_byte(raw, (size_t)y * b->mask_row + x / 8);
            if (!(bits >> (7 - x % 8) & 1))
                b->pixels[(size_t)(b->height - 1 - y) * b->width + x] |= OPAQUE;
        }
}

/* 32 bits without any alpha are 24 bits with a mask, or with none: *observed*. */
static void make_opaque(struct bitmap *b, uint32_t alpha)
{
    if (b->depth == 32 && alpha)
        return;
    if (b->depth == 32) {
        b->mask_row = 4 * (b->width / 32) + 4 * (b->width % 32 != 0);
        uint64_t at = b->at + (uint64_t)b->height * b->row;
        uint64_t bytes = (uint64_t)b->height * b->mask_row;
        if (source_view(b->pe->source, at, bytes).len < bytes) {
            for (uint32_t i = 0; i < b->width * b->height; i++)
                b->pixels[i] |= OPAQUE;
            return;
        }
    }
    apply_mask(b);
}

static uint32_t over_white(uint32_t alpha, uint32_t value)
{
    return 0xff - alpha + alpha * value / 0xff;
}

static void blend(struct bitmap *b)
{
    for (uint32_t i = 0; i < b->width * b->height; i++) {
        uint32_t c = b->pixels[i], a = c >> 24;
        b->pixels[i] = OPAQUE | over_white(a, c >> 16 & 0xff) << 16 |
                       over_white(a, c >> 8 & 0xff) << 8 | over_white(a, c & 0xff);
    }
}

static uint32_t between(uint32_t a, uint32_t b)
{
    return (((a ^ b) & 0xfefefefe) >> 1) + (a & b);
}

/* Halves both sides until 32 pixels are enough. */
static void halve(struct bitmap *b)
{
    while (b->width > ICON_SIDE_MOST) {
        uint32_t w = b->width;
        for (uint32_t y = 0; y < b->height; y += 2)
            for (uint32_t x = 0; x < w; x += 2) {
                const uint32_t *from = b->pixels + (size_t)y * w + x;
                b->pixels[y / 2 * w / 2 + x / 2] =
                    between(between(from[0], from[1]), between(from[w], from[w + 1]));
            }
        b->width /= 2;
        b->height /= 2;
    }
}

static uint32_t distance(const struct bitmap *b, uint32_t side)
{
    return (uint32_t)abs((int)b->width - (int)side) + (uint32_t)abs((int)b->height - (int)side);
}

/* Picks pixels for the nearest of the three sides that signatures have. */
static void pick(struct bitmap *b, struct icon_pixels *out)
{
    out->side = 16;
    if (distance(b, 32) < distance(b, 24))
        out->side = 32;
    else if (distance(b, 24) < distance(b, 16))
        out->side = 24;
    double wide = (double)b->width / out->side, high = (double)b->height / out->side;
    for (uint32_t y = 0; y < out->side; y++)
        for (uint32_t x = 0; x < out->side; x++)
            out->rgb[y * out->side + x] =
                b->pixels[(uint32_t)(y * high) * b->width + (uint32_t)(x * wide + 0.5)];
}

bool clam_icon_pixels(const struct clam_pe *pe, uint64_t entry_rva, uint32_t *scratch,
                      struct icon_pixels *out)
{
    struct bitmap b = {.pe = pe, .pixels = scratch};
    uint32_t alpha;
    if (!read_head(&b, entry_rva) || !read_layout(&b) || !read_pixels(&b, &alpha))
        return false;
    make_opaque(&b, alpha);
    blend(&b);
    bool is_small = b.width == 16 || b.width == 24 || b.width == 32;
    if (b.width != b.height || (!is_small && b.width % 32 && b.width % 24)) {
        pick(&b, out);
        return true;
    }
    halve(&b);
    out->side = b.width;
    for (uint32_t i = 0; i < b.width * b.height; i++)
        out->rgb[i] = b.pixels[i];
    return true;
}
