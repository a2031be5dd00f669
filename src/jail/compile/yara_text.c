/* Numbers and escapes of YARA sources; hostile bytes. Facts: YARA's manual; '_' and fractions of
 * any length are YARA-X's. Overflow is an error as in yarac, hexadecimal above 2^63-1 included. */
#include "jail/compile/yara_text.h"

#include "common/text.h"

static int digit_of(uint8_t c, int base)
{
    int d = text_hex_digit(c);
    return d >= 0 && d < base ? d : -1;
}

struct digits {
    size_t end; /* one past the last digit */
    int64_t i;
    bool overflow;
};

static struct digits read_digits(struct span s, size_t from, int base)
{
    struct digits d = {.end = from};
    for (size_t i = from; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        int value = digit_of(c, base);
        /* An underscore counts only between digits, so that 1_ is 1 and a name. */
        if (c == '_' && i > from && digit_of(span_byte(s, i + 1), base) >= 0)
            continue;
        if (value < 0)
            break;
        d.overflow |= __builtin_mul_overflow(d.i, (int64_t)base, &d.i) ||
                      __builtin_add_overflow(d.i, (int64_t)value, &d.i);
        d.end = i + 1;
    }
    return d;
}

/* A longer fraction is refused: text_double counts in powers of ten below 1e308. */
enum { FRACTION_MAX_BYTES = 300 };

static double fraction(struct span s)
{
    uint8_t clean[FRACTION_MAX_BYTES];
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < sizeof clean; i++)
        if (span_byte(s, i) != '_')
            clean[n++] = span_byte(s, i);
    return text_double(span_make(clean, n));
}

static struct yara_number with_unit(struct span s, struct digits d)
{
    struct yara_number n = {.len = d.end, .i = d.i};
    struct span unit = span_cut(s, d.end, 2);
    int64_t factor = span_equal(unit, SPAN_OF("KB"))   ? 1024
                     : span_equal(unit, SPAN_OF("MB")) ? 1024 * 1024
                                                       : 1;
    if (factor > 1)
        n.len += 2;
    if (d.overflow || __builtin_mul_overflow(n.i, factor, &n.i))
        n.error = "number past 9223372036854775807";
    return n;
}

static struct yara_number in_base(struct span s, int base)
{
    struct digits d = read_digits(s, 2, base);
    struct yara_number n = {.len = d.end, .i = d.i};
    if (d.overflow)
        n.error = "number past 9223372036854775807";
    return n;
}

struct yara_number yara_text_number(struct span s)
{
    uint8_t second = span_byte(s, 1), third = span_byte(s, 2);
    if (span_byte(s, 0) == '0' && second == 'x' && digit_of(third, 16) >= 0)
        return in_base(s, 16);
    if (span_byte(s, 0) == '0' && second == 'o' && digit_of(third, 8) >= 0)
        return in_base(s, 8);
    struct digits d = read_digits(s, 0, 10);
    if (span_byte(s, d.end) != '.' || digit_of(span_byte(s, d.end + 1), 10) < 0)
        return with_unit(s, d);
    struct digits behind = read_digits(s, d.end + 1, 10);
    struct yara_number n = {
        .len = behind.end, .is_float = true, .f = fraction(span_cut(s, 0, behind.end))};
    if (n.len > FRACTION_MAX_BYTES)
        n.error = "fraction longer than 300 digits";
    return n;
}

/* Bytes an escape takes, its value in *out; 0 when it is none. */
static size_t unescape_one(struct span s, size_t at, uint8_t *out)
{
    int high, low;
    switch (span_byte(s, at + 1)) {
    case '"':
        *out = '"';
        return 2;
    case '\\':
        *out = '\\';
        return 2;
    case 't':
        *out = '\t';
        return 2;
    case 'n':
        *out = '\n';
        return 2;
    case 'r':
        *out = '\r';
        return 2;
    case 'x':
        high = text_hex_digit(span_byte(s, at + 2));
        low = text_hex_digit(span_byte(s, at + 3));
        *out = (uint8_t)(high * 16 + low);
        return high < 0 || low < 0 ? 0 : 4;
    default:
        return 0;
    }
}

struct span yara_text_unescape(struct span s, struct arena *a, const char **error)
{
    uint8_t *bytes = arena_alloc(a, s.len + 1, 1);
    size_t len = 0;
    if (!bytes)
        return (struct span){NULL, 0};
    for (size_t i = 0; i < s.len;) {
        size_t n = 1;
        uint8_t c = span_byte(s, i);
        if (c == '\\')
            n = unescape_one(s, i, &c);
        if (n == 0) {
            *error = "unknown escape in a text: expected \\\" \\\\ \\t \\n \\r or \\x and two hex "
                     "digits";
            return (struct span){NULL, 0};
        }
        bytes[len++] = c;
        i += n;
    }
    return span_make(bytes, len);
}

struct span yara_text_dollar(struct span s, struct arena *a)
{
    uint8_t *bytes = arena_alloc(a, s.len + 1, 1);
    if (!bytes)
        return (struct span){NULL, 0};
    bytes[0] = '$';
    for (size_t i = 1; i < s.len; i++)
        bytes[i] = span_byte(s, i);
    return span_make(bytes, s.len);
}
