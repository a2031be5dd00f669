/* Regular expressions of YARA rules. The text is a stranger's. Facts: YARA 4.5 documentation,
 * "Regular expressions"; *observed* with yara 4.2.3 where it says nothing:
 *   - a '{' that begins no {n}, {n,m}, {,m}, {n,} or {,} stands for itself; {0} and {0,0} are
 *     refused, as are bounds over 32767; {,} is {0,}
 *   - nothing may be repeated twice (a**, a{2}{3}), nor may ^ $ \b \B; '()' and '|a' are refused,
 *     but 'a|' and 'a||b' are not: a later alternative may be empty
 *   - \1 is a refused back reference, \q is q, \v and \e are v and e; in classes \b is b, \1 is 1
 *   - bytes past 127 are refused in classes (4.5.2), and only there
 *   - [\d-z] is the range d to z; a ']' right after '[' or '[^' stands for itself */
#include "jail/compile/re.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum { BOUND_MAX = 32767 };

/* One open parenthesis, or the expression as a whole. */
struct frame {
    struct re *alt, *cat; /* alt: NULL until a '|' */
};

struct parse {
    struct reader text;
    struct arena *arena;
    struct re_error *error;
    struct frame *frames;
    uint32_t depth, cap; /* frames in use; the last is open */
    bool yara_x, bad;
    bool may_repeat; /* the last thing parsed may take a quantifier */
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

static bool no_memory(struct parse *p)
{
    return refuse(p, p->text.at, "out of memory");
}

static uint8_t peek(const struct parse *p, size_t ahead)
{
    return span_byte(p->text.bytes, p->text.at + ahead);
}

static bool is_end(const struct parse *p)
{
    return reader_left(&p->text) == 0;
}

static bool open_frame(struct parse *p)
{
    void *frames = p->frames;
    if (!arena_grow(p->arena, &frames, &p->cap, p->depth + 1, sizeof *p->frames))
        return no_memory(p);
    p->frames = frames;
    p->frames[p->depth] = (struct frame){.cat = re_new(p->arena, RE_CAT)};
    p->may_repeat = false;
    return p->frames[p->depth++].cat || no_memory(p);
}

static bool add(struct parse *p, struct re *node, bool may_repeat)
{
    p->may_repeat = may_repeat;
    return (node && re_add(p->arena, p->frames[p->depth - 1].cat, node)) || no_memory(p);
}

static bool add_byte(struct parse *p, uint8_t byte)
{
    struct re *node = re_new(p->arena, RE_BYTE);
    if (!node)
        return no_memory(p);
    node->value = byte;
    node->mask = 0xff;
    return add(p, node, true);
}

static struct re *simplify(struct re *cat)
{
    if (cat->count == 0)
        cat->kind = RE_EMPTY;
    return cat->count == 1 ? cat->kids[0] : cat;
}

/* The open frame's tree; refuses an empty first alternative. */
static struct re *close_frame(struct parse *p)
{
    struct frame *f = &p->frames[p->depth - 1];
    if (!f->alt && f->cat->count == 0) {
        (void)refuse(p, p->text.at, "syntax error: something to match expected"); /* sets bad */
        return NULL;
    }
    struct re *last = simplify(f->cat);
    if (!f->alt)
        return last;
    if (re_add(p->arena, f->alt, last))
        return f->alt;
    (void)no_memory(p); /* sets bad */
    return NULL;
}

static bool parse_or(struct parse *p)
{
    struct frame *f = &p->frames[p->depth - 1];
    if (!f->alt && f->cat->count == 0)
        return refuse(p, p->text.at, "syntax error: nothing before '|'");
    struct re *done = simplify(f->cat);
    if (!f->alt)
        f->alt = re_new(p->arena, RE_ALT);
    f->cat = re_new(p->arena, RE_CAT);
    p->may_repeat = false;
    reader_skip(&p->text, 1);
    return (f->alt && f->cat && re_add(p->arena, f->alt, done)) || no_memory(p);
}

static bool parse_close(struct parse *p)
{
    if (p->depth == 1)
        return refuse(p, p->text.at, "syntax error: ')' without '('");
    struct re *done = close_frame(p);
    if (!done)
        return false;
    done->grouped = true;
    p->depth--;
    reader_skip(&p->text, 1);
    return add(p, done, true);
}

static bool is_word(uint8_t c)
{
    return text_is_alnum(c) || c == '_';
}

/* Adds \w \d \s or, in capitals, everything else to a set. False: no such class. */
static bool put_class(struct re *set, uint8_t letter)
{
    uint8_t name = text_lower(letter);
    if (name != 'w' && name != 'd' && name != 's')
        return false;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;
        bool is_in = name == 'w'   ? is_word(byte)
                     : name == 'd' ? text_is_digit(byte)
                                   : byte == ' ' || (byte >= '\t' && byte <= '\r');
        if (is_in == (letter == name))
            re_put(set, byte);
    }
    return true;
}

