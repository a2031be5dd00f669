/* Compressed streams by the field's own libraries. */
#include "make_stream.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Compresses in one call into the buffer's end. */
static void deflate_with(struct buf *out, struct span bytes, int flush)
{
    z_stream z = {0};
    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    size_t room = deflateBound(&z, bytes.len) + 64;
    z.next_in = (Bytef *)(uintptr_t)bytes.at;
    z.avail_in = (unsigned)bytes.len;
    z.next_out = buf_add(out, room);
    z.avail_out = (unsigned)room;
    int want = flush == Z_FINISH ? Z_STREAM_END : Z_OK;
    if (!z.next_out || deflate(&z, flush) != want)
        abort();
    out->len -= z.avail_out;
    (void)deflateEnd(&z);
}

void make_deflate(struct buf *out, struct span bytes)
{
    deflate_with(out, bytes, Z_FINISH);
}

void make_deflate_open(struct buf *out, struct span bytes)
{
    deflate_with(out, bytes, Z_FULL_FLUSH);
}

void make_gzip(struct buf *out, struct span bytes, const char *name)
{
    buf_put(out, name ? "\x1f\x8b\x08\x08\0\0\0\0\0\x03" : "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    if (name)
        buf_put(out, name, strlen(name) + 1);
    make_deflate(out, bytes);
    buf_u32le(out, make_crc32(bytes));
    buf_u32le(out, (uint32_t)bytes.len);
}

void make_bzip2(struct buf *out, struct span bytes)
{
    unsigned room = (unsigned)(bytes.len + bytes.len / 100 + 600);
    char *p = (char *)buf_add(out, room);
    unsigned made = room;
    char empty = 0;
    char *in = bytes.len ? (char *)(uintptr_t)bytes.at : &empty;
    if (!p || BZ2_bzBuffToBuffCompress(p, &made, in, (unsigned)bytes.len, 9, 0, 0) != BZ_OK)
        abort();
    out->len -= room - made;
}

void make_xz(struct buf *out, struct span bytes)
{
    size_t room = lzma_stream_buffer_bound(bytes.len), made = 0;
    uint8_t *p = buf_add(out, room);
    if (!p || lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, bytes.at, bytes.len, p, &made,
                                      room) != LZMA_OK)
        abort();
    out->len -= room - made;
}

void make_lzma(struct buf *out, struct span bytes)
{
    lzma_stream l = LZMA_STREAM_INIT;
    lzma_options_lzma options;
    size_t room = bytes.len * 2 + 4096;
    uint8_t *p = buf_add(out, room);
    if (!p || lzma_lzma_preset(&options, 1) || lzma_alone_encoder(&l, &options) != LZMA_OK)
        abort();
    l.next_in = bytes.at;
    l.avail_in = bytes.len;
    l.next_out = p;
    l.avail_out = room;
    if (lzma_code(&l, LZMA_FINISH) != LZMA_STREAM_END)
        abort();
    out->len -= l.avail_out;
    lzma_end(&l);
}

void make_zstd(struct buf *out, struct span bytes)
{
    size_t room = ZSTD_compressBound(bytes.len) + 64;
    uint8_t *p = buf_add(out, room);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (!p || !z || ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)))
        abort();
    size_t made = ZSTD_compress2(z, p, room, bytes.at, bytes.len);
    if (ZSTD_isError(made))
        abort();
    out->len -= room - made;
    (void)ZSTD_freeCCtx(z);
}

void make_lz4(struct buf *out, struct span bytes)
{
    LZ4F_preferences_t p = {.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled};
    size_t room = LZ4F_compressFrameBound(bytes.len, &p);
    uint8_t *to = buf_add(out, room);
    size_t made = to ? LZ4F_compressFrame(to, room, bytes.at, bytes.len, &p) : 0;
    if (!to || LZ4F_isError(made))
        abort();
    out->len -= room - made;
}

struct lzw {
    struct buf *out;
    unsigned bits, bit_count, width, free, in_group;
};

static void put_code(struct lzw *l, unsigned code)
{
    l->bits |= code << l->bit_count;
    for (l->bit_count += l->width; l->bit_count >= 8; l->bit_count -= 8, l->bits >>= 8)
        buf_byte(l->out, (uint8_t)l->bits);
    l->in_group = (l->in_group + 1) % 8;
}

static void end_group(struct lzw *l, unsigned width)
{
    while (l->in_group != 0)
        put_code(l, 0);
    l->width = width;
}

void make_compress(struct buf *out, struct span bytes, unsigned width, unsigned clear)
{
    struct lzw l = {.out = out, .width = 9, .free = 257};
    buf_put(out, "\x1f\x9d", 2);
    buf_byte(out, (uint8_t)(0x80 | width));
    bool is_first = true;
    for (size_t i = 0; i < bytes.len; i++) {
        if (clear && i > 0 && i % clear == 0) {
            put_code(&l, 256);
            end_group(&l, 9);
            l.free = 257;
            is_first = true;
        }
        if (l.free > (1u << l.width) - 1 && l.width < width)
            end_group(&l, l.width + 1);
        put_code(&l, span_byte(bytes, i));
        l.free += !is_first && l.free < 1u << width;
        is_first = false;
    }
    if (l.bit_count > 0)
        buf_byte(out, (uint8_t)l.bits);
}

uint32_t make_crc32(struct span bytes)
{
    return (uint32_t)crc32(0, bytes.at, (unsigned)bytes.len);
}
