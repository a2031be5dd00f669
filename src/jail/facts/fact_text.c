/* UTF-8 out of bytes and UTF-16. An attacker typed both. Unicode 15, 3.9: ill-formed parts become one
 * U+FFFD for each maximal beginning of a well-formed sequence, and for each other byte. */
#include "jail/facts/fact_text.h"

#include "common/text.h"
#include "jail/facts/fact_build.h"

enum { REPLACEMENT = 0xfffd };

static void put(uint8_t *out, size_t *len, uint32_t point)
{
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    out[(*len)++] = (uint8_t)(heads[more] | point >> (6 * more));
    while (more-- > 0)
        out[(*len)++] = (uint8_t)(0x80 | (point >> (6 * more) & 0x3f));
}

/* Whether `second` may follow `first` in a sequence of three or four. */
static bool may_follow(uint8_t first, uint8_t second)
{
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= most;
}

/* Bytes of the ill-formed part at `at`: a sequence that breaks off, or one byte. */
static size_t bad_bytes(struct span s, size_t at)
{
    uint8_t first = span_byte(s, at);
    if (first < 0xe0 || first > 0xf4 || at + 1 >= s.len || !may_follow(first, span_byte(s, at + 1)))
        return 1;
    bool has_third = first >= 0xf0 && at + 2 < s.len && (span_byte(s, at + 2) & 0xc0) == 0x80;
    return has_third ? 3 : 2;
}

static bool is_ascii(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (span_byte(s, i) >= 0x80)
            return false;
    return true;
}

void fact_set_utf8(struct fact *f, struct arena *a, struct span bytes)
{
    if (is_ascii(bytes)) {
        fact_set_span(f, bytes);
        return;
    }
    size_t len = 0;
    uint8_t *out = arena_alloc(a, bytes.len, 3); /* the worst: each byte becomes U+FFFD */
    if (!out)
        return;
    for (size_t at = 0; at < bytes.len;) {
        size_t n = text_utf8(bytes, at);
        for (size_t i = 0; i < n; i++)
            out[len++] = span_byte(bytes, at + i);
        if (n == 0) {
            put(out, &len, REPLACEMENT);
            n = bad_bytes(bytes, at);
        }
        at += n;
    }
    fact_set_span(f, span_make(out, len));
}

void fact_set_utf16(struct fact *f, struct arena *a, struct span bytes)
{
    struct reader r = reader_of(bytes);
    size_t len = 0;
    uint8_t *out = arena_alloc(a, bytes.len / 2, 3); /* two units make four bytes at most */
    if (!out)
        return;
    while (reader_left(&r) >= 2) {
        uint32_t unit = reader_u16le(&r), point = unit;
        uint16_t low = 0;
        if (unit == 0)
            break;
        if (unit >= 0xd800 && unit <= 0xdfff) {
            point = REPLACEMENT;
            struct reader ahead = r;
            low = reader_left(&ahead) >= 2 ? reader_u16le(&ahead) : 0;
            if (unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
                point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00u);
                r = ahead;
            }
        }
        put(out, &len, point);
    }
    fact_set_span(f, span_make(out, len));
}

void fact_set_guid(struct fact *f, struct arena *a, struct span bytes)
{
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char digits[] = "0123456789abcdef";
    uint8_t *out = bytes.len == sizeof order ? arena_alloc(a, 36, 1) : NULL;
    size_t len = 0;
    for (size_t i = 0; out && i < sizeof order; i++) {
        uint8_t b = span_byte(bytes, order[i]);
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[len++] = '-';
        out[len++] = (uint8_t)digits[b >> 4];
        out[len++] = (uint8_t)digits[b & 15];
    }
    if (out)
        fact_set_span(f, span_make(out, len));
}

struct span fact_c_text(struct span bytes)
{
    return span_cut(bytes, 0, span_find_byte(bytes, 0, 0));
}
