/* ClamAV's pattern language to a tree of re.h. The text is a stranger's. Facts: ClamAV's manual,
 * "Body-based Signature Content Format": hex digits, ??, a?, ?a, *, {n} {-n} {n-} {n-m}, [x-y],
 * (aa|bb) of any lengths, !(aa|bb) of one length, (B) (L) (W). Gaps count bytes in ::wide patterns,
 * too: only what is written is widened. */
#include "jail/compile/clam.h"

#include "common/text.h"

#include <string.h>

enum { DEPTH_MAX = 8, GAP_MOST = 1 << 30 };

/* One open parenthesis, or the pattern as a whole. */
struct frame {
    struct re *alt, *cat; /* alt: NULL outside of parentheses */
    bool negated;
};

struct parse {
    struct clam *c;
    struct reader text;
    bool is_wide;
    struct frame frames[DEPTH_MAX];
    uint32_t depth; /* frames in use */
};

static struct span here(const struct parse *p)
{
    return reader_rest(&p->text);
}

static uint8_t peek(const struct parse *p)
{
    return span_byte(here(p), 0);
}

static bool refuse(struct parse *p, const char *text)
{
    return clam_refuse(p->c, clam_place_of(&p->text), text);
}

static struct re *node(struct parse *p, enum re_kind kind)
{
    struct re *re = re_new(p->c->arena, kind);
    return re ? re : clam_no_memory(p->c);
}

static bool add(struct parse *p, struct re *kid)
{
    if (kid && re_add(p->c->arena, p->frames[p->depth - 1].cat, kid))
        return true;
    p->c->bad = true;
    return false;
}

static struct re *byte_node(struct parse *p, uint8_t value, uint8_t mask)
{
    struct re *byte = node(p, RE_BYTE);
    if (byte) {
        byte->value = value;
        byte->mask = mask;
    }
    return byte;
}

static bool put_byte(struct parse *p, uint8_t value, uint8_t mask)
{
    return add(p, byte_node(p, value, mask)) && (!p->is_wide || add(p, byte_node(p, 0, 0xff)));
}

/* Two digits, each a hex digit or '?'. */
static bool parse_byte(struct parse *p)
{
    uint8_t value = 0, mask = 0;
    for (int i = 0; i < 2; i++) {
        uint8_t c = peek(p);
        int digit = text_hex_digit(c);
        if (digit < 0 && c != '?')
            return refuse(p, reader_left(&p->text) ? "expected a hexadecimal digit or '?'"
                                                   : "expected another hexadecimal digit");
        value = (uint8_t)(value << 4 | (digit < 0 ? 0 : digit));
        mask = (uint8_t)(mask << 4 | (digit < 0 ? 0 : 15));
        reader_skip(&p->text, 1);
    }
    return put_byte(p, value, mask);
}

static bool put_gap(struct parse *p, uint32_t min, uint32_t max)
{
    struct re *jump = node(p, RE_REPEAT), *any = node(p, RE_SET);
    if (!jump || !any || !re_add(p->c->arena, jump, any)) {
        p->c->bad = true;
        return false;
    }
    memset(any->set, 0xff, sizeof any->set);
    jump->jump = true;
    jump->min = min;
    jump->max = max;
    return max == 0 || add(p, jump);
}

/* "n", "-n", "n-", "n-m". */
static bool read_bounds(struct span text, uint64_t *min, uint64_t *max)
{
    struct span low;
    size_t dash = span_find_byte(text, '-', 0);
    *min = 0;
    *max = RE_NO_MAX;
    if (dash == SIZE_MAX) {
        bool ok = text_u64(text, min);
        *max = *min;
        return ok;
    }
    low = span_cut(text, 0, dash);
    struct span high = span_cut(text, dash + 1, SIZE_MAX);
    return (low.len || high.len) && (low.len == 0 || text_u64(low, min)) &&
           (high.len == 0 || text_u64(high, max));
}

