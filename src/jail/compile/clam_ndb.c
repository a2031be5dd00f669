/* One line of .ndb: "name:target:offset:pattern[:min level[:max level]]", of .db: "name=pattern",
 * and what .ndb and .ldb share of patterns. Hostile bytes: a database's. Facts: ClamAV's manual,
 * "Extended signature format"; modifiers behind "::": "Logical signatures". */
#include "jail/compile/clam.h"

#include "common/text.h"
#include "jail/match/image.h"

enum { FIELDS = 6, MARK = 3 };

static bool read_modifiers(struct clam *c, struct span text, uint32_t *flags)
{
    static const uint32_t bits[256] = {
        ['i'] = IR_NOCASE, ['w'] = IR_WIDE, ['f'] = IR_FULLWORD, ['a'] = IR_ASCII};
    *flags = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint32_t bit = bits[span_byte(text, i)];
        if (!bit)
            return clam_refuse(c, span_cut(text, i, 1), "expected the modifiers i, w, f, a");
        *flags |= bit;
    }
    if (!(*flags & IR_WIDE))
        *flags |= IR_ASCII;
    return true;
}

/* What "(B)", "(L)" or "(W)" at `at` asks for, COND_EDGE_; *len: bytes of it, with a '!' before. */
static uint32_t edge(struct span text, size_t at, size_t *len)
{
    static const uint8_t kinds[256] = {
        ['B'] = COND_EDGE_PART, ['L'] = COND_EDGE_LINE, ['W'] = COND_EDGE_WORD};
    bool negated = span_byte(text, at) == '!';
    struct span mark = span_cut(text, at + negated, MARK);
    uint32_t kind = kinds[span_byte(mark, 1)];
    if (mark.len < MARK || span_byte(mark, 0) != '(' || span_byte(mark, 2) != ')')
        kind = 0;
    *len = kind ? MARK + negated : 0;
    return kind ? kind | (negated ? COND_EDGE_NOT : 0) : 0;
}

/* Cuts the marks from both ends of a pattern. */
static struct span cut_edges(struct span text, uint32_t *edges)
{
    size_t before, behind = 0;
    *edges = edge(text, 0, &before);
    for (size_t n = MARK + 1; n >= MARK && !behind && text.len >= before + n; n--) {
        uint32_t right = edge(text, text.len - n, &behind);
        behind = behind == n ? n : 0;
        *edges |= behind ? right << COND_EDGE_RIGHT : 0;
    }
    return span_cut(text, before, text.len - before - behind);
}

/* Most patterns are plain bytes: those need no tree. .at is NULL for others. */
static struct span plain_bytes(struct clam *c, struct span body)
{
    size_t len = body.len / 2;
    for (size_t i = 0; i < body.len; i++)
        if (text_hex_digit(span_byte(body, i)) < 0)
            return (struct span){NULL, 0};
    uint8_t *bytes = len && body.len % 2 == 0 ? arena_array(c->arena, uint8_t, len) : NULL;
    for (size_t i = 0; bytes && i < len; i++)
        bytes[i] = (uint8_t)(text_hex_digit(span_byte(body, 2 * i)) << 4 |
                             text_hex_digit(span_byte(body, 2 * i + 1)));
    return span_make(bytes, bytes ? len : 0);
}

static bool add_tree(struct clam *c, struct span body, bool is_wide, struct ir_string *out)
{
    out->kind = IR_REGEXP;
    out->text = body;
    out->flags = IR_ASCII | IR_DOTALL;
    return clam_body(c, body, &out->re, is_wide);
}

/* Where a match ends must be plain for what stands behind it to be asked. */
static bool fits_edges(struct clam *c, struct span text, const struct ir_string *s, uint32_t edges)
{
    struct re_list nodes;
    if (!s->re || !(edges >> COND_EDGE_RIGHT & COND_EDGE_KIND))
        return true;
    if (!re_postorder(s->re, c->arena, &nodes)) {
        c->bad = true;
        return false;
    }
    re_measure(&nodes);
    return s->re->min_len == s->re->max_len ||
           clam_refuse(c, text, "a mark behind a pattern of no fixed length");
}

