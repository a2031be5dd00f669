/* Driving a codec. The libraries see only memory; their errors become gaps. */
#include "jail/unpack/codec.h"

#include <libdeflate.h>

enum { IN_CHUNK = 1 << 20, OUT_FIRST = 16 << 10, OUT_MOST = 4 << 20 };

/* libdeflate cannot stop early, so a claim above this goes the streaming way. */
enum { WHOLE_MOST = 64 << 20, DEFLATE_RATIO_MOST = 1032 };

static size_t next_room(const struct unpack *u, const struct child *c)
{
    size_t room = c->len < OUT_FIRST ? OUT_FIRST : c->len;
    if (room > OUT_MOST)
        room = OUT_MOST;
    /* Up to the ceiling exactly, then one step beyond it, which says `too-big`. */
    uint64_t left = u->budget->object_bytes > c->len ? u->budget->object_bytes - c->len : 0;
    uint64_t total = u->budget->total_bytes - u->budget->total_used;
    uint64_t most = left < total ? left : total;
    return most > 0 && most < room ? (size_t)most : room;
}

/* One call of the codec into fresh room. */
static enum codec_end step_once(struct unpack *u, const struct codec *codec, void *state,
                                struct span *in, bool last, struct child *c,
                                enum codec_status *status)
{
    size_t room = next_room(u, c);
    uint8_t *out = unpack_room(u, c, room);
    if (!out)
        return CODEC_TOO_BIG;
    struct codec_step step = {.in = *in, .out = out, .room = room, .last = last};
    *status = codec->step(state, &step);
    unpack_trim(u, c, room, room - step.room);
    bool moved = step.in.len != in->len || step.room != room;
    *in = step.in;
    if (*status == CODEC_MORE && !moved && last && in->len == 0)
        return CODEC_CUT;
    if (*status == CODEC_MORE && !moved && in->len > 0)
        return CODEC_DAMAGED; /* it neither eats nor speaks */
    return CODEC_WHOLE;
}

static enum codec_end run(struct unpack *u, const struct codec *codec, void *state, uint64_t at,
                          uint64_t len, struct child *c, uint64_t *used)
{
    uint64_t done = 0;
    for (;;) {
        uint64_t want = len - done < IN_CHUNK ? len - done : IN_CHUNK;
        struct span in = source_view(&u->object->source, at + done, want);
        bool last = done + in.len >= len || in.len < want;
        size_t before = in.len, step_bytes = in.len;
        do {
            enum codec_status status = CODEC_MORE;
            enum codec_end end = step_once(u, codec, state, &in, last, c, &status);
            if (used)
                *used = done + (before - in.len);
            if (end != CODEC_WHOLE)
                return end;
            /* Input costs as well: many parts may claim the same bytes and yield nothing. */
            if (!unpack_steps(u, step_bytes - in.len + 1))
                return CODEC_TOO_BIG;
            step_bytes = in.len;
            if (status == CODEC_END)
                return CODEC_WHOLE;
            if (status != CODEC_MORE)
                return status == CODEC_BAD ? CODEC_DAMAGED : CODEC_REFUSED;
        } while (in.len > 0 || last);
        done += before;
    }
}

enum codec_end codec_run(struct unpack *u, const struct codec *codec, const struct span *setup,
                         uint64_t at, uint64_t len, struct child *c, uint64_t *used)
{
    if (used)
        *used = 0;
    void *state = codec->open(setup);
    if (!state)
        return CODEC_NO_MEMORY;
    enum codec_end end = run(u, codec, state, at, len, c, used);
    codec->close(state);
    return end;
}

void codec_gap(struct unpack *u, enum codec_end end, uint64_t at, struct span part)
{
    switch (end) {
    case CODEC_CUT:
        unpack_gap_part(u, GAP_TRUNCATED, at, part, "the data end early");
        break;
    case CODEC_DAMAGED:
        unpack_gap_part(u, GAP_DAMAGED, at, part, "the compressed data are damaged");
        break;
    case CODEC_REFUSED:
        unpack_gap_part(u, GAP_METHOD, at, part, "needs a dictionary, filter or memory not given");
        break;
    case CODEC_NO_MEMORY:
        unpack_gap_part(u, GAP_MEMORY, at, part, "no memory for the decoder");
        break;
    case CODEC_WHOLE:
    case CODEC_TOO_BIG: /* given where it happened */
        break;
    }
}

static bool is_plausible(const struct unpack *u, const struct child *c, uint64_t packed,
                         uint64_t size)
{
    return size > 0 && size <= WHOLE_MOST && size / DEFLATE_RATIO_MOST <= packed &&
           size <= u->budget->object_bytes && c->len == 0 &&
           size <= u->budget->total_bytes - u->budget->total_used;
}

bool codec_inflate_whole(struct unpack *u, struct span in, bool gzip, uint64_t size,
                         struct child *c, size_t *used)
{
    if (!is_plausible(u, c, in.len, size))
        return false;
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    uint8_t *out = d ? unpack_room(u, c, (size_t)size) : NULL;
    size_t made = 0;
    enum libdeflate_result rc = LIBDEFLATE_BAD_DATA;
    if (out && gzip)
        rc = libdeflate_gzip_decompress_ex(d, in.at, in.len, out, (size_t)size, used, &made);
    else if (out)
        rc = libdeflate_deflate_decompress_ex(d, in.at, in.len, out, (size_t)size, used, &made);
    if (d)
        libdeflate_free_decompressor(d);
    if (out)
        unpack_trim(u, c, (size_t)size, rc == LIBDEFLATE_SUCCESS ? made : 0);
    return out && rc == LIBDEFLATE_SUCCESS;
}

uint32_t codec_crc32(struct span s)
{
    return s.len ? libdeflate_crc32(0, s.at, s.len) : 0;
}