static bool parse_gap(struct parse *p, uint8_t close)
{
    uint64_t min, max;
    struct span rest = here(p);
    size_t end = span_find_byte(rest, close, 1);
    if (p->depth > 1)
        return refuse(p, "a gap may not stand inside parentheses");
    if (end == SIZE_MAX || !read_bounds(span_cut(rest, 1, end - 1), &min, &max))
        return refuse(p, "expected a number of bytes or a range and the closing bracket");
    if (min > max || min > GAP_MOST || (max > GAP_MOST && max != RE_NO_MAX))
        return refuse(p, "impossible range");
    reader_skip(&p->text, end + 1);
    return put_gap(p, (uint32_t)min, (uint32_t)max);
}

static bool parse_star(struct parse *p)
{
    if (p->depth > 1)
        return refuse(p, "'*' may not stand inside parentheses");
    reader_skip(&p->text, 1);
    return put_gap(p, 0, RE_NO_MAX);
}

static bool open_frame(struct parse *p, bool negated)
{
    if (p->depth == DEPTH_MAX)
        return refuse(p, "parentheses are nested too deep");
    struct frame *f = &p->frames[p->depth];
    *f = (struct frame){.cat = node(p, RE_CAT), .negated = negated};
    f->alt = p->depth ? node(p, RE_ALT) : NULL;
    p->depth++;
    return f->cat && (p->depth == 1 || f->alt);
}

static bool parse_open(struct parse *p)
{
    bool negated = peek(p) == '!';
    struct span rest = here(p);
    if (negated && span_byte(rest, 1) != '(')
        return refuse(p, "expected '(' behind '!'");
    uint8_t mark = span_byte(rest, 1);
    if (!negated && span_byte(rest, 2) == ')' && (mark == 'B' || mark == 'L' || mark == 'W'))
        return refuse(p, "the marks (B), (L) and (W) are read only around a whole pattern");
    reader_skip(&p->text, negated ? 2 : 1);
    return open_frame(p, negated);
}

static bool end_alternative(struct parse *p)
{
    struct frame *f = &p->frames[p->depth - 1];
    if (f->cat->count == 0)
        return refuse(p, "an alternative may not be empty");
    if (!re_add(p->c->arena, f->alt, f->cat->count == 1 ? f->cat->kids[0] : f->cat)) {
        p->c->bad = true;
        return false;
    }
    return true;
}

static bool parse_or(struct parse *p)
{
    struct frame *f = &p->frames[p->depth - 1];
    if (p->depth == 1)
        return refuse(p, "'|' stands outside of parentheses");
    if (!end_alternative(p))
        return false;
    reader_skip(&p->text, 1);
    f->cat = node(p, RE_CAT);
    return f->cat != NULL;
}

/* The byte at `at` of an alternative that is one byte or a row of them; NULL for anything else. */
static const struct re *byte_of(const struct re *alternative, uint32_t at)
{
    const struct re *kid = alternative;
    if (alternative->kind == RE_CAT)
        kid = at < alternative->count ? alternative->kids[at] : NULL;
    else if (at)
        kid = NULL;
    return kid && kid->kind == RE_BYTE ? kid : NULL;
}

static uint32_t length_of(const struct re *alternative)
{
    return alternative->kind == RE_CAT ? alternative->count : 1;
}

/* Whether alternatives a and b agree in their first `len` bytes. */
static bool same_start(const struct re *a, const struct re *b, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        if (byte_of(a, i)->value != byte_of(b, i)->value ||
            byte_of(a, i)->mask != byte_of(b, i)->mask)
            return false;
    return true;
}

/* What begins like alternative `k` for `len` bytes, then differs from all that do so, too, and goes
 * on to `whole` bytes. */
