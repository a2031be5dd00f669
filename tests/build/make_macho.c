/* Mach-O files made in code. Apple's loader.h, fat.h. */
#include "make_macho.h"

#include <string.h>

enum { PAGE = 0x1000, FAT_STEP = 0x100 };

struct maker {
    struct buf *out;
    bool is_big, is_64;
};

static void number(struct maker *m, uint64_t v, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        buf_byte(m->out, (uint8_t)(v >> (8 * (m->is_big ? bytes - 1 - i : i))));
}

static void word(struct maker *m, uint64_t v)
{
    number(m, v, 4);
}

static void wide(struct maker *m, uint64_t v)
{
    number(m, v, m->is_64 ? 8 : 4);
}

static void put(void *ctx, uint64_t v, uint32_t bytes)
{
    number(ctx, v, bytes);
}

static void name(struct maker *m, const char *text)
{
    uint8_t field[16] = {0};
    memcpy(field, text, strlen(text));
    buf_put(m->out, field, sizeof field);
}

static void segment(struct maker *m, const char *text, uint64_t at, uint32_t sections)
{
    uint32_t head = m->is_64 ? 72 : 56, row = m->is_64 ? 80 : 68;
    word(m, m->is_64 ? 0x19 : 1);
    word(m, head + sections * row);
    name(m, text);
    wide(m, 0x100000 + at);
    wide(m, PAGE);
    wide(m, at);
    wide(m, PAGE);
    word(m, 7);
    word(m, 5);
    word(m, sections);
    word(m, 0);
    for (uint32_t i = 0; i < sections; i++) {
        name(m, "__text");
        name(m, text);
        wide(m, 0x100234);
        wide(m, 16);
        for (uint32_t k = 0; k < (m->is_64 ? 8u : 7u); k++)
            word(m, k == 4 ? 0x80000400 : 0x230 + k);
    }
}

/* State bytes and the place of its program counter. */
static void thread_shape(uint32_t cputype, uint32_t *len, uint32_t *at)
{
    *len = cputype == 0x01000007 ? 168 : cputype == 0x0100000c ? 272 : cputype == 18 ? 160 : 64;
    *at = cputype == 0x01000007 ? 128 : cputype == 0x0100000c ? 256 : cputype == 18 ? 0 : 40;
}

static void entry(struct maker *m, const struct make_macho *what)
{
    if (!what->has_thread) {
        word(m, 0x80000028);
        word(m, 24);
        number(m, 0x1234, 8);
        number(m, 0x8000, 8);
        return;
    }
    uint32_t len, at, width = what->cputype & 0x01000000 ? 8 : 4;
    thread_shape(what->cputype, &len, &at);
    word(m, 5);
    word(m, 16 + len);
    word(m, 1);
    word(m, len / 4);
    for (uint32_t i = 0; i < len; i += width)
        number(m, i == at ? 0x101234 : i, width);
}

void make_macho(struct buf *out, const struct make_macho *what)
{
    struct maker m = {.out = out, .is_big = what->is_big, .is_64 = what->is_64};
    size_t start = out->len;
    word(&m, what->is_64 ? 0xfeedfacf : 0xfeedface);
    word(&m, what->cputype);
    word(&m, 3);
    word(&m, 2);
    word(&m, what->has_more ? 3 + MAKE_MACHO_MORE_COMMANDS : 3);
    size_t size_at = out->len;
    word(&m, 0);
    word(&m, 0x85);
    if (what->is_64)
        word(&m, 0x77);
    size_t first = out->len;
    segment(&m, "__TEXT", 0, 1);
    segment(&m, "__DATA_SIXTEEN__", PAGE, 0);
    entry(&m, what);
    struct make_macho_more more = {.out = out, .start = start, .put = put, .ctx = &m};
    if (what->has_more)
        make_macho_more(&more);
    struct buf size;
    buf_init(&size, 0);
    m.out = &size;
    word(&m, out->len - first);
    memcpy(out->at + size_at, size.at, size.len);
    buf_done(&size);
    m.out = out;
    while (!out->bad && out->len - start < (what->has_more ? MAKE_MACHO_DATA : 64))
        buf_byte(out, 0);
    if (what->has_more)
        make_macho_more_data(&more);
}

void make_macho_fat(struct buf *out, bool is_64, const struct make_macho *files, uint32_t count)
{
    struct maker m = {.out = out, .is_big = true, .is_64 = is_64};
    struct buf all;
    buf_init(&all, 0);
    size_t head = 8 + count * (is_64 ? 32 : 20), at = (head + FAT_STEP - 1) / FAT_STEP * FAT_STEP;
    word(&m, is_64 ? 0xcafebabf : 0xcafebabe);
    word(&m, count);
    for (uint32_t i = 0; i < count; i++) {
        size_t before = all.len;
        make_macho(&all, &files[i]);
        word(&m, files[i].cputype);
        word(&m, 3);
        wide(&m, at + before);
        wide(&m, all.len - before);
        word(&m, 8);
        if (is_64)
            word(&m, 0);
        buf_align(&all, FAT_STEP);
    }
    buf_align(out, FAT_STEP);
    buf_span(out, buf_get(&all));
    buf_done(&all);
}
