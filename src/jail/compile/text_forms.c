/* Spellings of text strings. Facts: YARA 4.5 documentation, "base64 strings"; *observed* with yara
 * 4.2.3: only those characters are looked for that the text alone decides, so "abcd" is YWJjZ (5
 * bytes), and at the two other offsets within a group of three FiY2 and hYmNk; with `wide` it is
 * the wide text that is encoded; the plain text itself is not looked for. */
#include "jail/compile/text_forms.h"

enum { OFFSETS = 3, CHAR_BITS = 6, BYTE_BITS = 8 };

static void put(struct forms *out, struct span bytes, bool is_wide)
{
    for (uint32_t i = 0; i < out->count; i++)
        if (span_equal(out->items[i].bytes, bytes) && out->items[i].is_wide == is_wide)
            return;
    if (bytes.len && out->count < FORMS_MAX)
        out->items[out->count++] = (struct form){bytes, is_wide};
}

/* Each byte with a 0 behind it; .at is NULL when out of memory. */
static struct span widen(struct span s, struct arena *a)
{
    uint8_t *bytes = arena_array(a, uint8_t, s.len * 2);
    for (size_t i = 0; bytes && i < s.len; i++)
        bytes[i * 2] = span_byte(s, i);
    return span_make(bytes, bytes ? s.len * 2 : 0);
}

/* The 6 bits of character `i` of the encoding of `s` with `offset` bytes before it. */
static uint8_t char_bits(struct span s, size_t offset, size_t i)
{
    uint8_t value = 0;
    for (size_t bit = i * CHAR_BITS; bit < (i + 1) * CHAR_BITS; bit++) {
        size_t at = bit / BYTE_BITS;
        uint8_t byte = at < offset ? 0 : span_byte(s, at - offset);
        value = (uint8_t)(value << 1 | (byte >> (7 - bit % BYTE_BITS) & 1));
    }
    return value;
}

static struct span encode(struct span s, size_t offset, struct span alphabet, struct arena *a)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (alphabet.len != 64)
        alphabet = SPAN_OF(standard);
    size_t first = (offset * BYTE_BITS + CHAR_BITS - 1) / CHAR_BITS;
    size_t end = (offset + s.len) * BYTE_BITS / CHAR_BITS;
    size_t count = end > first ? end - first : 0;
    uint8_t *chars = arena_array(a, uint8_t, count);
    for (size_t i = 0; chars && i < count; i++)
        chars[i] = span_byte(alphabet, char_bits(s, offset, first + i));
    return span_make(chars, chars ? count : 0);
}

static bool put_encoded(const struct ir_string *s, struct span plain, struct arena *a,
                        struct forms *out)
{
    for (size_t offset = 0; offset < OFFSETS; offset++) {
        struct span narrow = encode(plain, offset, s->base64_alphabet, a);
        struct span wide = widen(encode(plain, offset, s->base64wide_alphabet, a), a);
        if (!narrow.at || !wide.at)
            return false;
        if (s->flags & IR_BASE64)
            put(out, narrow, false);
        if (s->flags & IR_BASE64WIDE)
            put(out, wide, true);
    }
    return true;
}

bool text_forms(const struct ir_string *s, struct arena *a, struct forms *out)
{
    bool is_encoded = s->flags & (IR_BASE64 | IR_BASE64WIDE);
    *out = (struct forms){0};
    for (int pass = 0; pass < 2; pass++) {
        bool is_wide = pass == 1;
        if (!(s->flags & (is_wide ? IR_WIDE : IR_ASCII)))
            continue;
        struct span plain = is_wide ? widen(s->text, a) : s->text;
        if (is_wide && !plain.at)
            return false;
        if (!is_encoded)
            put(out, plain, is_wide);
        else if (!put_encoded(s, plain, a, out))
            return false;
    }
    return true;
}