bool clam_pattern(struct clam *c, struct span text, struct ir_string *strings, uint32_t *count,
                  uint32_t *edges)
{
    uint32_t flags = IR_ASCII;
    struct span body = text;
    size_t mark = span_find(text, SPAN_OF("::"), 0);
    if (mark != SIZE_MAX) {
        struct span modifiers = span_cut(text, mark + 2, SIZE_MAX);
        size_t colon = span_find_byte(modifiers, ':', 0);
        body = span_cut(text, 0, mark);
        /* *observed*: with two more colons behind them they mean nothing (once in main.ldb) */
        if (colon == SIZE_MAX || span_find_byte(modifiers, ':', colon + 1) == SIZE_MAX) {
            if (!read_modifiers(c, modifiers, &flags))
                return false;
        }
    }
    body = cut_edges(body, edges);
    if (*edges && (flags & IR_WIDE) && (flags & IR_ASCII))
        return clam_refuse(c, text, "a mark around a pattern that is wide and narrow");
    *edges |= *edges && (flags & IR_WIDE) ? COND_EDGE_WIDE : 0;
    uint32_t kept = flags & (IR_NOCASE | IR_FULLWORD), first = *count;
    struct span plain = plain_bytes(c, body);
    if (plain.at) {
        strings[(*count)++] = (struct ir_string){
            .kind = IR_TEXT, .text = plain, .flags = flags & (IR_ASCII | IR_WIDE)};
    } else {
        if ((flags & IR_ASCII) && !add_tree(c, body, false, &strings[(*count)++]))
            return false;
        if ((flags & IR_WIDE) && !add_tree(c, body, true, &strings[(*count)++]))
            return false;
    }
    for (uint32_t i = first; i < *count; i++) {
        strings[i].name = SPAN_OF("$");
        strings[i].line = c->line;
        strings[i].flags |= kept;
        if (!fits_edges(c, text, &strings[i], *edges))
            return false;
    }
    return true;
}

static bool read_target(struct clam *c, struct span text, uint32_t *out)
{
    uint64_t target;
    if (!text_u64(text, &target) || target >= CLAM_TARGETS || target == CLAM_UNUSED)
        return clam_refuse(c, text, "expected a target type of 0 to 7 or 9 to 12");
    *out = (uint32_t)target;
    return true;
}

static bool make_rule(struct clam *c, const struct span *field)
{
    struct clam_part part = {0};
    struct clam_sub sub;
    uint32_t target = CLAM_ANY;
    struct ir_string *strings = arena_array(c->arena, struct ir_string, 2);
    if (!strings)
        return clam_no_memory(c);
    if (!read_target(c, field[1], &target) || !clam_place(c, field[2], target, &part.place) ||
        !clam_pattern(c, field[3], strings, &part.count, &part.edges) ||
        !clam_part(c, &part, false, &sub))
        return false;
    struct ir_expr *gate = target ? clam_fact(c, CLAM_IS_TARGET, target) : NULL;
    struct ir_rule *rule = clam_rule(c, field[0]);
    if (!rule)
        return false;
    rule->strings = strings;
    rule->string_count = part.count;
    rule->condition = clam_join(c, IR_AND, gate, sub.is);
    return rule->condition != NULL;
}

/* Fields end at single colons: in the pattern, "::" stands before its modifiers. */
static uint32_t split(struct clam *c, struct span *field)
{
    struct span rest = c->whole;
    uint32_t count = 0;
    while (count < FIELDS && text_field(&rest, ':', &field[count]))
        count++;
    if (count < 4 || field[4].len || count <= 4 || count > FIELDS)
        return rest.len ? FIELDS + 1 : count;
    /* an empty fifth field: modifiers follow */
    size_t from = (size_t)(field[3].at - c->whole.at);
    struct span tail = span_cut(c->whole, from + field[3].len + 2, SIZE_MAX), modifiers = {NULL, 0};
    (void)text_field(&tail, ':', &modifiers); /* may be empty: then they are refused */
    field[3] = span_cut(c->whole, from, field[3].len + 2 + modifiers.len);
    field[4] = field[5] = (struct span){NULL, 0};
    for (count = 4; count < FIELDS && text_field(&tail, ':', &field[count]);)
        count++;
    return tail.len ? FIELDS + 1 : count;
}

bool clam_ndb_line(struct clam *c)
{
    struct span field[FIELDS] = {{NULL, 0}};
    uint32_t count = split(c, field);
    if (count < 4 || count > FIELDS)
        (void)clam_refuse(c, c->whole,
                          "expected name:target:offset:pattern and perhaps two levels");
    else if (clam_wanted(c, field[0]) && clam_level(c, field[4], field[5]))
        (void)make_rule(c, field); /* said, or c->bad */
    return !c->bad;
}

bool clam_db_line(struct clam *c)
{
    struct span rest = c->whole, field[FIELDS] = {{NULL, 0}};
    if (!text_field(&rest, '=', &field[0]) || rest.len == 0) {
        (void)clam_refuse(c, c->whole, "expected name=pattern"); /* said; on we go */
        return true;
    }
    field[1] = SPAN_OF("0");
    field[2] = SPAN_OF("*");
    field[3] = rest;
    if (clam_wanted(c, field[0]))
        (void)make_rule(c, field); /* said, or c->bad */
    return !c->bad;
}
