/* Hex strings of YARA rules: { 4D 5A ?? ~00 [4-6] ( 9? | 90 91 ) }. The text is a stranger's.
 * Facts: YARA 4.5 documentation, "Hexadecimal strings"; *observed* with yara 4.2.3: [n] refuses 0
 * but [0-0] is fine; [-n] is refused; a jump may not stand first or last, in groups either; jumps
 * over 200 or without bound are refused inside groups; white space may not part two digits. */
#include "jail/compile/re.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum { GROUP_JUMP_MAX = 200 };
enum last { LAST_NONE, LAST_BYTES, LAST_JUMP };

/* One open parenthesis, or the string as a whole. */
struct frame {
    struct re *alt, *cat; /* alt: NULL until a '|' */
    enum last last;
};

struct parse {
    struct reader text;
    struct arena *arena;
    struct re_error *error;
    struct frame *frames;
    uint32_t depth, cap; /* frames in use; the last is open */
    bool bad;
};

static bool refuse(struct parse *p, size_t at, const char *text)
{
    if (!p->bad) {
        p->error->at = at;
        snprintf(p->error->text, sizeof p->error->text, "%s", text);
    }
    p->bad = true;
    return false;
}

static uint8_t peek(const struct parse *p)
{
    return span_byte(p->text.bytes, p->text.at);
}

