/* Text helpers. Locale-free on purpose: the jail has none. */
#include "common/text.h"

#include <string.h>

bool text_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool text_is_alpha(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool text_is_alnum(uint8_t c)
{
    return text_is_alpha(c) || text_is_digit(c);
}

bool text_is_print(uint8_t c)
{
    return c >= 0x20 && c <= 0x7e;
}

int text_hex_digit(uint8_t c)
{
    if (text_is_digit(c))
        return c - '0';
    c = text_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_tail(struct span s, size_t at)
{
    return at < s.len && (span_byte(s, at) & 0xc0) == 0x80;
}

size_t text_utf8(struct span s, size_t at)
{
    uint8_t a = span_byte(s, at), b = span_byte(s, at + 1);
    if (at >= s.len)
        return 0;
    if (a < 0x80)
        return 1;
    if (a >= 0xc2 && a <= 0xdf)
        return is_tail(s, at + 1) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef) {
        bool ok = is_tail(s, at + 1) && is_tail(s, at + 2);
        if (a == 0xe0)
            ok = ok && b >= 0xa0; /* overlong */
        if (a == 0xed)
            ok = ok && b <= 0x9f; /* surrogates */
        return ok ? 3 : 0;
    }
    if (a >= 0xf0 && a <= 0xf4) {
        bool ok = is_tail(s, at + 1) && is_tail(s, at + 2) && is_tail(s, at + 3);
        if (a == 0xf0)
            ok = ok && b >= 0x90;
        if (a == 0xf4)
            ok = ok && b <= 0x8f;
        return ok ? 4 : 0;
    }
    return 0;
}

static uint32_t code_point(struct span s, size_t at, size_t n)
{
    static const uint8_t masks[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (uint32_t)(span_byte(s, at) & masks[n]);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (span_byte(s, at + i) & 0x3f);
    return c;
}

/* Controls, and the characters that reorder or hide what stands beside them (UAX 9, 5.0 Cf). */
static bool may_show(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '\\')
        return false;
    if (c >= 0x200b && c <= 0x200f)
        return false;
    if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f))
        return false;
    return c != 0xfeff && c != 0x061c && c != 0xad && !(c >= 0xe0000 && c <= 0xe007f);
}

void text_escape(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.len;) {
        size_t n = text_utf8(s, i);
        if (n > 0 && may_show(code_point(s, i, n))) {
            buf_span(out, span_cut(s, i, n));
            i += n;
            continue;
        }
        if (span_byte(s, i) == '\\') {
            buf_text(out, "\\\\");
            i++;
            continue;
        }
        for (size_t end = i + (n ? n : 1); i < end; i++)
            buf_print(out, "\\x%02x", span_byte(s, i));
    }
}

void text_escape_into(char *out, size_t size, struct span s)
{
    struct buf b;
    buf_init(&b, 0);
    text_escape(&b, s);
    struct span e = buf_get(&b);
    if (size == 0) {
        buf_done(&b);
        return;
    }
    if (e.len < size) {
        if (e.len)
            memcpy(out, e.at, e.len);
        out[e.len] = 0;
    } else {
        size_t keep = size > 4 ? size - 4 : 0;
        while (keep > 0 && (span_byte(e, keep) & 0xc0) == 0x80)
            keep--;
        for (size_t back = 1; back <= 3 && back <= keep; back++)
            if (span_byte(e, keep - back) == '\\') {
                keep -= back;
                break;
            }
        memcpy(out, e.at, keep);
        (void)memcpy(out + keep, "...", size > 4 ? 4 : 1);
        out[size - 1] = 0;
    }
    buf_done(&b);
}

static void json_ascii(struct buf *out, uint8_t c)
{
    if (c == '"' || c == '\\') {
        buf_byte(out, '\\');
        buf_byte(out, c);
    } else if (c == '\n') {
        buf_text(out, "\\n");
    } else if (c == '\t') {
        buf_text(out, "\\t");
    } else if (c < 0x20 || c == 0x7f) {
        buf_print(out, "\\u%04x", c);
    } else {
        buf_byte(out, c);
    }
}