static struct re *differs(struct parse *p, const struct re *alt, uint32_t k, uint32_t len)
{
    uint32_t whole = length_of(alt->kids[k]);
    struct re *cat = node(p, RE_CAT), *set = node(p, RE_SET);
    if (!cat || !set)
        return NULL;
    for (uint32_t i = 0; i < len; i++)
        if (!re_add(p->c->arena, cat, (struct re *)byte_of(alt->kids[k], i)))
            return clam_no_memory(p->c);
    memset(set->set, 0xff, sizeof set->set);
    for (uint32_t b = 0; b < 256; b++)
        for (uint32_t i = 0; i < alt->count; i++)
            if (same_start(alt->kids[k], alt->kids[i], len) &&
                re_has(byte_of(alt->kids[i], len), (uint8_t)b))
                set->set[b / 8] &= (uint8_t) ~(1u << b % 8);
    if (!re_add(p->c->arena, cat, set))
        return clam_no_memory(p->c);
    for (uint32_t i = len + 1; i < whole; i++)
        if (!re_add(p->c->arena, cat, byte_node(p, 0, 0)))
            return clam_no_memory(p->c);
    return cat->count == 1 ? cat->kids[0] : cat;
}

/* As many bytes as each alternative has, that are none of them. */
static struct re *negate(struct parse *p, const struct re *alt)
{
    uint32_t len = length_of(alt->kids[0]);
    struct re *out = node(p, RE_ALT);
    for (uint32_t k = 0; k < alt->count; k++)
        for (uint32_t i = 0; i < len; i++)
            if (length_of(alt->kids[k]) != len || !byte_of(alt->kids[k], i) ||
                (len > 1 && byte_of(alt->kids[k], i)->mask != 0xff)) {
                (void)refuse(p, "what is negated must be plain bytes of one length");
                return NULL;
            }
    for (uint32_t d = 0; out && d < len; d++)
        for (uint32_t k = 0; k < alt->count; k++) {
            bool is_known = false;
            for (uint32_t i = 0; i < k && !is_known; i++)
                is_known = same_start(alt->kids[i], alt->kids[k], d);
            struct re *one = is_known ? NULL : differs(p, alt, k, d);
            if (!is_known && (!one || !re_add(p->c->arena, out, one)))
                return clam_no_memory(p->c);
        }
    return out && out->count == 1 ? out->kids[0] : out;
}

static bool parse_close(struct parse *p)
{
    struct frame *f = &p->frames[p->depth - 1];
    if (p->depth == 1)
        return refuse(p, "')' without '('");
    if (!end_alternative(p))
        return false;
    if (f->negated && p->is_wide)
        return refuse(p, "negated alternatives are not supported in wide patterns");
    struct re *done = f->negated           ? negate(p, f->alt)
                      : f->alt->count == 1 ? f->alt->kids[0]
                                           : f->alt;
    reader_skip(&p->text, 1);
    p->depth--;
    return done && add(p, done);
}

static bool parse_token(struct parse *p)
{
    switch (peek(p)) {
    case '*':
        return parse_star(p);
    case '{':
        return parse_gap(p, '}');
    case '[':
        return parse_gap(p, ']');
    case '!':
    case '(':
        return parse_open(p);
    case '|':
        return parse_or(p);
    case ')':
        return parse_close(p);
    default:
        return parse_byte(p);
    }
}

bool clam_body(struct clam *c, struct span text, struct re **out, bool is_wide)
{
    struct parse p = {.c = c, .text = reader_of(text), .is_wide = is_wide};
    if (!open_frame(&p, false))
        return false;
    while (reader_left(&p.text))
        if (!parse_token(&p))
            return false;
    if (p.depth > 1)
        return refuse(&p, "')' expected");
    struct re *cat = p.frames[0].cat;
    if (cat->count == 0)
        return refuse(&p, "expected a pattern");
    while (cat->count && cat->kids[cat->count - 1]->jump)
        cat->count--; /* a gap at the end asks for nothing that we could miss */
    if (cat->count == 0 || cat->kids[0]->jump)
        return refuse(&p, "a pattern may not begin with a gap");
    *out = cat;
    return true;
}
