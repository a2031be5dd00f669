/* ZIP, APPNOTE 6.3.10, written the short way. */
#include "make_zip.h"

#include "make_stream.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBERS_MOST = 4096 };

struct placed {
    uint64_t at; /* of the local header, without what stands before */
    uint32_t crc, packed, full;
};

static void pack(struct buf *out, const struct make_member *m)
{
    size_t at = out->len;
    switch (m->method) {
    case 0:
        buf_span(out, m->bytes);
        break;
    case 8:
        make_deflate(out, m->bytes);
        break;
    case 12:
        make_bzip2(out, m->bytes);
        break;
    case 14: /* version, 5, the 5 property bytes, the stream without the 13-byte header */
        make_lzma(out, m->bytes);
        memmove(out->at + at + 9, out->at + at + 13, out->len - at - 13);
        memmove(out->at + at + 4, out->at + at, 5);
        memcpy(out->at + at, "\x10\x02\x05\0", 4);
        out->len -= 4;
        break;
    case 93:
        make_zstd(out, m->bytes);
        break;
    case 95:
        make_xz(out, m->bytes);
        break;
    default:
        abort();
    }
}

/* APPNOTE 6.1, bit by bit. */
static uint32_t turn(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    return crc;
}

static void turn_all(uint32_t key[3], uint8_t plain)
{
    key[0] = turn(key[0], plain);
    key[1] = (key[1] + (key[0] & 0xff)) * 134775813 + 1;
    key[2] = turn(key[2], (uint8_t)(key[1] >> 24));
}

/* In place of `data`: twelve bytes whose last one is `check`, and the data, encrypted. */
static void encrypt(struct buf *data, const char *password, uint8_t check)
{
    uint32_t key[3] = {0x12345678, 0x23456789, 0x34567890};
    struct buf plain = *data;
    buf_init(data, 0);
    for (const char *c = password; *c; c++)
        turn_all(key, (uint8_t)*c);
    for (size_t i = 0; i < plain.len + 12; i++) {
        uint8_t byte = i < 11 ? (uint8_t)(7 * i) : i == 11 ? check : plain.at[i - 12];
        uint16_t t = (uint16_t)(key[2] | 2);
        buf_byte(data, (uint8_t)(byte ^ (uint8_t)((uint32_t)t * (t ^ 1u) >> 8)));
        turn_all(key, byte);
    }
    buf_done(&plain);
}

static uint32_t lie(bool here, uint32_t claim, uint32_t truth)
{
    if (!here || claim == 0)
        return truth;
    return claim == UINT32_MAX ? 0 : claim;
}

/* From "version needed" to the two lengths. */
static void put_common(struct buf *out, const struct make_member *m, const struct placed *p,
                       bool is_local)
{
    bool here = is_local ? m->lies_local : m->lies_central;
    bool later = is_local && (m->flags & 8);
    buf_u16le(out, m->is_zip64 ? 45 : 20);
    buf_u16le(out, (uint16_t)(m->flags | (m->method == 14 ? 2 : 0) | (m->password != NULL)));
    buf_u16le(out, here && m->method_lie ? (m->method_lie == UINT16_MAX ? 0 : m->method_lie)
                                         : m->method);
    buf_u32le(out, 0x58210000); /* 2024-01-01 */
    buf_u32le(out, later ? 0 : p->crc ^ m->crc_xor);
    buf_u32le(out, later ? 0 : m->is_zip64 ? UINT32_MAX : lie(here, m->packed_lie, p->packed));
    buf_u32le(out, later ? 0 : m->is_zip64 ? UINT32_MAX : lie(here, m->full_lie, p->full));
    buf_u16le(out, (uint16_t)strlen(m->name));
    buf_u16le(out, m->is_zip64 ? (is_local ? 20 : 28) : 0);
}