bool text_json(struct buf *out, struct span s)
{
    bool whole = true;
    buf_byte(out, '"');
    for (size_t i = 0; i < s.len;) {
        size_t n = text_utf8(s, i);
        if (n == 0) {
            buf_text(out, "\xef\xbf\xbd");
            whole = false;
            i++;
        } else if (n == 1) {
            json_ascii(out, span_byte(s, i));
            i++;
        } else {
            buf_span(out, span_cut(s, i, n));
            i += n;
        }
    }
    buf_byte(out, '"');
    return whole;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_base64(struct buf *out, struct span s)
{
    for (size_t i = 0; i < s.len; i += 3) {
        uint32_t v = (uint32_t)span_byte(s, i) << 16 | (uint32_t)span_byte(s, i + 1) << 8 |
                     span_byte(s, i + 2);
        size_t have = s.len - i;
        buf_byte(out, (uint8_t)base64_digits[v >> 18 & 63]);
        buf_byte(out, (uint8_t)base64_digits[v >> 12 & 63]);
        buf_byte(out, have > 1 ? (uint8_t)base64_digits[v >> 6 & 63] : '=');
        buf_byte(out, have > 2 ? (uint8_t)base64_digits[v & 63] : '=');
    }
}

static int base64_value(uint8_t c)
{
    const char *p = c ? memchr(base64_digits, c, 64) : NULL;
    return p ? (int)(p - base64_digits) : -1;
}

bool text_unbase64(struct buf *out, struct span s)
{
    size_t start = out->len;
    bool ok = s.len % 4 == 0;
    for (size_t i = 0; ok && i < s.len; i += 4) {
        size_t pad = 0;
        if (i + 4 == s.len)
            pad = span_byte(s, i + 3) != '=' ? 0 : span_byte(s, i + 2) != '=' ? 1 : 2;
        uint32_t v = 0;
        for (size_t j = 0; j < 4; j++) {
            int d = j >= 4 - pad ? 0 : base64_value(span_byte(s, i + j));
            ok = ok && d >= 0;
            v = v << 6 | (uint32_t)(d & 63);
        }
        ok = ok && (pad == 0 || (v & (pad == 1 ? 0xffu : 0xffffu)) == 0); /* canonical only */
        for (size_t j = 0; ok && j < 3 - pad; j++)
            buf_byte(out, (uint8_t)(v >> (16 - 8 * j)));
    }
    if (!ok)
        out->len = start;
    return ok && !out->bad;
}

void text_hex(struct buf *out, struct span s)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < s.len; i++) {
        buf_byte(out, (uint8_t)digits[span_byte(s, i) >> 4]);
        buf_byte(out, (uint8_t)digits[span_byte(s, i) & 15]);
    }
}

bool text_unhex(struct buf *out, struct span s)
{
    size_t start = out->len;
    bool ok = s.len % 2 == 0;
    for (size_t i = 0; ok && i < s.len; i += 2) {
        int hi = text_hex_digit(span_byte(s, i)), lo = text_hex_digit(span_byte(s, i + 1));
        ok = hi >= 0 && lo >= 0;
        if (ok)
            buf_byte(out, (uint8_t)(hi << 4 | lo));
    }
    if (!ok)
        out->len = start;
    return ok && !out->bad;
}

bool text_u64(struct span s, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (!text_is_digit(c) || !mul_u64(v, 10, &v) || !add_u64(v, (uint64_t)(c - '0'), &v))
            return false;
    }
    if (s.len > 0)
        *out = v;
    return s.len > 0;
}

bool text_hex_u64(struct span s, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        int d = text_hex_digit(span_byte(s, i));
        if (d < 0 || v >> 60)
            return false;
        v = v << 4 | (uint64_t)d;
    }
    if (s.len > 0)
        *out = v;
    return s.len > 0;
}

bool text_size(struct span s, uint64_t *out)
{
    size_t n = 0;
    while (n < s.len && text_is_digit(span_byte(s, n)))
        n++;
    uint64_t v;
    if (!text_u64(span_cut(s, 0, n), &v))
        return false;
    struct span unit = span_cut(s, n, SIZE_MAX);
    if (unit.len > 1 && text_lower(span_byte(unit, unit.len - 1)) == 'b')
        unit.len--;
    if (unit.len > 1 && text_lower(span_byte(unit, unit.len - 1)) == 'i')
        unit.len--;
    if (unit.len > 1)
        return false;
    static const char units[] = "kmgt";
    uint64_t factor = 1;
    if (unit.len == 1) {
        const char *p = strchr(units, text_lower(span_byte(unit, 0)));
        if (!p || !*p)
            return text_lower(span_byte(unit, 0)) == 'b' ? (*out = v, true) : false;
        factor = (uint64_t)1 << (10 * (p - units + 1));
    }
    return mul_u64(v, factor, out);
}

double text_double(struct span s)
{
    bool negative = span_byte(s, 0) == '-';
    double v = 0, unit = 1;
    bool after = false;
    for (size_t i = negative; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (c == '.' && !after) {
            after = true;
            continue;
        }
        if (!text_is_digit(c))
            return 0;
        v = v * 10 + (c - '0');
        if (after)
            unit *= 10;
    }
    return negative ? -v / unit : v / unit;
}

struct span text_trim(struct span s)
{
    while (s.len > 0 && text_is_space(span_byte(s, 0)))
        s = span_cut(s, 1, SIZE_MAX);
    while (s.len > 0 && text_is_space(span_byte(s, s.len - 1)))
        s.len--;
    return s;
}

bool text_line(struct span *rest, struct span *line)
{
    if (rest->len == 0)
        return false;
    size_t end = span_find_byte(*rest, '\n', 0);
    size_t len = end == SIZE_MAX ? rest->len : end;
    *line = span_cut(*rest, 0, len);
    *rest = span_cut(*rest, end == SIZE_MAX ? len : len + 1, SIZE_MAX);
    if (line->len > 0 && span_byte(*line, line->len - 1) == '\r')
        line->len--;
    return true;
}

bool text_field(struct span *rest, uint8_t sep, struct span *field)
{
    if (!rest->at)
        return false;
    size_t end = span_find_byte(*rest, sep, 0);
    if (end == SIZE_MAX) {
        *field = *rest;
        *rest = (struct span){NULL, 0};
        return true;
    }
    *field = span_cut(*rest, 0, end);
    *rest = (struct span){rest->at + end + 1, rest->len - end - 1};
    return true;
}
