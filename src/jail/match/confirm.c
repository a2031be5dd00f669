/* Exact matches of pieces at places where they may be. Bytes are the object's; the section was
 * checked, and a forged one can only make a match that is none. */
#include "jail/match/confirm.h"

#include "jail/compile/pattern.h"
#include "jail/match/search_format.h"

enum { EVERYWHERE_WORK = 65536 }; /* between two looks at the budget */

static uint32_t mult(uint64_t at, uint32_t slot)
{
    return (uint32_t)((at * GRAM_MUL_SECOND + slot * UINT64_C(0xD6E8FEB86659FD93)) >> 52);
}

/* True when this start of this slot was tried a moment ago; remembers it. */
static bool tried(struct confirm *c, uint32_t slot, uint64_t at)
{
    struct confirm_tried *t = &c->s->tried[mult(at, slot) % CONFIRM_TRIED];
    if (t->epoch == c->s->epoch && t->slot_one == slot + 1 && t->at == at)
        return true;
    *t = (struct confirm_tried){.at = at, .slot_one = slot + 1, .epoch = c->s->epoch};
    return false;
}

static void add_hit(struct confirm *c, struct confirm_slot *slot, struct hit hit)
{
    if (slot->edges && !search_is_word(c->stretch, hit.at, hit.len, slot->edges))
        return;
    if (!hits_add(slot->hits, hit, slot->piece->flags & PIECE_GREEDY, c->arena))
        c->failed = true;
    slot->done = slot->hits->too_many || (c->first_only && slot->piece->alone);
}

/* The literal of a piece at `at` of the view, each byte through the key. */
static bool literal_at(const struct confirm *c, const struct search_piece *p, size_t at,
                       uint8_t key)
{
    struct span view = c->stretch->text.view;
    struct span want = span_cut(c->s->pool, p->literal, p->literal_len);
    if (want.len == 0 || at > view.len || view.len - at < want.len)
        return false;
    if (p->flags & PIECE_NOCASE)
        return span_equal_nocase(span_cut(view, at, want.len), want);
    for (size_t i = 0; i < want.len; i++)
        if ((span_byte(view, at + i) ^ key) != span_byte(want, i))
            return false;
    return true;
}

/* The piece from `at` of the view, whatever led here. */
static void try_at(struct confirm *c, uint32_t index, size_t at, uint8_t key)
{
    struct confirm_slot *slot = &c->slots[index];
    const struct search_piece *p = slot->piece;
    struct hit hit = {.at = c->stretch->text.base + at, .xor_key = key};
    if (p->kind == PIECE_LITERAL) {
        hit.len = p->literal_len;
        if (literal_at(c, p, at, key))
            add_hit(c, slot, hit);
        return;
    }
    if (tried(c, index, hit.at))
        return;
    hit.len = vm_match(c->s->vm, slot->programs, p->forward, &c->stretch->text, hit.at, p->flags);
    if (hit.len != UINT32_MAX)
        add_hit(c, slot, hit);
}

static void start_found(void *ctx, uint32_t back)
{
    struct confirm *c = ctx;
    uint64_t base = c->stretch->text.base;
    if (back <= c->anchor_at - base && !c->slots[c->slot].done &&
        vm_steps(c->s->vm) <= c->steps_limit)
        try_at(c, c->slot, (size_t)(c->anchor_at - base - back), 0);
}

/* Machine steps since the last call, as work. */
static uint64_t machine_work(struct confirm *c)
{
    uint64_t now = vm_steps(c->s->vm), spent = now - c->steps;
    c->steps = now;
    return spent;
}

uint64_t confirm_entry(void *ctx, uint32_t ref, const struct stretch *s, size_t at)
{
    struct confirm *c = ctx;
    const struct confirm_target *t = &c->targets[ref / 2];
    const struct search_needle *n = &c->s->needles[t->needle];
    struct confirm_slot *slot = &c->slots[t->slot];
    uint32_t work = 0;
    size_t begin;
    if (slot->done || !sweep_begin(n, ref & 1, at, &begin) ||
        !sweep_needle(c->s->pool, n, s->text.view, begin, &work))
        return work + 1;
    c->stretch = s;
    if (n->flags & NEEDLE_WHOLE) {
        add_hit(c, slot, (struct hit){.at = s->text.base + begin, .len = n->len});
    } else if (n->flags & NEEDLE_FIXED) {
        if (n->back <= begin)
            try_at(c, t->slot, begin - n->back, n->xor_key);
    } else {
        c->slot = t->slot;
        c->steps_limit = c->steps + (c->budget->steps - c->budget->steps_used);
        c->anchor_at = s->text.base + begin;
        vm_starts(c->s->vm, slot->programs, n->reverse, &s->text, c->anchor_at, slot->piece->flags,
                  start_found, c);
    }
    return work + machine_work(c);
}

static void set_first(uint8_t set[32], uint8_t byte)
{
    set[byte / 8] |= (uint8_t)(1u << byte % 8);
}

void confirm_first(struct confirm_slot *slot, struct span pool)
{
    const struct search_piece *p = slot->piece;
    if (p->kind != PIECE_LITERAL) {
        vm_first(slot->programs, p->forward, slot->first);
        return;
    }
    uint8_t lead = span_byte(pool, p->literal);
    bool xored = p->flags & PIECE_XOR;
    for (uint32_t key = xored ? p->xor_min : 0; key <= (xored ? p->xor_max : 0u); key++)
        set_first(slot->first, lead ^ (uint8_t)key);
    uint8_t up = lead & GRAM_FOLD;
    if (p->flags & PIECE_NOCASE && up >= 'A' && up <= 'Z') {
        set_first(slot->first, up);
        set_first(slot->first, up | 0x20);
    }
}

static bool slot_everywhere(struct confirm *c, uint32_t index, const struct stretch *s,
                            struct budget *budget)
{
    struct confirm_slot *slot = &c->slots[index];
    const struct search_piece *p = slot->piece;
    uint8_t lead = p->kind == PIECE_LITERAL ? span_byte(c->s->pool, p->literal) : 0;
    uint64_t work = (s->to - s->from) / 16;
    for (size_t at = s->from; at < s->to && !slot->done; at++) {
        uint8_t byte = span_byte(s->text.view, at);
        if (!(slot->first[byte / 8] >> byte % 8 & 1))
            continue;
        try_at(c, index, at, p->flags & PIECE_XOR ? byte ^ lead : 0);
        work += 1 + machine_work(c);
        if (work < EVERYWHERE_WORK)
            continue;
        if (!budget_steps(budget, work))
            return false;
        work = 0;
    }
    return budget_steps(budget, work);
}

bool confirm_everywhere(void *ctx, const struct stretch *s, struct budget *budget)
{
    struct confirm *c = ctx;
    c->stretch = s;
    for (uint32_t i = 0; i < c->slot_count; i++) {
        bool slow = c->slots[i].piece->needles == 0 && !c->slots[i].done;
        if (slow && !slot_everywhere(c, i, s, budget))
            return false;
    }
    return true;
}
