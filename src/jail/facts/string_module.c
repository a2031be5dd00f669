/* YARA's module string: length and numbers from text, read as C's strtoll reads them. */
#include "common/text.h"
#include "jail/facts/byte_range.h"
#include "jail/facts/modules.h"

/* 0..35, or 99. */
static unsigned digit_of(uint8_t c)
{
    if (text_is_digit(c))
        return (unsigned)(c - '0');
    return text_is_alpha(c) ? (unsigned)(text_lower(c) - 'a' + 10) : 99;
}

/* Base 0: "0x" and "0" prefixes say. Leading white space and one sign are allowed, nothing may
 * follow; out of range is refused. *Observed*: "0x" without a digit behind is no number. */
static bool parse(struct span s, int64_t base, int64_t *out)
{
    size_t at = 0;
    if (base < 0 || base == 1 || base > 36)
        return false;
    while (text_is_space(span_byte(s, at)))
        at++;
    bool negative = span_byte(s, at) == '-';
    at += negative || span_byte(s, at) == '+';
    bool hex = span_byte(s, at) == '0' && text_lower(span_byte(s, at + 1)) == 'x' &&
               digit_of(span_byte(s, at + 2)) < 16;
    if (base == 0)
        base = hex ? 16 : span_byte(s, at) == '0' ? 8 : 10;
    if (base == 16 && hex)
        at += 2;
    uint64_t v = 0, most = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    size_t first = at;
    for (; at < s.len && digit_of(span_byte(s, at)) < (uint64_t)base; at++)
        if (!mul_u64(v, (uint64_t)base, &v) || !add_u64(v, digit_of(span_byte(s, at)), &v) ||
            v > most)
            return false;
    /* C strings end at a NUL. */
    if (at == first || (at < s.len && span_byte(s, at) != 0))
        return false;
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

static struct fact to_int(struct module_call *call)
{
    int64_t v;
    int64_t base = call->arg_count > 1 ? call->args[1].i : 0;
    return parse(call->args[0].s, base, &v) ? value_int(v) : value_undefined();
}

static struct fact length(struct module_call *call)
{
    return value_int((int64_t)call->args[0].s.len);
}

static const struct field fields[] = {
    {"to_int", FACT_FUNCTION, .signature = "s>i", .call = to_int,
     .doc = "the number a text is, 0x and 0 prefixes known; else undefined"},
    {"to_int", FACT_FUNCTION, .signature = "si>i", .call = to_int, .doc = "the same in a base"},
    {"length", FACT_FUNCTION, .signature = "s>i", .call = length, .doc = "bytes in a string"},
    {NULL, FACT_UNDEFINED},
};

const struct module module_string = {.name = "string", .fields = fields};
