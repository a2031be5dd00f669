/* DEX files made in code. Dalvik Executable format. */
#include "make_dex.h"

#include <string.h>

static const char *const strings[] = {"<init>", "Lcom/a/B;", "V", "run", "I", "count"};
enum { STRINGS = 6, HEADER = 112, TABLES = 6 };

struct table {
    uint32_t count, at;
};

static void number_at(struct buf *b, size_t at, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        b->at[at + i] = (uint8_t)(v >> (8 * i));
}

static uint32_t here(const struct buf *b, size_t start)
{
    return (uint32_t)(b->len - start);
}

/* Strings, code and class data; returns where the class data lies. */
static uint32_t put_data(struct buf *b, size_t start, uint32_t *string_at)
{
    for (uint32_t i = 0; i < STRINGS; i++) {
        string_at[i] = here(b, start);
        buf_byte(b, (uint8_t)strlen(strings[i]));
        buf_put(b, strings[i], strlen(strings[i]) + 1);
    }
    uint32_t code = here(b, start);
    static const uint16_t sizes[] = {1, 2, 3, 0};
    for (uint32_t i = 0; i < 4; i++)
        buf_u16le(b, sizes[i]);
    buf_u32le(b, 0x99);
    buf_u32le(b, 3);
    buf_put(b, "\x0e\0\x0e\0\x0e", 6);
    uint32_t class_data = here(b, start);
    static const uint8_t head[] = {1, 0, 1, 1, 0, 9, 0, 0x81, 0x80, 0x04};
    buf_put(b, head, sizeof head);
    buf_byte(b, (uint8_t)(code & 0x7f) | 0x80);
    buf_byte(b, (uint8_t)(code >> 7));
    static const uint8_t second[] = {1, 1, 0};
    buf_put(b, second, sizeof second);
    buf_put(b, "\0\0\0\0\0\0\0\0\0\0\0", 12);
    return class_data;
}

static void words(struct buf *b, const uint32_t *v, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_u32le(b, v[i]);
}

static void put_ids(struct buf *b, size_t start, struct table *t, const uint32_t *string_at)
{
    static const uint32_t types[] = {1, 2, 4}, proto[] = {2, 1, 0};
    t[0] = (struct table){STRINGS, here(b, start)};
    words(b, string_at, STRINGS);
    t[1] = (struct table){3, here(b, start)};
    words(b, types, 3);
    t[2] = (struct table){1, here(b, start)};
    words(b, proto, 3);
    t[3] = (struct table){1, here(b, start)};
    words(b, (const uint32_t[]){2 << 16, 5}, 2);
    t[4] = (struct table){2, here(b, start)};
    words(b, (const uint32_t[]){0, 0, 0, 3}, 4);
}

void make_dex(struct buf *out, const char *version)
{
    size_t start = out->len;
    uint32_t string_at[STRINGS];
    struct table t[TABLES];
    uint8_t zero[HEADER] = "dex\n";
    memcpy(zero + 4, version, 3);
    for (uint8_t i = 8; i < 32; i++)
        zero[i] = i; /* checksum and signature: claims nobody checks */
    buf_put(out, zero, HEADER);
    uint32_t class_data = put_data(out, start, string_at);
    put_ids(out, start, t, string_at);
    t[5] = (struct table){1, here(out, start)};
    words(out, (const uint32_t[]){0, 1, UINT32_MAX, 0, UINT32_MAX, 0, class_data, 0}, 8);
    uint32_t map = here(out, start);
    words(out, (const uint32_t[]){2, 0, 1, 0, 0x1000, 1, map}, 7);
    if (out->bad)
        return;
    number_at(out, start + 32, here(out, start));
    number_at(out, start + 36, HEADER);
    number_at(out, start + 40, 0x12345678);
    number_at(out, start + 52, map);
    for (size_t i = 0; i < TABLES; i++) {
        number_at(out, start + 56 + 8 * i, t[i].count);
        number_at(out, start + 60 + 8 * i, t[i].at);
    }
}
