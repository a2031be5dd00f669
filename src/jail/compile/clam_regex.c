/* Regular expressions as subsignatures: "[offset:]trigger/regex/flags". Hostile bytes: a
 * database's. Facts: ClamAV's manual, "Perl compatible regular expressions"; PCRE2's own manual.
 * Our own machine runs what it can express and decides as PCRE2 does; the rest (references back,
 * assertions, unbounded reach, counts of matches ...) goes to clam_backtrack.c. Where our machine
 * runs it, only whether there is a match and where it begins is asked: all repeats are lazy. */
#include "jail/compile/clam.h"

#include "common/limits.h"
#include "common/text.h"

#include <string.h>

static bool read_flags(struct clam *c, struct span text, uint32_t *out)
{
    static const uint16_t bits[256] = {
        ['i'] = CLAM_RE_NOCASE, ['s'] = CLAM_RE_DOTALL,   ['m'] = CLAM_RE_LINES,
        ['x'] = CLAM_RE_SPACED, ['A'] = CLAM_RE_START,    ['E'] = CLAM_RE_END,
        ['g'] = CLAM_RE_ALL,    ['U'] = CLAM_RE_UNGREEDY, ['r'] = CLAM_RE_ROLLS,
        ['e'] = CLAM_RE_WITHIN};
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!bits[span_byte(text, i)])
            return clam_refuse(c, span_cut(text, i, 1),
                               "expected the flags g, r, e, i, s, m, x, A, E, U");
        *out |= bits[span_byte(text, i)];
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

/* Where in a class "[...]" the text stands. */
struct class
{
    bool inside;
    size_t first; /* where a ']' would be a member */
};

static void step_class(struct class *k, struct span text, size_t at)
{
    uint8_t b = span_byte(text, at);
    if (b == '[' && !k->inside) {
        k->inside = true;
        k->first = at + 1 + (span_byte(text, at + 1) == '^');
    } else if (b == ']' && k->inside) {
        k->inside = false;
    }
}

/* Whether our parser would read what begins at `at` otherwise than PCRE2. */
static bool is_foreign(const struct class *k, struct span text, size_t at)
{
    uint8_t b = span_byte(text, at);
    struct span rest = span_cut(text, at + 1, SIZE_MAX);
    uint8_t next = span_byte(rest, 0);
    if (b == '\\')
        return !is_known_escape(next) || (k->inside && (next | 0x20) == 'b');
    if (k->inside) /* POSIX classes; a ']' right at the beginning */
        return (b == '[' && next == ':') || (b == ']' && at == k->first);
    if (b == '(' && next == '*')
        return true;
    if (b == '(' && next == '?')
        return group_skip(rest) == 0;
    if (b == '+' && at && is_quantifier(text, at - 1)) /* possessive */
        return !(at > 1 && span_byte(text, at - 2) == '\\');
    return b == '{' && next == ',';
}

/* The expression in the form that regex_parse reads; .at is NULL when there is none. */
static struct span rewrite(struct clam *c, struct span text)
{
    uint8_t *to = arena_array(c->arena, uint8_t, text.len);
    struct class k = {0};
    size_t len = 0;
    if (!to)
        c->bad = true;
    for (size_t i = 0; to && i < text.len; i++) {
        uint8_t b = span_byte(text, i);
        struct span rest = span_cut(text, i + 1, SIZE_MAX);
        if (is_foreign(&k, text, i))
            return (struct span){NULL, 0};
        size_t skip = b == '(' && !k.inside && span_byte(rest, 0) == '?' ? group_skip(rest) : 0;
        step_class(&k, text, i);
        to[len++] = b;
        if (b == '\\' && i + 1 < text.len)
            to[len++] = span_byte(text, ++i);
        i += skip;
    }
    return span_make(to, len);
}

/* Makes every repeat lazy. False where lines or the subject's edges are asked in a way that is not
 * our machine's. */
static bool tame(const struct re_list *nodes, uint32_t flags, bool anywhere)
{
    for (uint32_t i = 0; i < nodes->count; i++) {
        struct re *node = nodes->items[i];
        node->greedy = node->jump = false;
        if (node->kind == RE_END || (node->kind == RE_START && (flags & CLAM_RE_LINES)))
            return false; /* '$' is before a last new line, too */
        if ((node->kind == RE_START || node->kind == RE_WORD || node->kind == RE_NOT_WORD) &&
            !anywhere)
            return false; /* PCRE2's subject begins at the offset */
    }
    return true;
}

/* The tree for our machine; NULL when it cannot do it, or memory ran out. */
static struct re *own_tree(struct clam *c, struct span text, uint32_t flags, bool anywhere)
{
    struct re_error error = {0};
    struct re_list nodes;
    if (flags & (CLAM_RE_SPACED | CLAM_RE_ALL | CLAM_RE_WITHIN) ||
        ((flags & CLAM_RE_START) && !anywhere))
        return NULL;
    struct span plain = rewrite(c, text);
    struct re *tree = plain.at ? regex_parse(plain, false, c->arena, &error) : NULL;
    if (!tree)
        return NULL;
    if (!re_postorder(tree, c->arena, &nodes))
        return clam_no_memory(c);
    re_measure(&nodes);
    bool is_ours = tree->min_len > 0 && tree->max_len <= LIMIT_REGEX_BYTES;
    return is_ours && tame(&nodes, flags, anywhere) ? tree : NULL;
}

static void set_string(struct clam *c, struct span text, uint32_t flags, struct ir_string *out)
{
    *out =
        (struct ir_string){.kind = IR_REGEXP, .line = c->line, .name = SPAN_OF("$"), .text = text};
    out->flags = IR_ASCII | (flags & CLAM_RE_NOCASE ? IR_NOCASE : 0) |
                 (flags & CLAM_RE_DOTALL ? IR_DOTALL : 0);
}

/* Where it may begin: at the offset, or with the flag r there or later. */
static void set_place(struct clam *c, uint32_t flags, struct clam_place *place)
{
    if (flags & CLAM_RE_START) {
        place->low = place->high = clam_int(c, 0);
        *place = (struct clam_place){.low = place->low, .high = place->high, .exact = true};
    }
    if ((flags & CLAM_RE_ROLLS) && !place->anywhere && place->exact) {
        place->high = clam_leaf(c, IR_FILESIZE);
        place->exact = false;
    }
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
    struct span expression = span_cut(text, first + 1, last - first - 1);
    if (expression.len == 0)
        return clam_refuse(c, text, "the regular expression is empty");
    if (!read_flags(c, span_cut(text, last + 1, SIZE_MAX), &flags))
        return false;
    out->part->trigger = clam_logic(c, trigger, from, &used);
    if (!out->part->trigger)
        return false;
    out->part->trigger_size = c->logic_size;
    if (out->part->place.is_version) /* *observed*: then it may match anywhere */
        out->part->place = (struct clam_place){.anywhere = true};
    set_string(c, expression, flags, out->string);
    out->string->re = own_tree(c, expression, flags, out->part->place.anywhere);
    if (c->bad)
        return false;
    if (!out->string->re)
        return clam_backtrack(c, expression, flags, out->part);
    set_place(c, flags, &out->part->place);
    return !c->bad;
}
