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
