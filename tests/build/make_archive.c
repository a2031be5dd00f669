/* Archives that others' tools read. Formats: Microsoft Cabinet Format (MS-CAB) section 2; LHA
 * header level 0, observed; RAR 4, technote.txt of unrar. */
#include "make_archive.h"

#include "make_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

static void by_writer(struct buf *out, struct archive *a, const char *name, struct span bytes)
{
    size_t room = bytes.len + (1 << 20), used = 0;
    uint8_t *p = buf_add(out, room);
    struct archive_entry *entry = archive_entry_new();
    if (!p || !entry || archive_write_open_memory(a, p, room, &used) != ARCHIVE_OK)
        abort();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, (int64_t)bytes.len);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 1700000000, 0);
    if (archive_write_header(a, entry) != ARCHIVE_OK ||
        archive_write_data(a, bytes.at, bytes.len) != (la_ssize_t)bytes.len)
        abort();
    archive_entry_free(entry);
    if (archive_write_close(a) != ARCHIVE_OK)
        abort();
    (void)archive_write_free(a);
    out->len -= room - used;
}

void make_7z(struct buf *out, const char *name, struct span bytes)
{
    struct archive *a = archive_write_new();
    if (!a || archive_write_set_format_7zip(a) != ARCHIVE_OK)
        abort();
    by_writer(out, a, name, bytes);
}

void make_iso(struct buf *out, const char *name, struct span bytes)
{
    struct archive *a = archive_write_new();
    if (!a || archive_write_set_format_iso9660(a) != ARCHIVE_OK)
        abort();
    by_writer(out, a, name, bytes);
}

void make_cab(struct buf *out, const char *name, struct span bytes)
{
    uint32_t files_at = 36 + 8, data_at = files_at + 16 + (uint32_t)strlen(name) + 1;
    buf_put(out, "MSCF\0\0\0\0", 8);
    buf_u32le(out, data_at + 8 + (uint32_t)bytes.len);
    buf_u32le(out, 0);
    buf_u32le(out, files_at);
    buf_u32le(out, 0);
    buf_put(out, "\3\1\1\0\1\0\0\0\0\0\0\0", 12); /* 1.3, one folder, one file */
    buf_u32le(out, data_at);
    buf_put(out, "\1\0\0\0", 4); /* one block, stored */
    buf_u32le(out, (uint32_t)bytes.len);
    buf_u32le(out, 0);
    buf_put(out, "\0\0\x21\x58\0\0\x20\0", 8); /* folder 0, date, time, attributes */
    buf_put(out, name, strlen(name) + 1);
    buf_u32le(out, 0); /* a checksum of 0 is none */
    buf_u16le(out, (uint16_t)bytes.len);
    buf_u16le(out, (uint16_t)bytes.len);
    buf_span(out, bytes);
}

static uint16_t crc16(struct span s)
{
    unsigned crc = 0;
    for (size_t i = 0; i < s.len; i++) {
        crc ^= span_byte(s, i);
        for (int k = 0; k < 8; k++)
            crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
    }
    return (uint16_t)crc;
}

void make_lha(struct buf *out, const char *name, struct span bytes)
{
    size_t at = out->len, name_len = strlen(name);
    buf_byte(out, (uint8_t)(22 + name_len));
    buf_byte(out, 0); /* sum, below */
    buf_text(out, "-lh0-");
    buf_u32le(out, (uint32_t)bytes.len);
    buf_u32le(out, (uint32_t)bytes.len);
    buf_u32le(out, 0x58210000);
    buf_put(out, "\x20\0", 2); /* attributes, level 0 */
    buf_byte(out, (uint8_t)name_len);
    buf_text(out, name);
    buf_u16le(out, crc16(bytes));
    unsigned sum = 0;
    for (size_t i = at + 2; i < out->len; i++)
        sum += out->at[i];
    out->at[at + 1] = (uint8_t)sum;
    buf_span(out, bytes);
    buf_byte(out, 0);
}

/* Checksum of all but itself, kind, flags, length, then the body. */
static void put_rar_block(struct buf *out, uint8_t kind, uint16_t flags, struct span body)
{
    size_t at = out->len;
    buf_u16le(out, 0);
    buf_byte(out, kind);
    buf_u16le(out, flags);
    buf_u16le(out, (uint16_t)(7 + body.len));
    buf_span(out, body);
    uint32_t crc = make_crc32(span_cut(buf_get(out), at + 2, out->len - at - 2));
    out->at[at] = (uint8_t)crc;
    out->at[at + 1] = (uint8_t)(crc >> 8);
}

void make_rar(struct buf *out, const char *name, struct span bytes, uint16_t flags)
{
    buf_put(out, "Rar!\x1a\x07\0", 7);
    put_rar_block(out, 0x73, 0, SPAN_OF("\0\0\0\0\0\0"));
    struct buf body;
    buf_init(&body, 0);
    buf_u32le(&body, (uint32_t)bytes.len);
    buf_u32le(&body, (uint32_t)bytes.len);
    buf_byte(&body, 3); /* Unix */
    buf_u32le(&body, make_crc32(bytes));
    buf_u32le(&body, 0x58210000);
    buf_put(&body, "\x14\x30", 2); /* version 2.0, stored */
    buf_u16le(&body, (uint16_t)strlen(name));
    buf_u32le(&body, 0100644);
    buf_text(&body, name);
    put_rar_block(out, 0x74, 0x8000 | flags, buf_get(&body));
    buf_done(&body);
    buf_span(out, bytes);
    put_rar_block(out, 0x7b, 0x4000, (struct span){NULL, 0});
}
