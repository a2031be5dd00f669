/* tar and ar, written the short way. */
#include "make_tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 };

static void put_text(uint8_t *block, size_t at, const char *text, size_t most)
{
    size_t len = strlen(text);
    memcpy(block + at, text, len < most ? len : most);
}

static void put_octal(uint8_t *block, size_t at, uint64_t v, int digits)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%0*llo", digits, (unsigned long long)v);
    put_text(block, at, text, (size_t)digits);
}

static void put_size(uint8_t *block, const struct make_tar_member *m)
{
    uint64_t size = m->size_lie ? m->size_lie : m->bytes.len;
    if (!m->base256) {
        put_octal(block, 124, size, 11);
        return;
    }
    block[124] = 0x80;
    for (size_t i = 0; i < 8; i++)
        block[135 - i] = (uint8_t)(size >> (8 * i));
}

void make_tar_member(struct buf *out, const struct make_tar_member *m)
{
    uint8_t block[BLOCK] = {0};
    put_text(block, 0, m->name, 100);
    put_text(block, 100, "0000644", 8);
    put_text(block, 108, "0000000", 8);
    put_text(block, 116, "0000000", 8);
    put_size(block, m);
    put_text(block, 136, "14371573000", 12);
    block[156] = (uint8_t)(m->kind ? m->kind : m->format == MAKE_TAR_V7 ? 0 : '0');
    if (m->format == MAKE_TAR_USTAR)
        memcpy(block + 257,
               "ustar\0"
               "00",
               8);
    if (m->format == MAKE_TAR_GNU)
        memcpy(block + 257, "ustar  ", 8);
    if (m->prefix)
        put_text(block, 345, m->prefix, 155);
    memset(block + 148, ' ', 8);
    uint32_t sum = m->bad_sum ? 1 : 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += block[i];
    put_octal(block, 148, sum, 6);
    block[154] = 0;
    buf_put(out, block, BLOCK);
    if (m->has_no_data)
        return;
    buf_span(out, m->bytes);
    buf_align(out, BLOCK);
}

void make_tar_pax(struct buf *out, const char *key, const char *value)
{
    char record[4096];
    size_t len = strlen(key) + strlen(value) + 3;
    for (int i = 0; i < 4; i++) {
        int n = snprintf(record, sizeof record, "%zu %s=%s\n", len, key, value);
        len = (size_t)n;
    }
    make_tar_member(out, &(struct make_tar_member){.name = "PaxHeaders/x",
                                                   .kind = 'x',
                                                   .format = MAKE_TAR_USTAR,
                                                   .bytes = span_make(record, len)});
}

void make_tar_long(struct buf *out, const char *name)
{
    make_tar_member(out, &(struct make_tar_member){.name = "././@LongLink",
                                                   .kind = 'L',
                                                   .format = MAKE_TAR_GNU,
                                                   .bytes = span_make(name, strlen(name) + 1)});
}

void make_tar_end(struct buf *out)
{
    uint8_t *p = buf_add(out, 2 * BLOCK);
    if (!p)
        abort();
    memset(p, 0, 2 * BLOCK);
}

void make_ar_start(struct buf *out, bool is_thin)
{
    buf_text(out, is_thin ? "!<thin>\n" : "!<arch>\n");
}

void make_ar_member(struct buf *out, const char *name, struct span bytes)
{
    buf_print(out, "%-16s%-12u%-6u%-6u%-8s%-10zu`\n", name, 0u, 0u, 0u, "100644", bytes.len);
    buf_span(out, bytes);
    if (bytes.len & 1)
        buf_byte(out, '\n');
}

static void put_u16(struct buf *out, bool is_big, unsigned v)
{
    buf_byte(out, (uint8_t)(is_big ? v >> 8 : v));
    buf_byte(out, (uint8_t)(is_big ? v : v >> 8));
}

static void put_old(struct buf *out, bool is_big, const char *name, size_t size)
{
    put_u16(out, is_big, 0x71c7);
    for (int i = 0; i < 9; i++)
        put_u16(out, is_big, 0);
    put_u16(out, is_big, (unsigned)strlen(name) + 1);
    put_u16(out, is_big, (unsigned)(size >> 16));
    put_u16(out, is_big, (unsigned)size & 0xffff);
}

void make_cpio_member(struct buf *out, unsigned magic, const char *name, struct span bytes)
{
    size_t name_len = strlen(name) + 1;
    size_t align = magic == 070701 || magic == 070702 ? 4 : magic == 070707 ? 1 : 2;
    if (magic <= 1)
        put_old(out, magic == 1, name, bytes.len);
    else if (magic == 070707)
        buf_print(out, "070707%06o%06o%06o%06o%06o%06o%06o%011o%06zo%011zo", 0u, 0u, 0100644u, 0u,
                  0u, 1u, 0u, 0u, name_len, bytes.len);
    else
        buf_print(out, "%06o%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", magic, 0u,
                  0100644u, 0u, 0u, 1u, 0u, bytes.len, 0u, 0u, 0u, 0u, name_len, 0u);
    buf_put(out, name, name_len);
    buf_align(out, align);
    buf_span(out, bytes);
    buf_align(out, align);
}

static void put_rpm_header(struct buf *out, unsigned bytes)
{
    buf_put(out, "\x8e\xad\xe8\1\0\0\0\0\0\0\0\1\0\0\0", 15);
    buf_byte(out, (uint8_t)bytes);
    for (unsigned i = 0; i < 16 + bytes; i++)
        buf_byte(out, 0);
}

void make_rpm(struct buf *out, struct span payload)
{
    buf_put(out, "\xed\xab\xee\xdb\3\0", 6);
    for (int i = 0; i < 90; i++)
        buf_byte(out, 0);
    put_rpm_header(out, 5);
    buf_align(out, 8);
    put_rpm_header(out, 7);
    buf_span(out, payload);
}
