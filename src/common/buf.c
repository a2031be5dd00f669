/* Growing byte buffer. */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_done(struct buf *b)
{
    if (!b)
        return;
    free(b->at);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->bad = false;
}

static bool reserve(struct buf *b, size_t n)
{
    size_t want;
    if (b->bad || __builtin_add_overflow(b->len, n, &want) || (b->max && want > b->max)) {
        b->bad = true;
        return false;
    }
    if (want <= b->cap)
        return true;
    size_t cap = b->cap < 256 ? 256 : b->cap;
    while (cap < want)
        cap = cap > SIZE_MAX / 2 ? want : cap * 2;
    uint8_t *p = realloc(b->at, cap);
    if (!p) {
        b->bad = true;
        return false;
    }
    b->at = p;
    b->cap = cap;
    return true;
}

uint8_t *buf_add(struct buf *b, size_t n)
{
    if (!reserve(b, n ? n : 1))
        return NULL;
    uint8_t *p = b->at + b->len;
    b->len += n;
    return p;
}

void buf_put(struct buf *b, const void *bytes, size_t n)
{
    uint8_t *p = buf_add(b, n);
    if (p && n)
        memcpy(p, bytes, n);
}

void buf_span(struct buf *b, struct span s)
{
    buf_put(b, s.at, s.len);
}

void buf_text(struct buf *b, const char *text)
{
    buf_put(b, text, strlen(text));
}

static void little(struct buf *b, uint64_t v, size_t n)
{
    uint8_t *p = buf_add(b, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

void buf_u16le(struct buf *b, uint16_t v)
{
    little(b, v, 2);
}

void buf_u32le(struct buf *b, uint32_t v)
{
    little(b, v, 4);
}

void buf_u64le(struct buf *b, uint64_t v)
{
    little(b, v, 8);
}

void buf_print(struct buf *b, const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || !reserve(b, (size_t)n + 1))
        b->bad = true;
    else
        b->len += (size_t)vsnprintf((char *)b->at + b->len, (size_t)n + 1, format, again);
    va_end(again);
}

void buf_align(struct buf *b, size_t to)
{
    while (!b->bad && b->len % to != 0)
        buf_byte(b, 0);
}

struct span buf_get(const struct buf *b)
{
    return span_make(b->at, b->len);
}
