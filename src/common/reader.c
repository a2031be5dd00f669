/* The one file, besides bits.c and the kernels in lint/raw-ok.txt, that indexes input bytes. */
#include "common/reader.h"

#include <string.h>

struct span span_make(const void *at, size_t len)
{
    return (struct span){at, len};
}

struct span span_text(const char *text)
{
    return span_make(text, text ? strlen(text) : 0);
}

struct span span_cut(struct span s, size_t from, size_t len)
{
    if (from >= s.len)
        return (struct span){NULL, 0};
    size_t left = s.len - from;
    return (struct span){s.at + from, len < left ? len : left};
}

bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool span_equal_nocase(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

bool span_starts(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_equal(span_cut(s, 0, prefix.len), prefix);
}

int span_order(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

size_t span_find(struct span s, struct span what, size_t from)
{
    if (from > s.len || what.len > s.len - from)
        return SIZE_MAX;
    if (what.len == 0)
        return from;
    const uint8_t *hit = memmem(s.at + from, s.len - from, what.at, what.len);
    return hit ? (size_t)(hit - s.at) : SIZE_MAX;
}

size_t span_find_byte(struct span s, uint8_t byte, size_t from)
{
    if (from >= s.len)
        return SIZE_MAX;
    const uint8_t *hit = memchr(s.at + from, byte, s.len - from);
    return hit ? (size_t)(hit - s.at) : SIZE_MAX;
}

size_t span_find_last(struct span s, struct span what)
{
    if (what.len > s.len)
        return SIZE_MAX;
    for (size_t i = s.len - what.len + 1; i-- > 0;)
        if (what.len == 0 || memcmp(s.at + i, what.at, what.len) == 0)
            return i;
    return SIZE_MAX;
}

bool span_u16le(struct span s, uint64_t at, uint16_t *out)
{
    struct reader r = reader_from(s, at);
    *out = reader_u16le(&r);
    return !r.bad;
}

bool span_u32le(struct span s, uint64_t at, uint32_t *out)
{
    struct reader r = reader_from(s, at);
    *out = reader_u32le(&r);
    return !r.bad;
}

struct reader reader_of(struct span bytes)
{
    return (struct reader){.bytes = bytes};
}

struct reader reader_from(struct span bytes, uint64_t at)
{
    struct reader r = {.bytes = bytes};
    reader_seek(&r, at);
    return r;
}

size_t reader_left(const struct reader *r)
{
    return r->bad ? 0 : r->bytes.len - r->at;
}

/* The next n bytes, or NULL and bad. */
static const uint8_t *next(struct reader *r, size_t n)
{
    if (r->bad || r->bytes.len - r->at < n) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->bytes.at + r->at;
    r->at += n;
    return p;
}

static uint64_t little(struct reader *r, size_t n)
{
    const uint8_t *p = next(r, n);
    uint64_t v = 0;
    for (size_t i = n; p && i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static uint64_t big(struct reader *r, size_t n)
{
    const uint8_t *p = next(r, n);
    uint64_t v = 0;
    for (size_t i = 0; p && i < n; i++)
        v = v << 8 | p[i];
    return v;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)little(r, 1);
}

uint16_t reader_u16le(struct reader *r)
{
    return (uint16_t)little(r, 2);
}

uint32_t reader_u32le(struct reader *r)
{
    return (uint32_t)little(r, 4);
}

uint64_t reader_u64le(struct reader *r)
{
    return little(r, 8);
}

uint16_t reader_u16be(struct reader *r)
{
    return (uint16_t)big(r, 2);
}

uint32_t reader_u32be(struct reader *r)
{
    return (uint32_t)big(r, 4);
}

uint64_t reader_u64be(struct reader *r)
{
    return big(r, 8);
}

void reader_skip(struct reader *r, uint64_t n)
{
    if (r->bad || n > r->bytes.len - r->at)
        r->bad = true;
    else
        r->at += (size_t)n;
}

void reader_seek(struct reader *r, uint64_t at)
{
    if (r->bad || at > r->bytes.len)
        r->bad = true;
    else
        r->at = (size_t)at;
}

struct span reader_take(struct reader *r, uint64_t n)
{
    if (n > SIZE_MAX) {
        r->bad = true;
        return (struct span){NULL, 0};
    }
    const uint8_t *p = next(r, (size_t)n);
    return p ? (struct span){p, (size_t)n} : (struct span){NULL, 0};
}

struct span reader_rest(const struct reader *r)
{
    return r->bad ? (struct span){NULL, 0} : span_cut(r->bytes, r->at, SIZE_MAX);
}

bool add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

bool mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}
