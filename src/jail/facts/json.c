/* JSON: the check of a whole text and the looking into a checked one. An attacker typed every byte.
 * Format: RFC 8259. What jansson 2.14 refuses is refused: observed. Nothing here recurses: the
 * check keeps one bit a level. */
#include "jail/facts/json.h"

#include "common/err.h"
#include "common/limits.h"
#include "common/text.h"

enum { DOUBLE_EXPONENT_MAX = 308, LEVEL_BYTES = 257 /* of LIMIT_JSON_DEPTH bits, from 1 */ };

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_space(struct span s, size_t at)
{
    while (at < s.len && is_space(span_byte(s, at)))
        at++;
    return at;
}

/* --- the check --- */

struct check {
    struct span text;
    size_t at;
    uint32_t depth;
    uint8_t arrays[LEVEL_BYTES]; /* bit per level: an array, not an object */
    const char *fault;
};

static bool give_up(struct check *c, const char *fault)
{
    c->fault = fault;
    return false;
}

static uint8_t peek(const struct check *c)
{
    return span_byte(c->text, c->at);
}

static bool hex4(struct span s, size_t at, uint32_t *out)
{
    *out = 0;
    for (size_t i = at; i < at + 4; i++) {
        int d = i < s.len ? text_hex_digit(span_byte(s, i)) : -1;
        if (d < 0)
            return false;
        *out = *out << 4 | (uint32_t)d;
    }
    return true;
}

/* The code point of the escape \u at `at`, one or two of them; *len bytes. False: none, or half of
 * a pair. */
