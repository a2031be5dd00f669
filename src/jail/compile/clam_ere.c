/* POSIX extended regular expressions, as ClamAV compiles those of .cdb: rewritten for regex_parse.
 * Hostile bytes: a database's. Facts: POSIX.1-2017, "Extended Regular Expressions"; *observed*:
 * "(?i)" before all means without case; '\' before any character means that character, in brackets
 * itself; ')' and '{' that close and count nothing mean themselves; an empty branch, and a repeat
 * of a repeat or of nothing, are refused. Refused here alone: "()", "$*" and borders of words. */
#include "jail/compile/clam.h"

#include "common/text.h"

enum { ESCAPED = 4, REPEAT_MOST = 255 };

struct ere {
    struct clam *c;
    struct span text;
    size_t at;
    uint8_t *out;
    size_t len;
    uint32_t depth;     /* of parentheses */
    bool is_empty;      /* nothing stands in this branch yet */
    bool is_repeatable; /* what stands last */
};

static bool refuse(const struct ere *e, const char *text)
{
    return clam_refuse(e->c, span_cut(e->text, e->at < e->text.len ? e->at : 0, 1), text);
}

static void put(struct ere *e, uint8_t byte)
{
    e->out[e->len++] = byte;
}

/* "\xHH": means itself wherever it stands. */
static void put_literal(struct ere *e, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    put(e, '\\');
    put(e, 'x');
    put(e, (uint8_t)digits[byte >> 4]);
    put(e, (uint8_t)digits[byte & 15]);
}

static void put_atom(struct ere *e)
{
    e->is_empty = false;
    e->is_repeatable = true;
}

static uint8_t look(const struct ere *e, size_t ahead)
{
    return span_byte(e->text, e->at + ahead);
}

/* One character of a class, or a range; at the first of it. */
static bool class_item(struct ere *e)
{
    uint8_t low = look(e, 0), next = look(e, 1);
    if (low == '[' && (next == '.' || next == '=' || next == ':'))
        return refuse(e, "classes by name are not supported");
    put_literal(e, low);
    e->at++;
    bool is_range = next == '-' && look(e, 1) != ']' && e->at + 1 < e->text.len;
    if (!is_range)
        return true;
    uint8_t high = look(e, 1);
    if (high < low)
        return refuse(e, "a range of a class ends before it begins");
    put(e, '-');
    put_literal(e, high);
    e->at += 2;
    return true;
}

static bool class(struct ere *e)
{
    put(e, '[');
    e->at++;
    if (look(e, 0) == '^') {
        put(e, '^');
        e->at++;
    }
    for (bool first = true; first || look(e, 0) != ']'; first = false)
        if (e->at >= e->text.len)
            return refuse(e, "']' expected");
        else if (!class_item(e))
            return false;
    put(e, ']');
    e->at++;
    put_atom(e);
    return true;
}

/* "{n}", "{n,}", "{n,m}"; at the brace. */
static bool bounds(struct ere *e)
{
    uint64_t low, high;
    size_t close = span_find_byte(e->text, '}', e->at);
    struct span inside = span_cut(e->text, e->at + 1, close == SIZE_MAX ? 0 : close - e->at - 1);
    struct span rest = inside, first;
    bool has_comma = span_find_byte(inside, ',', 0) != SIZE_MAX;
    if (!text_field(&rest, ',', &first) || !text_u64(first, &low) || low > REPEAT_MOST)
        return refuse(e, "expected numbers up to 255 between braces");
    high = low;
    if (has_comma && rest.len && (!text_u64(rest, &high) || high > REPEAT_MOST || high < low))
        return refuse(e, "expected numbers up to 255 between braces");
    for (; e->at <= close; e->at++)
        put(e, look(e, 0));
    e->is_repeatable = false;
    return true;
}

static bool repeat(struct ere *e)
{
    if (!e->is_repeatable)
        return refuse(e, "nothing stands here to be repeated");
    if (look(e, 0) == '{')
        return bounds(e);
    put(e, look(e, 0));
    e->at++;
    e->is_repeatable = false;
    return true;
}

/* '(', '|', and ')' that closes. */
static bool structure(struct ere *e, uint8_t byte)
{
    if (byte != '(' && e->is_empty)
        return refuse(e, "an alternative may not be empty");
    put(e, byte);
    e->at++;
    e->depth += byte == '(';
    e->depth -= byte == ')';
    e->is_empty = byte != ')';
    e->is_repeatable = byte == ')';
    return true;
}

static bool escape(struct ere *e)
{
    uint8_t next = look(e, 1);
    if (e->at + 1 >= e->text.len)
        return refuse(e, "nothing stands behind the last '\\'");
    if (next == '<' || next == '>')
        return refuse(e, "borders of words are not supported");
    put_literal(e, next);
    e->at += 2;
    put_atom(e);
    return true;
}

static bool one(struct ere *e)
{
    uint8_t byte = look(e, 0), next = look(e, 1);
    if (byte == '\\')
        return escape(e);
    if (byte == '[')
        return class(e);
    if (byte == '(' || byte == '|' || (byte == ')' && e->depth))
        return structure(e, byte);
    if (byte == '*' || byte == '+' || byte == '?' || (byte == '{' && next >= '0' && next <= '9'))
        return repeat(e);
    e->at++;
    e->is_empty = false;
    e->is_repeatable = byte != '^' && byte != '$';
    if (byte == '.' || byte == '^' || byte == '$')
        put(e, byte);
    else
        put_literal(e, byte);
    return true;
}

struct re *clam_ere(struct clam *c, struct span text, uint32_t *flags)
{
    struct ere e = {.c = c, .text = text, .is_empty = true};
    struct re_error error = {0};
    *flags = RE_DOTALL;
    if (span_starts(text, SPAN_OF("(?i)"))) {
        *flags |= RE_NOCASE;
        e.text = span_cut(text, 4, SIZE_MAX);
    }
    e.out = arena_array(c->arena, uint8_t, e.text.len * ESCAPED + 1);
    if (!e.out)
        return clam_no_memory(c);
    while (e.at < e.text.len)
        if (!one(&e))
            return NULL;
    if (e.depth || e.is_empty) {
        (void)refuse(&e, e.depth ? "')' expected" : "an alternative may not be empty");
        return NULL; /* said */
    }
    struct re *tree = regex_parse(span_make(e.out, e.len), false, c->arena, &error);
    if (!tree)
        (void)clam_refuse(c, text, error.text); /* said */
    return tree;
}
