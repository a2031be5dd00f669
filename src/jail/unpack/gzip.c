/* gzip, RFC 1952: one or more members, each a part. An attacker typed every byte. */
#include "jail/unpack/codec.h"
#include "jail/unpack/formats.h"

enum { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, HEADER_MOST = 128 << 10 };

struct state {
    uint64_t at;
    uint32_t members;
};

/* A NUL-terminated field, without its NUL. */
static struct span take_text(struct reader *r)
{
    size_t end = span_find_byte(reader_rest(r), 0, 0);
    if (end == SIZE_MAX) {
        r->bad = true;
        return (struct span){NULL, 0};
    }
    struct span s = reader_take(r, end);
    reader_skip(r, 1);
    return s;
}

/* RFC 1952, 2.3. False: no member header, or cut short. */
static bool read_header(struct reader *r, struct span *name)
{
    uint16_t magic = reader_u16le(r);
    uint8_t method = reader_u8(r), flags = reader_u8(r);
    reader_skip(r, 6); /* time, extra flags, operating system */
    if (flags & FLAG_EXTRA)
        reader_skip(r, reader_u16le(r));
    *name = flags & FLAG_NAME ? take_text(r) : (struct span){NULL, 0};
    if (flags & FLAG_COMMENT)
        (void)take_text(r);
    if (flags & FLAG_CRC)
        reader_skip(r, 2);
    return !r->bad && magic == 0x8b1f && method == 8;
}

static bool gzip_open(struct unpack *u, void *state)
{
    (void)u;
    (void)state;
    return true;
}

/* The fast way: the last four bytes of the file claim the size of the (only) member. */
static bool whole(struct unpack *u, struct state *s, struct child *out)
{
    struct source *src = &u->object->source;
    size_t used = 0;
    if (s->at != 0 || !source_in_memory(src) || src->size < 18)
        return false;
    uint32_t size = 0;
    (void)span_u32le(src->whole, src->size - 4, &size);
    if (!codec_inflate_whole(u, src->whole, true, size, out, &used))
        return false;
    s->at = used;
    return true;
}

static void check_trailer(struct unpack *u, struct state *s, const struct child *c)
{
    struct span tail = source_view(&u->object->source, s->at, 8);
    uint32_t crc = 0, size = 0;
    if (!span_u32le(tail, 0, &crc) || !span_u32le(tail, 4, &size)) {
        unpack_gap_part(u, GAP_TRUNCATED, s->at, c->name, "the checksum is missing");
        s->at = u->object->source.size;
        return;
    }
    s->at += 8;
    if (crc != codec_crc32(span_make(c->bytes, c->len)) || size != (uint32_t)c->len)
        unpack_gap_part(u, GAP_DAMAGED, s->at - 8, c->name, "the checksum does not fit");
}

/* Zero bytes behind the last member are tape padding; anything else is named. */
static bool is_padding(struct unpack *u, uint64_t at)
{
    struct span rest = source_view(&u->object->source, at, 4096);
    for (size_t i = 0; i < rest.len; i++)
        if (span_byte(rest, i) != 0)
            return false;
    return true;
}

static bool gzip_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    if (s->at >= u->object->source.size)
        return false;
    struct span head = source_view(&u->object->source, s->at, HEADER_MOST);
    struct reader r = reader_of(head);
    struct span name;
    if (!read_header(&r, &name)) {
        if (s->members == 0)
            unpack_gap(u, r.bad ? GAP_TRUNCATED : GAP_DAMAGED, s->at, "no gzip header");
        else if (!is_padding(u, s->at))
            unpack_gap(u, GAP_DAMAGED, s->at,
                       "bytes behind the last member; matched, not unpacked");
        return false;
    }
    out->name = unpack_name(u, name);
    if (s->members++ == 0 && whole(u, s, out))
        return true;
    uint64_t start = s->at + r.at, used = 0;
    enum codec_end end =
        codec_run(u, &codec_deflate, NULL, start, u->object->source.size - start, out, &used);
    codec_gap(u, end, start, out->name);
    s->at = start + used;
    if (end == CODEC_WHOLE)
        check_trailer(u, s, out);
    else
        s->at = u->object->source.size; /* where the next member would begin is not known */
    return true;
}

const struct unpacker gzip_unpacker = {
    .name = "gzip",
    .type = TYPE_GZIP,
    .state_bytes = sizeof(struct state),
    .open = gzip_open,
    .next = gzip_next,
};