static bool is_end(const struct parse *p)
{
    return reader_left(&p->text) == 0;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A comment's end, or the text's. */
static void skip_comment(struct parse *p)
{
    bool is_line = span_byte(p->text.bytes, p->text.at + 1) == '/';
    size_t end = is_line ? span_find_byte(p->text.bytes, '\n', p->text.at)
                         : span_find(p->text.bytes, SPAN_OF("*/"), p->text.at + 2);
    if (end == SIZE_MAX && !is_line)
        (void)refuse(p, p->text.at, "unterminated comment"); /* sets bad; the caller looks */
    reader_seek(&p->text, end == SIZE_MAX ? p->text.bytes.len : end + (is_line ? 1 : 2));
}

static void skip_blanks(struct parse *p)
{
    while (!is_end(p) && !p->bad) {
        uint8_t next = span_byte(p->text.bytes, p->text.at + 1);
        if (peek(p) == '/' && (next == '/' || next == '*'))
            skip_comment(p);
        else if (is_blank(peek(p)))
            reader_skip(&p->text, 1);
        else
            return;
    }
}

static bool add(struct parse *p, struct re *node, enum last last)
{
    struct frame *f = &p->frames[p->depth - 1];
    f->last = last;
    return re_add(p->arena, f->cat, node) || refuse(p, p->text.at, "out of memory");
}

static bool open_frame(struct parse *p)
{
    void *frames = p->frames;
    if (!arena_grow(p->arena, &frames, &p->cap, p->depth + 1, sizeof *p->frames))
        return refuse(p, p->text.at, "out of memory");
    p->frames = frames;
    p->frames[p->depth] = (struct frame){.cat = re_new(p->arena, RE_CAT)};
    return p->frames[p->depth++].cat || refuse(p, p->text.at, "out of memory");
}

/* What an alternative or the whole comes to; refuses one that is empty or ends in a jump. */
static struct re *close_cat(struct parse *p, struct frame *f)
{
    if (f->last == LAST_BYTES)
        return f->cat->count == 1 ? f->cat->kids[0] : f->cat;
    refuse(p, p->text.at,
           f->last == LAST_JUMP ? "syntax error: a jump may not be last"
                                : "syntax error: bytes expected");
    return NULL;
}

static bool parse_or(struct parse *p)
{
    struct frame *f = &p->frames[p->depth - 1];
    struct re *done = NULL;
    if (p->depth == 1)
        return refuse(p, p->text.at, "syntax error: '|' outside of parentheses");
    if (!(done = close_cat(p, f)))
        return false;
    if (!f->alt)
        f->alt = re_new(p->arena, RE_ALT);
    f->cat = re_new(p->arena, RE_CAT);
    f->last = LAST_NONE;
    reader_skip(&p->text, 1);
    return (f->alt && f->cat && re_add(p->arena, f->alt, done)) ||
           refuse(p, p->text.at, "out of memory");
}

static bool parse_close(struct parse *p)
{
    struct frame *f = &p->frames[p->depth - 1];
    struct re *done = NULL;
    if (p->depth == 1)
        return refuse(p, p->text.at, "syntax error: ')' without '('");
    if (!(done = close_cat(p, f)))
        return false;
    if (f->alt && !re_add(p->arena, f->alt, done))
        return refuse(p, p->text.at, "out of memory");
    reader_skip(&p->text, 1);
    p->depth--;
    return add(p, f->alt ? f->alt : done, LAST_BYTES);
}

/* A decimal number, if one stands here. False: none, or too large to mean anything. */
static bool parse_number(struct parse *p, uint32_t *out)
{
    uint64_t value = 0;
    bool any = false;
    for (; !is_end(p) && text_is_digit(peek(p)); any = true) {
        value = value * 10 + (uint64_t)(peek(p) - '0');
        if (value > INT32_MAX)
            return refuse(p, p->text.at, "invalid jump length");
        reader_skip(&p->text, 1);
    }
    if (any)
        *out = (uint32_t)value;
    return any;
}

/* "n", "n-", "n-m" or "-" and the closing bracket. */
static bool parse_bounds(struct parse *p, struct re *jump)
{
    size_t at = p->text.at;
    skip_blanks(p);
    bool has_min = parse_number(p, &jump->min);
    jump->max = jump->min;
    skip_blanks(p);
    bool is_range = peek(p) == '-';
    if (is_range) {
        reader_skip(&p->text, 1);
        skip_blanks(p);
        bool has_max = parse_number(p, &jump->max);
        if (has_max && !has_min)
            return refuse(p, at, "syntax error: a jump needs its lower bound");
        if (!has_max)
            jump->max = RE_NO_MAX;
        skip_blanks(p);
    }
    if (p->bad)
        return false;
    if (is_end(p))
        return refuse(p, at, "syntax error: ']' expected");
    if (peek(p) != ']')
        return refuse(p, p->text.at, "invalid character in hex string jump");
    reader_skip(&p->text, 1);
    if (!is_range && !has_min)
        return refuse(p, at, "syntax error: a jump needs a length");
    if (!is_range && jump->min == 0)
        return refuse(p, at, "invalid jump length");
    return jump->min <= jump->max || refuse(p, at, "invalid jump range");
}

static bool parse_jump(struct parse *p)
{
    size_t at = p->text.at;
    struct re *jump = re_new(p->arena, RE_REPEAT), *any = re_new(p->arena, RE_SET);
    if (!jump || !any || !re_add(p->arena, jump, any))
        return refuse(p, at, "out of memory");
    memset(any->set, 0xff, sizeof any->set);
    jump->jump = true;
    reader_skip(&p->text, 1);
    if (!parse_bounds(p, jump))
        return false;
    if (p->frames[p->depth - 1].last == LAST_NONE)
        return refuse(p, at, "syntax error: a jump may not be first");
    if (p->depth > 1 && jump->max == RE_NO_MAX)
        return refuse(p, at, "unbounded jumps not allowed inside alternation (|)");
    if (p->depth > 1 && jump->max > GROUP_JUMP_MAX)
        return refuse(p, at, "jumps over 200 not allowed inside alternation (|)");
    return add(p, jump, LAST_JUMP);
}

/* Two digits, each a hex digit or '?', with or without '~' before them. */
static bool parse_byte(struct parse *p)
{
    size_t at = p->text.at;
    struct re *byte = re_new(p->arena, RE_BYTE);
    if (!byte)
        return refuse(p, at, "out of memory");
    if (peek(p) == '~') {
        byte->negated = true;
        reader_skip(&p->text, 1);
    }
    for (int i = 0; i < 2; i++) {
        uint8_t c = peek(p);
        int digit = text_hex_digit(c);
        bool is_wild = c == '?';
        if (is_end(p) || (digit < 0 && !is_wild))
            return refuse(p, p->text.at,
                          i == 0 || (!is_end(p) && !is_blank(c))
                              ? "invalid character in hex string"
                              : "uneven number of digits in hex string");
        byte->value = (uint8_t)(byte->value << 4 | (is_wild ? 0 : digit));
        byte->mask = (uint8_t)(byte->mask << 4 | (is_wild ? 0 : 15));
        reader_skip(&p->text, 1);
    }
    if (byte->negated && byte->mask == 0)
        return refuse(p, at, "invalid character in hex string: ~?? matches nothing");
    return add(p, byte, LAST_BYTES);
}

static bool parse_token(struct parse *p)
{
    switch (peek(p)) {
    case '(':
        reader_skip(&p->text, 1);
        return open_frame(p);
    case '|':
        return parse_or(p);
    case ')':
        return parse_close(p);
    case '[':
        return parse_jump(p);
    default:
        return parse_byte(p);
    }
}

struct re *hexpat_parse(struct span text, struct arena *a, struct re_error *error)
{
    struct parse p = {.text = reader_of(text), .arena = a, .error = error};
    *error = (struct re_error){0};
    if (!open_frame(&p))
        return NULL;
    for (skip_blanks(&p); !is_end(&p) && !p.bad; skip_blanks(&p))
        if (!parse_token(&p))
            return NULL;
    if (!p.bad && p.depth > 1)
        (void)refuse(&p, text.len, "syntax error: ')' expected"); /* sets bad */
    return p.bad ? NULL : close_cat(&p, &p.frames[0]);
}