/* The byte meant by an escape whose backslash was read. */
static bool parse_escape(struct parse *p, uint8_t *out)
{
    static const char plain[] = "n\nt\tr\rf\fa\a";
    size_t at = p->text.at - 1;
    if (is_end(p))
        return refuse(p, at, "illegal escape sequence");
    uint8_t c = reader_u8(&p->text);
    *out = c;
    if (c == 'x') {
        int high = text_hex_digit(peek(p, 0)), low = text_hex_digit(peek(p, 1));
        if (high < 0 || low < 0)
            return refuse(p, at, "illegal escape sequence");
        *out = (uint8_t)(high << 4 | low);
        reader_skip(&p->text, 2);
        return true;
    }
    for (size_t i = 0; i + 1 < sizeof plain; i += 2)
        if (plain[i] == c) {
            *out = (uint8_t)plain[i + 1];
            return true;
        }
    if (p->yara_x && c == 'v')
        *out = '\v';
    else if (p->yara_x && text_is_alnum(c))
        return refuse(p, at, "unrecognized escape sequence");
    return true;
}

static bool parse_backslash(struct parse *p)
{
    uint8_t c = peek(p, 1);
    struct re *node = NULL;
    if (c == 'b' || c == 'B') {
        reader_skip(&p->text, 2);
        return add(p, re_new(p->arena, c == 'b' ? RE_WORD : RE_NOT_WORD), false);
    }
    if (text_is_digit(c))
        return refuse(p, p->text.at, "backreferences are not allowed");
    if (!(node = re_new(p->arena, RE_SET)))
        return no_memory(p);
    if (put_class(node, c)) {
        reader_skip(&p->text, 2);
        return add(p, node, true);
    }
    uint8_t byte = 0;
    reader_skip(&p->text, 1);
    return parse_escape(p, &byte) && add_byte(p, byte);
}

/* One character of a class, or an escape, as a byte. */
static bool parse_member(struct parse *p, uint8_t *out)
{
    *out = reader_u8(&p->text);
    if (*out >= 0x80 && !p->yara_x)
        return refuse(p, p->text.at - 1, "non-ascii character");
    return *out != '\\' || parse_escape(p, out);
}

/* One step inside a class: \w and its like, a range, or a byte. A range is looked for first. */
static bool parse_class_item(struct parse *p, struct re *set)
{
    size_t at = p->text.at, width = 1;
    uint8_t low = 0, high = 0;
    if (peek(p, 0) == '\\')
        width = peek(p, 1) == 'x' ? 4 : 2;
    bool is_range = peek(p, width) == '-' && peek(p, width + 1) != ']' &&
                    p->text.at + width + 1 < p->text.bytes.len;
    if (!is_range && peek(p, 0) == '\\' && put_class(set, peek(p, 1))) {
        reader_skip(&p->text, 2);
        return true;
    }
    if (!parse_member(p, &low))
        return false;
    high = low;
    if (is_range) {
        reader_skip(&p->text, 1);
        if (!parse_member(p, &high))
            return false;
    }
    if (high < low)
        return refuse(p, at, "bad character range");
    for (unsigned c = low; c <= high; c++)
        re_put(set, (uint8_t)c);
    return true;
}

static bool parse_class(struct parse *p)
{
    size_t at = p->text.at;
    struct re *set = re_new(p->arena, RE_SET);
    if (!set)
        return no_memory(p);
    reader_skip(&p->text, 1);
    bool is_negated = peek(p, 0) == '^' && !is_end(p);
    reader_skip(&p->text, is_negated ? 1 : 0);
    for (bool is_first = true; is_first || peek(p, 0) != ']'; is_first = false) {
        if (is_end(p))
            return refuse(p, at, "missing terminating ] for character class");
        if (!parse_class_item(p, set))
            return false;
    }
    reader_skip(&p->text, 1);
    for (size_t i = 0; is_negated && i < sizeof set->set; i++)
        set->set[i] = (uint8_t)~set->set[i];
    set->negated = is_negated;
    return add(p, set, true);
}