static bool escape_u(struct span s, size_t at, uint32_t *point, size_t *len)
{
    uint32_t low;
    if (!hex4(s, at + 2, point))
        return false;
    *len = 6;
    if (*point < 0xd800 || *point > 0xdfff)
        return true;
    if (*point > 0xdbff || span_byte(s, at + 6) != '\\' || span_byte(s, at + 7) != 'u' ||
        !hex4(s, at + 8, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
    *len = 12;
    return true;
}

static bool check_escape(struct check *c, bool is_key)
{
    static const char letters[] = "\"\\/bfnrt";
    uint8_t e = span_byte(c->text, c->at + 1);
    uint32_t point;
    size_t len = 2;
    if (e == 'u') {
        if (!escape_u(c->text, c->at, &point, &len))
            return give_up(c, "a bad \\u in a text");
        if (point == 0 && is_key)
            return give_up(c, "a NUL in a key");
    } else if (span_find_byte(SPAN_OF(letters), e, 0) == SIZE_MAX) {
        return give_up(c, "an unknown escape");
    }
    c->at += len;
    return true;
}

static bool check_text(struct check *c, bool is_key)
{
    if (peek(c) != '"')
        return give_up(c, "a text is missing");
    c->at++;
    while (c->at < c->text.len && peek(c) != '"') {
        uint8_t b = peek(c);
        if (b < 0x20)
            return give_up(c, "a control character in a text");
        if (b == '\\') {
            if (!check_escape(c, is_key))
                return false;
            continue;
        }
        size_t len = b < 0x80 ? 1 : text_utf8(c->text, c->at);
        if (len == 0)
            return give_up(c, "bytes that are no UTF-8");
        c->at += len;
    }
    if (c->at >= c->text.len)
        return give_up(c, "a text without its end");
    c->at++;
    return true;
}

static size_t skip_digits(struct check *c)
{
    size_t from = c->at;
    while (text_is_digit(peek(c)))
        c->at++;
    return c->at - from;
}

/* The power of ten of the first digit that is no 0, the decimal point before the exponent alone
 * counted; false when there is none. */
static bool magnitude(struct span digits, int64_t *out)
{
    size_t dot = span_find_byte(digits, '.', 0), first = 0;
    while (first < digits.len && (span_byte(digits, first) == '0' || first == dot))
        first++;
    if (dot == SIZE_MAX)
        dot = digits.len;
    *out = first < dot ? (int64_t)(dot - first) - 1 : (int64_t)dot - (int64_t)first;
    return first < digits.len;
}

/* From 10^309 on no double holds it. (Those from 1.8*10^308 on pass, which jansson refuses.) */
static bool check_real(struct check *c, struct span whole)
{
    size_t e = 0;
    while (e < whole.len && text_lower(span_byte(whole, e)) != 'e')
        e++;
    struct span exponent = span_cut(whole, e + 1, SIZE_MAX);
    size_t minus = span_byte(whole, 0) == '-';
    bool is_small = span_byte(exponent, 0) == '-';
    if (is_small || span_byte(exponent, 0) == '+')
        exponent = span_cut(exponent, 1, SIZE_MAX);
    int64_t power = 0, at;
    bool known = exponent.len == 0 || (json_int(exponent, &power) && power < INT32_MAX);
    if (!magnitude(span_cut(whole, minus, e - minus), &at) || (is_small && !known))
        return true;
    if (!known || at + (is_small ? -power : power) > DOUBLE_EXPONENT_MAX)
        return give_up(c, "a number too large");
    return true;
}

static bool check_number(struct check *c)
{
    size_t from = c->at;
    int64_t v;
    bool is_real = false;
    if (peek(c) == '-')
        c->at++;
    size_t zero = peek(c) == '0';
    size_t digits = skip_digits(c);
    if (digits == 0 || (zero && digits > 1))
        return give_up(c, "a bad number");
    if (peek(c) == '.') {
        is_real = true;
        c->at++;
        if (skip_digits(c) == 0)
            return give_up(c, "a bad number");
    }
    if (text_lower(peek(c)) == 'e') {
        is_real = true;
        c->at++;
        if (peek(c) == '-' || peek(c) == '+')
            c->at++;
        if (skip_digits(c) == 0)
            return give_up(c, "a bad number");
    }
    struct span whole = span_cut(c->text, from, c->at - from);
    if (is_real)
        return check_real(c, whole);
    return json_int(whole, &v) || give_up(c, "an integer too large");
}

static bool check_word(struct check *c)
{
    static const char *const words[] = {"true", "false", "null"};
    struct span rest = span_cut(c->text, c->at, SIZE_MAX);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct span word = span_text(words[i]);
        if (span_starts(rest, word) && !text_is_alpha(span_byte(rest, word.len))) {
            c->at += word.len;
            return true;
        }
    }
    return give_up(c, "a value is missing");
}

static bool is_array(const struct check *c)
{
    return c->arrays[c->depth / 8] >> (c->depth % 8) & 1;
}

static bool open_level(struct check *c)
{
    if (c->depth >= LIMIT_JSON_DEPTH)
        return give_up(c, "too many levels");
    c->depth++;
    uint8_t bit = (uint8_t)(1 << (c->depth % 8));
    c->arrays[c->depth / 8] &= (uint8_t)~bit;
    if (peek(c) == '[')
        c->arrays[c->depth / 8] |= bit;
    c->at++;
    return true;
}

static void pass_space(struct check *c)
{
    c->at = skip_space(c->text, c->at);
}

static bool check_key(struct check *c)
{
    pass_space(c);
    if (!check_text(c, true))
        return false;
    pass_space(c);
    if (peek(c) != ':')
        return give_up(c, "a colon is missing");
    c->at++;
    return true;
}

/* Behind a value: closes what ends here, and stands before the next value or at the end. */
static bool check_behind(struct check *c)
{
    for (;;) {
        pass_space(c);
        uint8_t close = is_array(c) ? ']' : '}';
        if (c->depth == 0)
            return true;
        if (peek(c) == ',') {
            c->at++;
            return is_array(c) || check_key(c);
        }
        if (peek(c) != close)
            return give_up(c, "a comma or bracket is missing");
        c->at++;
        c->depth--;
    }
}

/* One value that is no container, or the beginning of one. *closed: it is done. */
static bool check_value(struct check *c, bool *closed)
{
    uint8_t b = peek(c);
    *closed = true;
    if (b == '"')
        return check_text(c, false);
    if (b == '-' || text_is_digit(b))
        return check_number(c);
    if (b != '[' && b != '{')
        return check_word(c);
    if (!open_level(c))
        return false;
    pass_space(c);
    if (peek(c) == (b == '[' ? ']' : '}')) {
        c->at++;
        c->depth--;
        return true;
    }
    *closed = false;
    return b == '[' || check_key(c);
}

const char *json_fault(struct span text)
{
    struct check c = {.text = text};
    must(LIMIT_JSON_DEPTH < 8 * LEVEL_BYTES);
    pass_space(&c);
    if (peek(&c) != '[' && peek(&c) != '{')
        return "neither an array nor an object";
    do {
        bool closed;
        pass_space(&c);
        if (!check_value(&c, &closed) || (closed && !check_behind(&c)))
            return c.fault;
    } while (c.depth > 0);
    return c.at == text.len ? NULL : "something behind its end";
}

/* --- looking into a checked text --- */

/* The end of the text that begins at `at`. */
static size_t text_end(struct span s, size_t at)
{
    for (at++; at < s.len && span_byte(s, at) != '"'; at++)
        if (span_byte(s, at) == '\\')
            at++;
    return at < s.len ? at + 1 : s.len;
}

/* The end of the value that begins at `at`. */
static size_t value_end(struct span s, size_t at)
{
    uint32_t depth = 0;
    for (;;) {
        uint8_t b = span_byte(s, at);
        if (at >= s.len || (depth == 0 && (b == ',' || b == ']' || b == '}' || is_space(b))))
            return at;
        at = b == '"' ? text_end(s, at) : at + 1;
        depth += b == '[' || b == '{';
        if (b == ']' || b == '}')
            depth--;
        if (depth == 0 && (b == '"' || b == ']' || b == '}'))
            return at;
    }
}

/* Cuts the value that comes next, after white space and commas; false before a bracket. */
static bool cut_value(struct span *rest, struct span *value)
{
    size_t at = 0;
    while (is_space(span_byte(*rest, at)) || span_byte(*rest, at) == ',' ||
           span_byte(*rest, at) == ':')
        at++;
    size_t end = value_end(*rest, at);
    *value = span_cut(*rest, at, end - at);
    *rest = span_cut(*rest, end, SIZE_MAX);
    return value->len > 0;
}

struct span json_root(struct span text)
{
    struct span value = {NULL, 0};
    (void)cut_value(&text, &value);
    return value;
}

static struct span inside(struct span value, uint8_t open)
{
    return span_byte(value, 0) == open ? span_cut(value, 1, SIZE_MAX) : (struct span){NULL, 0};
}

static void put_utf8(uint8_t *out, size_t *len, uint32_t point)
{
    unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t heads[] = {0, 0xc0, 0xe0, 0xf0};
    out[(*len)++] = (uint8_t)(heads[more] | point >> (6 * more));
    while (more-- > 0)
        out[(*len)++] = (uint8_t)(0x80 | (point >> (6 * more) & 0x3f));
}

/* Undoes escapes; `out` has room for all of `s`, for nothing grows. */
static size_t undo(struct span s, uint8_t *out)
{
    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";
    size_t len = 0;
    for (size_t at = 0; at < s.len; at++) {
        uint8_t b = span_byte(s, at);
        uint32_t point = b;
        size_t used = 6;
        if (b != '\\') {
            out[len++] = b;
            continue;
        }
        b = span_byte(s, ++at);
        size_t known = span_find_byte(SPAN_OF(letters), b, 0);
        if (b == 'u' && escape_u(s, at - 1, &point, &used)) {
            put_utf8(out, &len, point);
            at += used - 2;
        } else {
            out[len++] = known == SIZE_MAX ? b : span_byte(SPAN_OF(values), known);
        }
    }
    return len;
}

bool json_text(struct span value, struct arena *a, struct span *out, bool *bad)
{
    if (span_byte(value, 0) != '"' || value.len < 2)
        return false;
    struct span raw = span_cut(value, 1, value.len - 2);
    *out = raw;
    if (span_find_byte(raw, '\\', 0) == SIZE_MAX)
        return true;
    uint8_t *made = arena_alloc(a, raw.len, 1);
    *bad = *bad || !made;
    if (!made)
        return false;
    *out = span_make(made, undo(raw, made));
    return true;
}

/* A key as it is compared: escapes count for what they mean. */
static bool is_key(struct span key, struct span name)
{
    uint8_t made[64];
    struct span raw = span_cut(key, 1, key.len - 2);
    if (span_find_byte(raw, '\\', 0) == SIZE_MAX)
        return span_equal(raw, name);
    /* an escape takes up to 12 bytes for one to four */
    return raw.len <= sizeof made && span_equal(span_make(made, undo(raw, made)), name);
}

struct span json_get(struct span value, struct span name)
{
    struct span rest = inside(value, '{'), key, kid, found = {NULL, 0};
    while (cut_value(&rest, &key) && cut_value(&rest, &kid))
        if (is_key(key, name))
            found = kid;
    return found;
}

struct json_items json_items(struct span value)
{
    return (struct json_items){inside(value, '[')};
}

bool json_next(struct json_items *items, struct span *value)
{
    return cut_value(&items->rest, value);
}

bool json_int(struct span value, int64_t *out)
{
    bool negative = span_byte(value, 0) == '-';
    uint64_t v, most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    if (!text_u64(negative ? span_cut(value, 1, SIZE_MAX) : value, &v) || v > most)
        return false;
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}
