/* The codecs themselves: zlib (raw deflate), libbz2, liblzma, libzstd, liblz4, each with bounded
 * memory. */
#include "jail/unpack/codec.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* What a stream may make its decoder allocate: xz -9 needs 65 MiB, zstd --long=27 needs 128 MiB. */
enum { DECODER_MEMORY = 160 << 20, ZSTD_WINDOW_LOG = 27 };

static unsigned clip(size_t n)
{
    return n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (unsigned)n;
}

static void eat(struct codec_step *s, size_t in, size_t out)
{
    s->in = span_cut(s->in, in, SIZE_MAX);
    s->out += out;
    s->room -= out;
}

/* --- deflate --- */

static void *deflate_open(const struct span *setup)
{
    (void)setup;
    z_stream *z = calloc(1, sizeof *z);
    if (z && inflateInit2(z, -15) != Z_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static enum codec_status deflate_step(void *state, struct codec_step *s)
{
    z_stream *z = state;
    unsigned in = clip(s->in.len), out = clip(s->room);
    z->next_in = (Bytef *)(uintptr_t)s->in.at;
    z->avail_in = in;
    z->next_out = s->out;
    z->avail_out = out;
    int rc = inflate(z, Z_NO_FLUSH);
    eat(s, in - z->avail_in, out - z->avail_out);
    if (rc == Z_STREAM_END)
        return CODEC_END;
    return rc == Z_OK || rc == Z_BUF_ERROR ? CODEC_MORE : CODEC_BAD;
}

static void deflate_close(void *state)
{
    (void)inflateEnd(state);
    free(state);
}

const struct codec codec_deflate = {"deflate", deflate_open, deflate_step, deflate_close};

/* --- bzip2 --- */

static void *bz_open(const struct span *setup)
{
    (void)setup;
    bz_stream *b = calloc(1, sizeof *b);
    if (b && BZ2_bzDecompressInit(b, 0, 0) != BZ_OK) {
        free(b);
        return NULL;
    }
    return b;
}

static enum codec_status bz_step(void *state, struct codec_step *s)
{
    bz_stream *b = state;
    unsigned in = clip(s->in.len), out = clip(s->room);
    b->next_in = (char *)(uintptr_t)s->in.at;
    b->avail_in = in;
    b->next_out = (char *)s->out;
    b->avail_out = out;
    int rc = BZ2_bzDecompress(b);
    eat(s, in - b->avail_in, out - b->avail_out);
    if (rc == BZ_STREAM_END)
        return CODEC_END;
    return rc == BZ_OK ? CODEC_MORE : CODEC_BAD;
}

static void bz_close(void *state)
{
    (void)BZ2_bzDecompressEnd(state);
    free(state);
}

const struct codec codec_bzip2 = {"bzip2", bz_open, bz_step, bz_close};

/* --- xz and lzma --- */

static void *lzma_new(lzma_ret (*start)(lzma_stream *, const struct span *),
                      const struct span *setup)
{
    lzma_stream *l = calloc(1, sizeof *l);
    if (l && start(l, setup) != LZMA_OK) {
        lzma_end(l);
        free(l);
        return NULL;
    }
    return l;
}

static lzma_ret start_xz(lzma_stream *l, const struct span *setup)
{
    (void)setup;
    return lzma_stream_decoder(l, DECODER_MEMORY, LZMA_CONCATENATED);
}

static lzma_ret start_alone(lzma_stream *l, const struct span *setup)
{
    (void)setup;
    return lzma_alone_decoder(l, DECODER_MEMORY);
}

/* ZIP's LZMA: 5 property bytes, then a raw LZMA1 stream. APPNOTE 6.3.10, 5.8. */
static lzma_ret start_raw(lzma_stream *l, const struct span *setup)
{
    lzma_filter filters[2] = {{LZMA_FILTER_LZMA1, NULL}, {LZMA_VLI_UNKNOWN, NULL}};
    lzma_ret rc = setup ? lzma_properties_decode(&filters[0], NULL, setup->at, setup->len)
                        : LZMA_OPTIONS_ERROR;
    if (rc == LZMA_OK && ((lzma_options_lzma *)filters[0].options)->dict_size > DECODER_MEMORY)
        rc = LZMA_MEMLIMIT_ERROR;
    if (rc == LZMA_OK)
        rc = lzma_raw_decoder(l, filters);
    free(filters[0].options);
    return rc;
}

static void *xz_open(const struct span *setup)
{
    return lzma_new(start_xz, setup);
}

static void *alone_open(const struct span *setup)
{
    return lzma_new(start_alone, setup);
}

static void *raw_open(const struct span *setup)
{
    return lzma_new(start_raw, setup);
}

static enum codec_status xz_step(void *state, struct codec_step *s)
{
    lzma_stream *l = state;
    size_t in = s->in.len, out = s->room;
    l->next_in = s->in.at;
    l->avail_in = in;
    l->next_out = s->out;
    l->avail_out = out;
    lzma_ret rc = lzma_code(l, s->last ? LZMA_FINISH : LZMA_RUN);
    eat(s, in - l->avail_in, out - l->avail_out);
    switch (rc) {
    case LZMA_STREAM_END:
        return CODEC_END;
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return CODEC_MORE;
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
    case LZMA_OPTIONS_ERROR:
        return CODEC_LIMIT;
    default:
        return CODEC_BAD;
    }
}

static void xz_close(void *state)
{
    lzma_end(state);
    free(state);
}

const struct codec codec_xz = {"xz", xz_open, xz_step, xz_close};
const struct codec codec_lzma_alone = {"lzma", alone_open, xz_step, xz_close};
const struct codec codec_lzma_raw = {"lzma", raw_open, xz_step, xz_close};

/* --- zstd --- */

static void *zs_open(const struct span *setup)
{
    (void)setup;
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (z)
        (void)ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
    return z;
}

static enum codec_status zs_step(void *state, struct codec_step *s)
{
    ZSTD_inBuffer in = {s->in.at, s->in.len, 0};
    ZSTD_outBuffer out = {s->out, s->room, 0};
    size_t rc = ZSTD_decompressStream(state, &out, &in);
    eat(s, in.pos, out.pos);
    if (!ZSTD_isError(rc))
        return rc == 0 ? CODEC_END : CODEC_MORE;
    /* By name, as zstd_errors.h numbers are not part of the stable interface before 1.5.5. */
    struct span name = span_text(ZSTD_getErrorName(rc));
    bool limit = span_find(name, SPAN_OF("memory"), 0) != SIZE_MAX ||
                 span_find(name, SPAN_OF("ictionary"), 0) != SIZE_MAX;
    return limit ? CODEC_LIMIT : CODEC_BAD;
}

static void zs_close(void *state)
{
    (void)ZSTD_freeDCtx(state);
}

const struct codec codec_zstd = {"zstd", zs_open, zs_step, zs_close};

/* --- LZ4 frames --- */

static void *lz_open(const struct span *setup)
{
    (void)setup;
    LZ4F_dctx *z = NULL;
    return LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)) ? NULL : z;
}

static enum codec_status lz_step(void *state, struct codec_step *s)
{
    size_t in = s->in.len, out = s->room;
    size_t rc = LZ4F_decompress(state, s->out, &out, s->in.at, &in, NULL);
    if (LZ4F_isError(rc))
        return CODEC_BAD;
    eat(s, in, out);
    return rc == 0 ? CODEC_END : CODEC_MORE;
}

static void lz_close(void *state)
{
    (void)LZ4F_freeDecompressionContext(state);
}

const struct codec codec_lz4 = {"lz4", lz_open, lz_step, lz_close};
