/* bzip2, xz, lzma-alone, zstd, LZ4, compress: files that are one stream after the other, each run
 * one part. */
#include "jail/unpack/codec.h"
#include "jail/unpack/formats.h"

struct state {
    uint64_t at;
    uint32_t streams;
};

static bool stream_open(struct unpack *u, void *state)
{
    (void)u;
    (void)state;
    return true;
}

/* True when the bytes at `at` begin another stream of the same kind. */
typedef bool starts_fn(struct span head);

static bool is_bzip2(struct span head)
{
    return span_starts(head, SPAN_OF("BZh"));
}

static bool is_zstd(struct span head)
{
    uint32_t magic = 0;
    (void)span_u32le(head, 0, &magic);
    return magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50;
}

static bool is_lz4(struct span head)
{
    uint32_t magic = 0;
    (void)span_u32le(head, 0, &magic);
    return magic == 0x184d2204 || (magic & 0xfffffff0) == 0x184d2a50;
}

static bool never(struct span head)
{
    (void)head;
    return false;
}

/* All concatenated streams make one part, as their own tools do. */
static bool next(struct unpack *u, struct state *s, struct child *out, const struct codec *codec,
                 starts_fn *starts)
{
    uint64_t size = u->object->source.size;
    if (s->streams > 0 || s->at >= size)
        return false;
    enum codec_end end;
    do {
        uint64_t used = 0;
        end = codec_run(u, codec, NULL, s->at, size - s->at, out, &used);
        if (codec == &codec_compress && end == CODEC_CUT && s->at + used == size && size > 3)
            end = CODEC_WHOLE; /* it has no other end */
        codec_gap(u, end, s->at, out->name);
        s->at += used;
        s->streams++;
    } while (end == CODEC_WHOLE && s->at < size && s->streams < LIMIT_OBJECTS &&
             starts(source_view(&u->object->source, s->at, 8)));
    if (end == CODEC_WHOLE && s->at < size)
        unpack_gap(u, GAP_DAMAGED, s->at, "bytes behind the stream; matched, not unpacked");
    return true;
}

static bool bzip2_next(struct unpack *u, void *state, struct child *out)
{
    return next(u, state, out, &codec_bzip2, is_bzip2);
}

static bool xz_next(struct unpack *u, void *state, struct child *out)
{
    return next(u, state, out, &codec_xz, never); /* liblzma joins streams itself */
}

/* The format has no magic number: what breaks within its first bytes never was one (*observed*:
 * Kotlin's metadata), and was matched whole as it is. */
enum { LZMA_BELIEVED = 64 };

static bool lzma_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    uint64_t size = u->object->source.size;
    if (s->streams > 0 || s->at >= size)
        return false;
    uint64_t used = 0;
    enum codec_end end = codec_run(u, &codec_lzma_alone, NULL, 0, size, out, &used);
    s->streams++;
    s->at = used;
    if (end == CODEC_DAMAGED && out->len < LZMA_BELIEVED) {
        unpack_drop(u, out);
        return false;
    }
    codec_gap(u, end, 0, out->name);
    if (end == CODEC_WHOLE && used < size)
        unpack_gap(u, GAP_DAMAGED, used, "bytes behind the stream; matched, not unpacked");
    return true;
}

static bool zstd_next(struct unpack *u, void *state, struct child *out)
{
    return next(u, state, out, &codec_zstd, is_zstd);
}

static bool lz4_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    if (s->at == 0 &&
        span_starts(source_view(&u->object->source, 0, 4), SPAN_OF("\x02\x21\x4c\x18"))) {
        unpack_gap(u, GAP_METHOD, 0, "the legacy LZ4 frame is not known here");
        s->at = u->object->source.size;
    }
    return next(u, s, out, &codec_lz4, is_lz4);
}

static bool compress_next(struct unpack *u, void *state, struct child *out)
{
    return next(u, state, out, &codec_compress, never);
}

const struct unpacker bzip2_unpacker = {.name = "bzip2",
                                        .type = TYPE_BZIP2,
                                        .state_bytes = sizeof(struct state),
                                        .open = stream_open,
                                        .next = bzip2_next};
const struct unpacker xz_unpacker = {.name = "xz",
                                     .type = TYPE_XZ,
                                     .state_bytes = sizeof(struct state),
                                     .open = stream_open,
                                     .next = xz_next};
const struct unpacker lzma_unpacker = {.name = "lzma",
                                       .type = TYPE_LZMA,
                                       .state_bytes = sizeof(struct state),
                                       .open = stream_open,
                                       .next = lzma_next};
const struct unpacker zstd_unpacker = {.name = "zstd",
                                       .type = TYPE_ZSTD,
                                       .state_bytes = sizeof(struct state),
                                       .open = stream_open,
                                       .next = zstd_next};
const struct unpacker lz4_unpacker = {
    .name = "lz4",
    .type = TYPE_LZ4,
    .state_bytes = sizeof(struct state),
    .open = stream_open,
    .next = lz4_next,
};
const struct unpacker compress_unpacker = {
    .name = "compress",
    .type = TYPE_COMPRESS,
    .state_bytes = sizeof(struct state),
    .open = stream_open,
    .next = compress_next,
};