static void put_local(struct buf *out, size_t base, const struct make_member *m, struct placed *p)
{
    struct buf data;
    buf_init(&data, 0);
    if (m->packed.at)
        buf_span(&data, m->packed);
    else
        pack(&data, m);
    if (m->password)
        encrypt(&data, m->password, m->flags & 8 ? 0 : (uint8_t)(make_crc32(m->bytes) >> 24));
    *p = (struct placed){out->len - base, make_crc32(m->bytes), (uint32_t)data.len,
                         (uint32_t)m->bytes.len};
    buf_put(out, "PK\3\4", 4);
    put_common(out, m, p, true);
    buf_text(out, m->name);
    if (m->is_zip64) {
        buf_put(out, "\1\0\x10\0", 4);
        buf_u64le(out, p->full);
        buf_u64le(out, p->packed);
    }
    buf_span(out, buf_get(&data));
    if (m->flags & 8) {
        buf_put(out, "PK\7\10", 4);
        buf_u32le(out, p->crc);
        buf_u32le(out, p->packed);
        buf_u32le(out, p->full);
    }
    buf_done(&data);
}

static void put_central(struct buf *out, const struct make_member *m, const struct placed *p)
{
    buf_put(out, "PK\1\2\x14\3", 6);
    put_common(out, m, p, false);
    buf_u16le(out, 0);
    buf_u16le(out, 0);
    buf_u16le(out, 0);
    buf_u32le(out, 0);
    uint64_t at = p->at + (uint64_t)m->offset_lie;
    buf_u32le(out, m->is_zip64 ? UINT32_MAX : (uint32_t)at);
    buf_text(out, m->name);
    if (m->is_zip64) {
        buf_put(out, "\1\0\x18\0", 4);
        buf_u64le(out, p->full);
        buf_u64le(out, p->packed);
        buf_u64le(out, at);
    }
}

static void put_end64(struct buf *out, size_t base, uint64_t count, uint64_t at, uint64_t size)
{
    uint64_t record_at = out->len - base;
    buf_put(out, "PK\6\6\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0", 24);
    buf_u64le(out, count);
    buf_u64le(out, count);
    buf_u64le(out, size);
    buf_u64le(out, at);
    buf_put(out, "PK\6\7\0\0\0\0", 8);
    buf_u64le(out, record_at);
    buf_u32le(out, 1);
}

void make_zip(struct buf *out, const struct make_zip *zip, const struct make_member *members,
              unsigned count)
{
    static struct placed placed[MEMBERS_MOST];
    if (count > MEMBERS_MOST)
        abort();
    buf_span(out, zip->before);
    size_t base = out->len;
    for (unsigned i = 0; i < count; i++)
        put_local(out, base, &members[i], &placed[i]);
    if (zip->no_directory)
        return;
    size_t at = out->len - base;
    uint16_t listed = 0;
    for (unsigned i = 0; i < count; i++)
        if (!members[i].is_unlisted) {
            put_central(out, &members[i], &placed[i]);
            listed++;
        }
    size_t size = out->len - base - at;
    if (zip->is_zip64)
        put_end64(out, base, listed, at, size);
    buf_put(out, "PK\5\6\0\0\0\0", 8);
    buf_u16le(out, zip->is_zip64 ? UINT16_MAX : listed);
    buf_u16le(out, zip->is_zip64 ? UINT16_MAX : listed);
    buf_u32le(out, zip->is_zip64 ? UINT32_MAX : (uint32_t)size);
    buf_u32le(out, zip->is_zip64 ? UINT32_MAX : (uint32_t)at + (uint32_t)zip->directory_lie);
    buf_u16le(out, (uint16_t)zip->comment.len);
    buf_span(out, zip->comment);
}

void make_zip_one(struct buf *out, const char *name, struct span bytes, uint16_t method)
{
    struct make_member m = {.name = name, .bytes = bytes, .method = method};
    make_zip(out, &(struct make_zip){0}, &m, 1);
}
