/* Matching by definition: for each node and position, the ordered list of possible ends, remembered
 * so that nothing is done twice. Recursion over the tests' own small trees. */
#include "slow_match.h"

#include <stdlib.h>
#include <string.h>

void slow_init(struct slow *s, const struct re_list *nodes, struct span text, uint32_t flags,
               bool is_wide)
{
    *s = (struct slow){.text = text, .flags = flags, .is_wide = is_wide};
    if (text.len > SLOW_TEXT)
        abort();
    for (uint32_t i = 0; i < nodes->count; i++)
        nodes->items[i]->mark = i;
    s->memo = calloc(nodes->count * (SLOW_TEXT + 1), sizeof *s->memo);
    if (!s->memo)
        abort();
}

void slow_done(struct slow *s)
{
    free(s->memo);
}

static void add(struct ends *e, uint32_t at)
{
    for (uint32_t i = 0; i < e->count; i++)
        if (e->at[i] == at)
            return;
    e->at[e->count++] = (uint8_t)at;
}

static void add_all(struct ends *e, const struct ends *more)
{
    for (uint32_t i = 0; i < more->count; i++)
        add(e, more->at[i]);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static uint8_t other_case(uint8_t c)
{
    uint8_t l = lower(c);
    return l >= 'a' && l <= 'z' ? c ^ 0x20 : c;
}

static bool accepts(const struct slow *s, const struct re *node, uint8_t byte)
{
    bool nocase = s->flags & RE_NOCASE;
    if (node->kind == RE_ANY)
        return byte != '\n' || s->flags & RE_DOTALL;
    if (node->kind == RE_BYTE && nocase && node->mask == 0xff)
        return (lower(byte) == lower(node->value)) != node->negated;
    if (!nocase || node->kind == RE_BYTE)
        return re_has(node, byte);
    bool one = re_has(node, byte), two = re_has(node, other_case(byte));
    return node->negated ? one && two : one || two;
}

static bool is_word_at(const struct slow *s, int64_t at)
{
    if (at < 0 || at >= (int64_t)s->text.len)
        return false;
    uint8_t c = span_byte(s->text, (size_t)at), l = lower(c);
    if (s->is_wide && ((size_t)at + 1 >= s->text.len || span_byte(s->text, (size_t)at + 1) != 0))
        return false;
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_border(const struct slow *s, uint32_t at)
{
    int64_t width = s->is_wide ? 2 : 1;
    return is_word_at(s, at) != is_word_at(s, at - width);
}

/* What a repeat comes to after `count` copies at `at`. */
static void repeat(struct slow *s, const struct re *node, uint32_t count, uint32_t at,
                   struct ends *out)
{
    bool may_leave = count >= node->min;
    bool may_go_on = node->max == RE_NO_MAX || count < node->max;
    if (count > node->min + SLOW_TEXT)
        abort();
    if (may_leave && !node->greedy)
        add(out, at);
    if (may_go_on) {
        const struct ends *kid = slow_ends(s, node->kids[0], at);
        bool is_loop = node->max == RE_NO_MAX;
        for (uint32_t i = 0; i < kid->count; i++) {
            bool is_empty = kid->at[i] == at;
            /* a copy that consumes nothing leads nowhere new: it may complete what a loop owes */
            if (is_empty && is_loop && count + 1 == node->min)
                add(out, at);
            else if (!is_empty || !is_loop || !may_leave)
                repeat(s, node, count + 1, kid->at[i], out);
        }
    }
    if (may_leave && node->greedy)
        add(out, at);
}

static void cat(struct slow *s, const struct re *node, uint32_t at, struct ends *out)
{
    struct ends now = {.count = 1, .at = {(uint8_t)at}};
    for (uint32_t i = 0; i < node->count; i++) {
        struct ends next = {0};
        for (uint32_t k = 0; k < now.count; k++)
            add_all(&next, slow_ends(s, node->kids[i], now.at[k]));
        now = next;
    }
    *out = now;
}

static void unit(struct slow *s, const struct re *node, uint32_t at, struct ends *out)
{
    uint32_t width = s->is_wide ? 2 : 1;
    if (at + width > s->text.len || (s->is_wide && span_byte(s->text, at + 1) != 0))
        return;
    if (accepts(s, node, span_byte(s->text, at)))
        add(out, at + width);
}

const struct ends *slow_ends(struct slow *s, const struct re *node, uint32_t at)
{
    struct ends *memo = &s->memo[node->mark * (SLOW_TEXT + 1) + at];
    struct ends out = {0};
    if (memo->is_known)
        return memo;
    bool holds = (node->kind == RE_EMPTY) || (node->kind == RE_START && at == 0) ||
                 (node->kind == RE_END && at >= s->text.len) ||
                 (node->kind == RE_WORD && is_border(s, at)) ||
                 (node->kind == RE_NOT_WORD && !is_border(s, at));
    if (holds)
        add(&out, at);
    else if (node->kind == RE_BYTE || node->kind == RE_SET || node->kind == RE_ANY)
        unit(s, node, at, &out);
    else if (node->kind == RE_CAT)
        cat(s, node, at, &out);
    else if (node->kind == RE_REPEAT)
        repeat(s, node, 0, at, &out);
    for (uint32_t i = 0; node->kind == RE_ALT && i < node->count; i++)
        add_all(&out, slow_ends(s, node->kids[i], at));
    *memo = out;
    memo->is_known = true;
    return memo;
}
