/* YARA's module console: lines for whoever debugs a rule. Every function answers 1. */
#include "common/buf.h"
#include "common/text.h"
#include "jail/facts/byte_range.h"
#include "jail/facts/modules.h"

enum { TEXT_MAX = 4096 };

/* Bytes that are not printable ASCII as \xNN, as YARA shows them. */
static void put_shown(struct buf *b, struct span s)
{
    for (size_t i = 0; i < s.len && b->len < TEXT_MAX; i++) {
        uint8_t c = span_byte(s, i);
        if (text_is_print(c))
            buf_byte(b, c);
        else
            buf_print(b, "\\x%02x", c);
    }
}

static void put_value(struct buf *b, const struct fact *v, bool hex)
{
    if (v->kind == FACT_STRING)
        put_shown(b, v->s);
    else if (v->kind == FACT_FLOAT)
        buf_print(b, "%f", v->f);
    else
        buf_print(b, hex ? "0x%llx" : "%lld", (long long)v->i);
}

/* The message before the value goes out as it is, up to a NUL. */
static struct fact say(struct module_call *call, bool hex)
{
    struct buf b;
    buf_init(&b, 0);
    if (call->arg_count > 1) {
        struct span message = call->args[0].s;
        size_t end = span_find_byte(message, 0, 0);
        buf_span(&b, span_cut(message, 0, end < TEXT_MAX ? end : TEXT_MAX));
    }
    put_value(&b, &call->args[call->arg_count - 1], hex);
    if (call->log && !b.bad)
        call->log(call, buf_get(&b));
    buf_done(&b);
    return value_int(1);
}

static struct fact console_log(struct module_call *call)
{
    return say(call, false);
}

static struct fact console_hex(struct module_call *call)
{
    return say(call, true);
}

static const struct field fields[] = {
    {"log", FACT_FUNCTION, .signature = "s>i", .call = console_log, .doc = "a string"},
    {"log", FACT_FUNCTION, .signature = "ss>i", .call = console_log, .doc = "a message, a string"},
    {"log", FACT_FUNCTION, .signature = "i>i", .call = console_log, .doc = "an integer"},
    {"log", FACT_FUNCTION, .signature = "si>i", .call = console_log,
     .doc = "a message, an integer"},
    {"log", FACT_FUNCTION, .signature = "f>i", .call = console_log, .doc = "a float"},
    {"log", FACT_FUNCTION, .signature = "sf>i", .call = console_log, .doc = "a message, a float"},
    {"hex", FACT_FUNCTION, .signature = "i>i", .call = console_hex, .doc = "in hexadecimal"},
    {"hex", FACT_FUNCTION, .signature = "si>i", .call = console_hex,
     .doc = "a message, then in hexadecimal"},
    {NULL, FACT_UNDEFINED},
};

const struct module module_console = {.name = "console", .fields = fields};