/* Digits of a bound; *out keeps its value when there are none. Too large ones stick at the top. */
static size_t read_bound(const struct parse *p, size_t ahead, uint32_t *out)
{
    size_t count = 0;
    uint32_t value = 0;
    for (; text_is_digit(peek(p, ahead + count)); count++)
        if (value <= BOUND_MAX)
            value = value * 10 + (uint32_t)(peek(p, ahead + count) - '0');
    if (count)
        *out = value;
    return count;
}

/* The length of a {n,m} that stands here, or 0 when the brace is a mere character. */
static size_t read_braces(const struct parse *p, struct re *repeat)
{
    size_t ahead = 1, digits = read_bound(p, ahead, &repeat->min);
    ahead += digits;
    repeat->max = repeat->min;
    if (peek(p, ahead) == ',') {
        repeat->max = RE_NO_MAX;
        ahead += 1;
        ahead += read_bound(p, ahead, &repeat->max);
    } else if (digits == 0) {
        return 0;
    }
    return peek(p, ahead) == '}' ? ahead + 1 : 0;
}

/* Replaces the last thing parsed by its repetition. `width`: of the quantifier's text. */
static bool parse_repeat(struct parse *p, struct re *repeat, size_t width)
{
    struct re *cat = p->frames[p->depth - 1].cat;
    size_t at = p->text.at;
    if (!p->may_repeat)
        return refuse(p, at, "syntax error: nothing to repeat");
    if (repeat->min > BOUND_MAX || (repeat->max != RE_NO_MAX && repeat->max > BOUND_MAX))
        return refuse(p, at, "repeat interval too large");
    if (repeat->max < repeat->min)
        return refuse(p, at, "bad repeat interval");
    bool is_brace = peek(p, 0) == '{';
    reader_skip(&p->text, width);
    repeat->greedy = peek(p, 0) != '?';
    reader_skip(&p->text, repeat->greedy ? 0 : 1);
    struct re *kid = cat->kids[cat->count - 1];
    repeat->braces = is_brace;
    repeat->jump = is_brace && !repeat->greedy && kid->kind == RE_ANY && !kid->grouped;
    cat->kids[cat->count - 1] = repeat;
    p->may_repeat = false;
    return re_add(p->arena, repeat, kid) || no_memory(p);
}

static bool parse_quantifier(struct parse *p, bool *taken)
{
    struct re *repeat = re_new(p->arena, RE_REPEAT);
    uint8_t c = peek(p, 0);
    size_t width = 1;
    *taken = true;
    if (!repeat)
        return no_memory(p);
    repeat->min = c == '+';
    repeat->max = c == '?' ? 1 : RE_NO_MAX;
    if (c == '{' && (width = read_braces(p, repeat)) == 0) {
        *taken = false;
        return true;
    }
    return parse_repeat(p, repeat, width);
}

static bool parse_one(struct parse *p)
{
    uint8_t c = peek(p, 0);
    bool taken = false;
    if (c == '*' || c == '+' || c == '?' || c == '{')
        if (!parse_quantifier(p, &taken) || taken)
            return !p->bad;
    if (c == '{' && p->yara_x)
        return refuse(p, p->text.at, "repetition operator missing expression or unescaped '{'");
    switch (c) {
    case '(':
        reader_skip(&p->text, 1);
        return open_frame(p);
    case ')':
        return parse_close(p);
    case '|':
        return parse_or(p);
    case '[':
        return parse_class(p);
    case '\\':
        return parse_backslash(p);
    default:
        break;
    }
    reader_skip(&p->text, 1);
    if (c == '^' || c == '$')
        return add(p, re_new(p->arena, c == '^' ? RE_START : RE_END), false);
    return c == '.' ? add(p, re_new(p->arena, RE_ANY), true) : add_byte(p, c);
}

struct re *regex_parse(struct span text, bool yara_x, struct arena *a, struct re_error *error)
{
    struct parse p = {.text = reader_of(text), .arena = a, .error = error, .yara_x = yara_x};
    *error = (struct re_error){0};
    if (!open_frame(&p))
        return NULL;
    while (!is_end(&p))
        if (!parse_one(&p))
            return NULL;
    if (p.depth > 1) {
        (void)refuse(&p, text.len, "syntax error: ')' expected"); /* sets bad */
        return NULL;
    }
    return close_frame(&p);
}
