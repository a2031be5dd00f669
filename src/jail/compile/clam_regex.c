/* Regular expressions as subsignatures: "[offset:]trigger/regex/flags". Hostile bytes: a
 * database's. Facts: ClamAV's manual, "Perl compatible regular expressions"; PCRE2's own manual for
 * what is rewritten or refused here. Our machine runs them, so what it lacks (backreferences,
 * assertions, possessive quantifiers, inline options) is refused with its reason. Only whether
 * there is a match and where it begins is asked, so all repeats are made lazy. */
#include "jail/compile/clam.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum {
    FLAG_NOCASE = 1,
    FLAG_DOTALL = 2,
    FLAG_LINES = 4,
    FLAG_ALL = 8,
    FLAG_ROLL = 16,
    FLAG_START = 32
};

static bool read_flags(struct clam *c, struct span text, uint32_t *out)
{
    static const uint8_t bits[256] = {['i'] = FLAG_NOCASE, ['s'] = FLAG_DOTALL, ['m'] = FLAG_LINES,
                                      ['g'] = FLAG_ALL,    ['r'] = FLAG_ROLL,   ['A'] = FLAG_START};
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t flag = span_byte(text, i);
        if (flag == 'x' || flag == 'e')
            return clam_refuse(c, span_cut(text, i, 1), "the flags x and e are not supported");
        if (!bits[flag] && flag != 'E' && flag != 'U')
            return clam_refuse(c, span_cut(text, i, 1),
                               "expected the flags g, r, e, i, s, m, x, A, E, U");
        *out |= bits[flag];
    }
    return true;
}

/* What of a group's opening "(?..." is left out: 0 when we cannot do it. */
static size_t group_skip(struct span rest)
{
    if (span_starts(rest, SPAN_OF("?:")))
        return 2;
    size_t name = span_starts(rest, SPAN_OF("?P<")) ? 3 : span_starts(rest, SPAN_OF("?<")) ? 2 : 0;
    size_t end = span_find_byte(rest, '>', name);
    if (name == 0 || !text_is_alpha(span_byte(rest, name)) || end == SIZE_MAX)
        return 0;
    return end + 1;
}

static bool is_known_escape(uint8_t c)
{
    static const char known[] = "nrtfaxwWsSdDbB";
    return !text_is_alnum(c) || span_find_byte(SPAN_OF(known), c, 0) != SIZE_MAX;
}

static bool is_quantifier(struct span text, size_t at)
{
    uint8_t c = span_byte(text, at);
    return c == '*' || c == '+' || c == '?' || c == '}';
}

/* The expression in the form that regex_parse reads, or a refusal. */
static bool rewrite(struct clam *c, struct span text, struct span *out)
{
    uint8_t *to = arena_array(c->arena, uint8_t, text.len);
    size_t len = 0;
    bool in_class = false;
    if (!to)
        return clam_no_memory(c);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t b = span_byte(text, i);
        struct span rest = span_cut(text, i + 1, SIZE_MAX);
        size_t skip = b == '(' && !in_class && span_byte(rest, 0) == '?' ? group_skip(rest) : 0;
        if (b == '\\' && (!is_known_escape(span_byte(rest, 0)) ||
                          (in_class && (span_byte(rest, 0) | 0x20) == 'b')))
            return clam_refuse(c, rest, "this escape is not supported");
        if (b == '[' && in_class && span_byte(rest, 0) == ':')
            return clam_refuse(c, rest, "POSIX classes are not supported");
        if (b == '(' && !in_class && span_byte(rest, 0) == '?' && skip == 0)
            return clam_refuse(c, rest, "assertions and options are not supported");
        if (b == '+' && !in_class && i && is_quantifier(text, i - 1) &&
            !(i > 1 && span_byte(text, i - 2) == '\\'))
            return clam_refuse(c, rest, "possessive quantifiers are not supported");
        if (b == '{' && !in_class && span_byte(rest, 0) == ',')
            return clam_refuse(c, rest, "{,n} means itself in PCRE: not supported");
        if (b == '[' && !in_class) {
            in_class = true;
        } else if (b == ']' && in_class) {
            in_class = false;
        }
        to[len++] = b;
        if (b == '\\' && i + 1 < text.len)
            to[len++] = span_byte(text, ++i);
        i += skip;
    }
    *out = span_make(to, len);
    return true;
}

/* Makes every repeat lazy; refuses ^ and $ where they mean lines. */
static bool tame(struct clam *c, struct span text, struct re *tree, uint32_t flags)
{
    struct re_list nodes;
    if (!re_postorder(tree, c->arena, &nodes))
        return clam_no_memory(c);
    for (uint32_t i = 0; i < nodes.count; i++) {
        struct re *node = nodes.items[i];
        node->greedy = node->jump = false;
        if ((flags & FLAG_LINES) && (node->kind == RE_START || node->kind == RE_END))
            return clam_refuse(c, text, "^ and $ of lines (flag m) are not supported");
    }
    return true;
}

static bool add_string(struct clam *c, struct span text, uint32_t flags, struct ir_string *out)
{
    struct re_error error = {0};
    struct span plain;
    if (!rewrite(c, text, &plain))
        return false;
    *out =
        (struct ir_string){.kind = IR_REGEXP, .line = c->line, .name = SPAN_OF("$"), .text = text};
    out->flags =
        IR_ASCII | (flags & FLAG_NOCASE ? IR_NOCASE : 0) | (flags & FLAG_DOTALL ? IR_DOTALL : 0);
    out->re = regex_parse(plain, false, c->arena, &error);
    return out->re ? tame(c, text, out->re, flags) : clam_refuse(c, text, error.text);
}

/* Where it may begin: at the offset, or with the flag r there or later. */
static bool set_place(struct clam *c, uint32_t flags, struct clam_place *place)
{
    if ((flags & FLAG_START) && place->anywhere) {
        place->low = place->high = clam_int(c, 0);
        *place = (struct clam_place){.low = place->low, .high = place->high, .exact = true};
    }
    if ((flags & FLAG_ROLL) && !place->anywhere) {
        place->high = clam_leaf(c, IR_FILESIZE);
        place->exact = false;
    }
    return !c->bad;
}

bool clam_is_regex(struct span text)
{
    return span_find_byte(text, '/', 0) != SIZE_MAX;
}

bool clam_regex(struct clam *c, struct span text, const struct clam_logic *from,
                struct clam_regex *out)
{
    size_t first = span_find_byte(text, '/', 0), last = span_find_last(text, SPAN_OF("/"));
    struct span trigger = span_cut(text, 0, first);
    uint32_t flags;
    uint64_t used = 0;
    if (last == first)
        return clam_refuse(c, text, "expected trigger/regex/flags");
    if (!read_flags(c, span_cut(text, last + 1, SIZE_MAX), &flags) ||
        !add_string(c, span_cut(text, first + 1, last - first - 1), flags, out->string))
        return false;
    out->part->trigger = clam_logic(c, trigger, from, &used);
    out->part->every = (flags & FLAG_ALL) != 0;
    return out->part->trigger && set_place(c, flags, &out->part->place);
}
