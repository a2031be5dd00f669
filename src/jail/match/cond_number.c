/* Numbers written as text, as ClamAV's byte comparisons read them. The bytes are a stranger's.
 * Facts: ClamAV's manual, "Byte compare subsignatures"; *observed* with clamscan 1.4.6: white space
 * in front is skipped, unless all bytes must be digits; text that is no number is 0; a number that
 * does not fit into 64 bits is none; little-endian ones are turned around two digits at a time, an
 * odd digit or what is no digit being a trap; nothing is read at the object's first byte. */
#include "jail/match/cond.h"

#include "common/text.h"

enum { BYTES_MOST = 256 };

struct digits {
    uint8_t chars[BYTES_MOST + 1];
    uint32_t len;
};

static bool is_white(uint8_t c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

static bool is_x(uint8_t c)
{
    return c == 'x' || c == 'X';
}

static bool has_prefix(struct span s)
{
    return s.len >= 3 && span_byte(s, 0) == '0' && is_x(span_byte(s, 1));
}

/* As strtol: white space, a sign, 0x, digits. *used: bytes up to the end of the number, 0 without
 * one. False: it does not fit. */
static bool parse(struct span s, unsigned base, int64_t *value, size_t *used)
{
    size_t at = 0, digits = 0;
    uint64_t n = 0;
    while (is_white(span_byte(s, at)))
        at++;
    bool negative = span_byte(s, at) == '-';
    at += negative || span_byte(s, at) == '+';
    if (base == 16 && span_byte(s, at) == '0' && is_x(span_byte(s, at + 1)))
        at += 2;
    for (; at < s.len; at++, digits++) {
        int digit = text_hex_digit(span_byte(s, at));
        if (digit < 0 || (unsigned)digit >= base)
            break;
        if (n > (INT64_MAX - (uint64_t)digit) / base)
            return false;
        n = n * base + (uint64_t)digit;
    }
    *value = negative ? -(int64_t)n : (int64_t)n;
    *used = digits ? at : 0;
    return true;
}

/* Two digits at a time from the end; what is no digit makes zeros of all that came before. */
static void turn_around(struct span s, struct digits *out)
{
    struct digits padded = {.len = ((uint32_t)s.len + 1) & ~1u};
    uint32_t odd = padded.len - (uint32_t)s.len, from = odd && has_prefix(s) ? 2 : 0;
    out->len = padded.len;
    for (uint32_t i = 0; i < padded.len; i++)
        padded.chars[i] = out->chars[i] = '0';
    for (uint32_t i = from; i < s.len; i++)
        padded.chars[i + odd] = span_byte(s, i);
    if (has_prefix(s))
        padded.chars[0] = 'x';
    for (uint32_t i = 0; i < padded.len; i += 2) {
        for (uint32_t k = 0; k < 2; k++) {
            uint8_t c = padded.chars[padded.len - i - 2 + k];
            if (text_hex_digit(c) < 0 && !is_x(c)) {
                for (uint32_t z = 0; z < padded.len; z++)
                    out->chars[z] = '0';
                break;
            }
            out->chars[i + k] = c;
        }
    }
    if (s.len == 1) {
        out->chars[0] = span_byte(s, 0);
        out->len = 1;
    }
}

static bool read_number(struct span s, unsigned form, int64_t *value)
{
    struct digits turned;
    size_t white = 0, used = 0;
    while (is_white(span_byte(s, white)))
        white++;
    struct span text = span_cut(s, white, SIZE_MAX), digits = text;
    if (form & COND_NUMBER_AUTO) {
        if (text.len < 3)
            return false;
        form |= has_prefix(text) ? COND_NUMBER_HEX : 0;
    }
    bool is_hex = form & COND_NUMBER_HEX;
    if (form & COND_NUMBER_LITTLE) {
        if (!is_hex)
            return false;
        turn_around(text, &turned);
        digits = span_make(turned.chars, turned.len);
    }
    if (!parse(digits, is_hex ? 16 : 10, value, &used))
        return false;
    return !(form & COND_NUMBER_EXACT) || (white == 0 && used == text.len);
}

void cond_read_text(struct cond *c, const struct image_insn *i)
{
    struct cond_value at = cond_pop(c);
    struct source *s = &c->now.object->source;
    int64_t value;
    if (at.kind != COND_V_INT || at.i <= 0 || s->size < i->a || (uint64_t)at.i > s->size - i->a ||
        !read_number(source_view(s, (uint64_t)at.i, i->a), i->b, &value))
        cond_push_undefined(c);
    else
        cond_push_int(c, value);
}
