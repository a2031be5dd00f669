/* A member's data. An attacker typed every byte. Format: PKWARE APPNOTE.TXT 6.3.10; sections are
 * cited. */
#include "jail/unpack/zip_data.h"

#include "jail/unpack/zip_crypt.h"

#include <string.h>

enum { CRYPT_STEP = 1 << 20, TRY_STEPS = 64 };

const struct codec *zip_data_codec(uint16_t method)
{
    switch (method) {
    case ZIP_DEFLATE:
        return &codec_deflate;
    case ZIP_BZIP2:
        return &codec_bzip2;
    case ZIP_LZMA:
        return &codec_lzma_raw;
    case ZIP_ZSTD:
        return &codec_zstd;
    case ZIP_XZ:
        return &codec_xz;
    default:
        return NULL;
    }
}

uint64_t zip_data_left(const struct unpack *u, uint64_t at)
{
    uint64_t size = u->object->source.size;
    return at < size ? size - at : 0;
}

/* 5.8.8: two version bytes, the length of the properties, the properties. */
static bool lzma_setup(struct unpack *u, struct zip_reading *r, uint8_t properties[5])
{
    struct span head = source_view(&u->object->source, r->at, 9);
    uint16_t len = 0;
    if (head.len < 9 || !span_u16le(head, 2, &len) || len != 5 || r->packed < 9)
        return false;
    for (size_t i = 0; i < 5; i++)
        properties[i] = span_byte(head, 4 + i);
    r->at += 9;
    r->packed -= 9;
    return true;
}

/* A deflate stream says itself where it ends: reading on past the claimed size shows what a reader
 * that ignores the claim would get. */
enum codec_end zip_data_decode(struct unpack *u, struct zip_reading *r, struct child *out,
                               uint64_t *used)
{
    struct source *src = &u->object->source;
    const struct codec *codec = zip_data_codec(r->method);
    uint64_t left = zip_data_left(u, r->at);
    bool self_ending = r->method == ZIP_DEFLATE || r->is_open_ended;
    uint64_t len = self_ending || r->packed > left ? left : r->packed;
    size_t used_fast = 0;
    if (r->method == ZIP_DEFLATE && source_in_memory(src) && !r->is_open_ended &&
        r->packed <= left && r->full <= UINT32_MAX &&
        codec_inflate_whole(u, source_view(src, r->at, r->packed), false, r->full, out,
                            &used_fast)) {
        *used = used_fast;
        return CODEC_WHOLE;
    }
    uint8_t properties[5] = {0};
    struct span setup = span_make(properties, sizeof properties);
    if (r->method == ZIP_LZMA && !lzma_setup(u, r, properties))
        return CODEC_DAMAGED;
    if (r->method == ZIP_LZMA && len > r->packed)
        len = r->is_open_ended ? left - 9 : r->packed;
    enum codec_end end =
        codec_run(u, codec, r->method == ZIP_LZMA ? &setup : NULL, r->at, len, out, used);
    /* Without an end mark only the size says that the stream is whole. */
    if (r->method == ZIP_LZMA && end == CODEC_CUT && !(r->flags & ZIP_LZMA_END) &&
        out->len == r->full)
        end = CODEC_WHOLE;
    return end;
}

/* --- encrypted data --- */

/* All of it, behind its first 12 bytes. False: no room, the gap is given; or cut short. */
static bool decrypt(struct unpack *u, struct zip_crypt *z, const struct zip_reading *r,
                    struct child *plain)
{
    uint64_t at = r->at + ZIP_CRYPT_BYTES, end = r->at + r->packed;
    while (at < end) {
        uint64_t want = end - at < CRYPT_STEP ? end - at : CRYPT_STEP;
        struct span view = source_view(&u->object->source, at, want);
        uint8_t *room =
            view.len && unpack_steps(u, view.len) ? unpack_room(u, plain, view.len) : NULL;
        if (!room)
            return false;
        zip_crypt_step(z, view, room);
        at += view.len;
    }
    return true;
}

static bool is_right(const struct zip_reading *r, const struct child *c)
{
    return c->len == r->full && codec_crc32(span_make(c->bytes, c->len)) == r->crc;
}

/* What lies decrypted in `plain`, unpacked. A part that is larger than it may be is believed: its
 * gap is given. */
static bool unpack_plain(struct unpack *u, struct zip_reading r, struct child *plain,
                         struct child *out)
{
    if (r.method == ZIP_STORED) {
        bool right = is_right(&r, plain);
        struct span name = out->name;
        if (right) {
            *out = *plain;
            out->name = name;
            out->evidence = EVIDENCE_COUNT;
            *plain = (struct child){0};
        }
        return right;
    }
    struct object o = *u->object;
    struct unpack inner = *u;
    uint64_t used = 0;
    o.source = source_of(span_make(plain->bytes, plain->len));
    inner.object = &o;
    r.at = 0;
    r.packed = plain->len;
    enum codec_end end =
        zip_data_codec(r.method) ? zip_data_decode(&inner, &r, out, &used) : CODEC_REFUSED;
    if (end == CODEC_TOO_BIG || (end == CODEC_WHOLE && is_right(&r, out)))
        return true;
    unpack_drop(u, out);
    return false;
}

static bool try(struct unpack *u, struct zip_crypt *z, const struct zip_reading *r,
                struct child *out)
{
    struct child plain = {.name = out->name};
    bool right = decrypt(u, z, r, &plain) && unpack_plain(u, *r, &plain, out);
    unpack_drop(u, &plain);
    return right;
}

/* 6.1.6: the last byte in plain is the checksum's highest, where that was known; Info-ZIP puts the
 * time's where it was not. */
static bool may_be_plain(const struct zip_reading *r, uint8_t last)
{
    return last == r->crc >> 24 || ((r->flags & ZIP_DESCRIPTOR) && last == r->time >> 8);
}

bool zip_data_open(struct unpack *u, struct zip_reading r, struct child *out)
{
    uint8_t head[ZIP_CRYPT_BYTES] = {0};
    struct span view = source_view(&u->object->source, r.at, sizeof head), password;
    bool is_ours = view.len == sizeof head && r.method != ZIP_AES && !r.is_open_ended &&
                   r.packed >= sizeof head && r.packed <= zip_data_left(u, r.at) && u->password;
    uint32_t tried = 0;
    if (is_ours)
        memcpy(head, view.at, sizeof head);
    while (is_ours && u->password(u->sink_ctx, tried, &password)) {
        struct zip_crypt z;
        if (!unpack_steps(u, TRY_STEPS + password.len))
            return false;
        uint8_t last = zip_crypt_open(&z, password, span_make(head, sizeof head));
        if (may_be_plain(&r, last) && try(u, &z, &r, out))
            return true;
        tried++;
    }
    unpack_gap_part(u, GAP_ENCRYPTED, r.at, out->name,
                    tried ? "no password that is known opens it" : "no password is known");
    return false;
}
