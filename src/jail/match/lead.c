/* The first units of a program's matches. Bytes of programs are an image's, which may be forged:
 * what does not fit ends the path, and a wrong set can only lose or add a match of its own. */
#include "jail/match/lead.h"

#include "jail/match/regex_code.h"

#include <string.h>

struct path {
    struct span code, data;
    struct lead *out;
};

static bool is_in(const uint8_t set[32], uint32_t unit)
{
    return set[unit / 8] >> unit % 8 & 1;
}

static void put(uint8_t set[32], uint32_t unit)
{
    set[unit / 8] |= (uint8_t)(1u << unit % 8);
}

/* The units that a BYTE, SET or REPEAT takes; false when its bitmap is not there. */
static bool units_of(const struct path *p, const struct code *c, uint8_t set[32])
{
    bool mapped = c->op == CODE_SET || (c->op == CODE_REPEAT && c->flags & CODE_IS_SET);
    struct span bits = span_cut(p->data, c->op == CODE_SET ? c->x : c->y, CODE_SET_BYTES);
    memset(set, 0, 32);
    if (mapped && bits.len < CODE_SET_BYTES)
        return false;
    for (uint32_t unit = 0; unit < 256; unit++) {
        bool is_same = (unit & c->mask) == c->value;
        if (mapped ? is_in(bits.at, unit) : is_same != ((c->flags & CODE_NEGATED) != 0))
            put(set, unit);
    }
    return true;
}

static bool add(struct path *p, const uint8_t set[32])
{
    if (p->out->count == LEAD_UNITS)
        return false;
    memcpy(p->out->sets[p->out->count++], set, 32);
    return true;
}

static bool add_literal(struct path *p, const struct code *c)
{
    struct span bytes = span_cut(p->data, c->x, c->y);
    bool more = bytes.len == c->y;
    for (size_t i = 0; more && i < bytes.len; i++) {
        uint8_t set[32] = {0};
        put(set, span_byte(bytes, i));
        more = add(p, set);
    }
    return more;
}

/* True while the path goes on in one way behind this instruction. */
static bool follow(struct path *p, const struct code *c)
{
    uint8_t set[32];
    if (c->op == CODE_LITERAL)
        return add_literal(p, c);
    if (c->op != CODE_BYTE && c->op != CODE_SET && c->op != CODE_REPEAT)
        return false;
    uint32_t min = c->op == CODE_REPEAT ? c->x & 0xffff : 1;
    uint32_t max = c->op == CODE_REPEAT ? c->x >> 16 : 1;
    bool more = units_of(p, c, set);
    for (uint32_t i = 0; more && i < min; i++)
        more = add(p, set);
    return more && min == max;
}

void lead_find(struct span programs, uint32_t start, bool is_wide, struct lead *out)
{
    struct code_header head;
    struct span whole = span_cut(programs, start, programs.len);
    memset(out, 0, sizeof *out);
    out->step = is_wide ? 2 : 1;
    if (whole.len < sizeof head)
        return;
    memcpy(&head, whole.at, sizeof head);
    if (head.count > CODE_MAX)
        return;
    size_t code_len = head.count * sizeof(struct code);
    struct path p = {.code = span_cut(whole, sizeof head, code_len),
                     .data = span_cut(whole, sizeof head + code_len, head.data),
                     .out = out};
    struct code c;
    for (size_t at = 0; p.code.len - at >= sizeof c; at += sizeof c) {
        memcpy(&c, p.code.at + at, sizeof c);
        if (!follow(&p, &c))
            break;
    }
}

bool lead_may(const struct lead *l, struct span view, size_t at)
{
    for (uint32_t i = 0; i < l->count; i++) {
        size_t from = at + (size_t)i * l->step;
        if (from + l->step > view.len || !is_in(l->sets[i], span_byte(view, from)))
            return false;
        if (l->step == 2 && span_byte(view, from + 1) != 0)
            return false;
    }
    return true;
}
