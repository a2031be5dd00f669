/* Exact matches of pieces at places where they may be. Bytes are the object's; the section was
 * checked, and a forged one can only make a match that is none. */
#include "jail/match/confirm.h"

#include "jail/match/piece.h"
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
    slot->done = slot->hits->too_many || (slot->hits->one_is_enough && slot->piece->alone);
}

/* Each part of a chain is a word of its own: observed with yara 4.2.3, where "abc-xdef" does not
 * match /abc.{0,300}?def/ fullword. */
uint32_t confirm_edges(const struct search_piece *p)
{
    if (!(p->flags & PIECE_FULLWORD))
        return 0;
    return WORD_BEFORE | WORD_AFTER |
           (p->flags & PIECE_WIDE && !(p->flags & PIECE_BYTE_WORDS) ? WORD_WIDE : 0u);
}

/* The literal of a piece at `at` of the view, each byte through the key. */
static bool literal_at(const struct search *s, const struct search_piece *p, struct span view,
                       size_t at, uint8_t key)
{
    struct span want = span_cut(s->pool, p->literal, p->literal_len);
    if (want.len == 0 || at > view.len || view.len - at < want.len)
        return false;
    if (p->flags & PIECE_NOCASE)
        return span_equal_nocase(span_cut(view, at, want.len), want);
    for (size_t i = 0; i < want.len; i++)
        if ((span_byte(view, at + i) ^ key) != span_byte(want, i))
            return false;
    return true;
}

bool confirm_at(struct search *s, const struct search_piece *p, const struct stretch *stretch,
                size_t at, struct hit *out)
{
    *out = (struct hit){.at = stretch->text.base + at};
    if (p->kind == PIECE_LITERAL) {
        out->len = p->literal_len;
        if (p->flags & PIECE_XOR)
            out->xor_key = span_byte(stretch->text.view, at) ^ span_byte(s->pool, p->literal);
        if (p->flags & PIECE_XOR && (out->xor_key < p->xor_min || out->xor_key > p->xor_max))
            return false;
        return literal_at(s, p, stretch->text.view, at, out->xor_key);
    }
    out->is_wide = (p->flags & (PIECE_WIDE | PIECE_ANY_END)) == PIECE_WIDE;
    out->len = vm_match(s->vm, span_cut(s->programs, p->program, p->program_len), p->forward,
                        &stretch->text, out->at, p->flags);
    return out->len != UINT32_MAX && (out->len > 0 || p->alone); /* no part of a chain is empty */
}

/* The piece from `at` of the view, whatever led here. */
static void try_at(struct confirm *c, uint32_t index, size_t at)
{
    struct confirm_slot *slot = &c->slots[index];
    const struct search_piece *p = slot->piece;
    struct hit hit;
    if (p->kind != PIECE_LITERAL && tried(c, index, c->stretch->text.base + at))
        return;
    if (confirm_at(c->s, p, c->stretch, at, &hit))
        add_hit(c, slot, hit);
}

/* The machine cannot be started while it runs: beginnings are noted, then tried. */
static void start_found(void *ctx, uint32_t back)
{
    struct search *s = ctx;
    if (s->back_count < CONFIRM_BACKS)
        s->backs[s->back_count++] = back;
}

static bool is_whole(struct search *s, const struct search_piece *p, const struct stretch *stretch,
                     size_t at)
{
    struct hit hit;
    uint32_t edges = confirm_edges(p);
    return confirm_at(s, p, stretch, at, &hit) &&
           (!edges || search_is_word(stretch, hit.at, hit.len, edges));
}

bool confirm_needle(struct search *s, const struct search_needle *n, const struct stretch *stretch,
                    size_t begin)
{
    const struct search_piece *p = &s->pieces[n->piece];
    if (n->flags & NEEDLE_FIXED)
        return n->back <= begin && is_whole(s, p, stretch, begin - n->back);
    s->back_count = 0;
    vm_starts(s->vm, span_cut(s->programs, p->program, p->program_len), n->reverse, &stretch->text,
              stretch->text.base + begin, p->flags, start_found, s);
    for (uint32_t i = 0; i < s->back_count; i++) {
        if (i == CONFIRM_FEW)
            return true;
        if (s->backs[i] <= begin && is_whole(s, p, stretch, begin - s->backs[i]))
            return true;
    }
    return false;
}

/* Machine steps since the last call, as work. */
static uint64_t machine_work(struct confirm *c)
{
    uint64_t now = vm_steps(c->s->vm), spent = now - c->steps;
    c->steps = now;
    return spent;
}

/* Tries every beginning that the reverse program finds from `at` of the view. */
static void try_backwards(struct confirm *c, uint32_t index, size_t at, uint32_t reverse)
{
    const struct confirm_slot *slot = &c->slots[index];
    struct search *s = c->s;
    uint64_t limit = c->steps + (c->budget->steps - c->budget->steps_used);
    s->back_count = 0;
    vm_starts(s->vm, slot->programs, reverse, &c->stretch->text, c->stretch->text.base + at,
              slot->piece->flags, start_found, s);
    for (uint32_t i = 0; i < s->back_count && !slot->done && vm_steps(s->vm) <= limit; i++)
        if (s->backs[i] <= at)
            try_at(c, index, at - s->backs[i]);
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
            try_at(c, t->slot, begin - n->back);
    } else {
        try_backwards(c, t->slot, begin, n->reverse);
    }
    return work + machine_work(c);
}

static void set_first(uint8_t set[32], uint8_t byte)
{
    set[byte / 8] |= (uint8_t)(1u << byte % 8);
}

/* Bytes that may begin a piece whose first two are not known. */
static void find_first(struct confirm_slot *slot, struct span pool)
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
}

bool confirm_lone(struct confirm *c, uint32_t index)
{
    struct confirm_slot *slot = &c->slots[index];
    const struct search_piece *p = slot->piece;
    if (p->pair_mask == 0)
        find_first(slot, c->s->pool);
    if (p->kind == PIECE_PROGRAM) {
        slot->lead = arena_new_of(c->s->scratch, struct lead);
        if (!slot->lead)
            return false;
        lead_find(slot->programs, p->forward, p->flags & PIECE_WIDE, slot->lead);
    }
    uint32_t *head = &c->heads[(p->pair_value * 31u + (p->pair_value >> 8)) % CONFIRM_HEADS];
    slot->next = *head ? *head - 1 : CONFIRM_LAST;
    *head = index + 1;
    return true;
}

/* Whether the atom of a piece that begins at `at`, or of which it begins there, is where it must
 * be: comparing it costs less than starting the machine. */
static bool has_atom(const struct confirm *c, const struct search_piece *p, const struct stretch *s,
                     size_t at)
{
    const struct search_needle atom = {.bytes = p->literal, .len = p->atom_len};
    uint32_t work = 0;
    size_t back = p->pair_how == PAIR_BACKWARDS ? 0 : p->pair_reverse;
    return p->kind != PIECE_PROGRAM || p->atom_len == 0 ||
           sweep_needle(c->s->pool, &atom, s->text.view, at + back, &work);
}

static uint64_t slot_at(struct confirm *c, uint32_t index, const struct stretch *s, size_t at)
{
    struct confirm_slot *slot = &c->slots[index];
    const struct search_piece *p = slot->piece;
    uint8_t byte = span_byte(s->text.view, at);
    if (slot->done)
        return 0;
    if (p->pair_mask == 0 && !(slot->first[byte / 8] >> byte % 8 & 1))
        return 0;
    if (!has_atom(c, p, s, at))
        return 1;
    if (p->pair_mask && p->pair_how == PAIR_BACKWARDS) {
        try_backwards(c, index, at, p->pair_reverse);
        return 1 + machine_work(c);
    }
    if (slot->lead && !lead_may(slot->lead, s->text.view, at))
        return 0;
    try_at(c, index, at);
    return 1 + machine_work(c);
}

static bool is_same_pair(const struct search_piece *a, const struct search_piece *b)
{
    return a->pair_value == b->pair_value && a->pair_mask == b->pair_mask;
}

/* The slots from `head` on that have its pair, which stands at `at`. *left: some are not done. */
static uint64_t pair_at(struct confirm *c, uint32_t head, const struct stretch *s, size_t at,
                        bool *left)
{
    const struct search_piece *p = c->slots[head].piece;
    uint64_t work = 0;
    *left = false;
    for (uint32_t i = head; i != CONFIRM_LAST; i = c->slots[i].next) {
        const struct search_piece *other = c->slots[i].piece;
        if (!is_same_pair(p, other))
            continue;
        work += at >= other->pair_at ? slot_at(c, i, s, at - other->pair_at) : 1;
        *left = *left || !c->slots[i].done;
    }
    return work;
}

/* Pairs that are looked for together, each with the first slot that has it. */
struct together {
    struct pair_set set;
    uint32_t heads[PAIRS_AT_ONCE];
};

static bool pairs_everywhere(struct confirm *c, const struct together *t, const struct stretch *s,
                             struct budget *budget)
{
    struct prefilter_part part = {s->from, s->to};
    uint64_t work = (s->to - s->from) / 32;
    uint8_t wanted = (uint8_t)((1u << t->set.count) - 1), which = 0;
    while (wanted && part.from < part.to) {
        size_t at = c->s->run_pairs(s->text.view, part, &t->set, wanted, &which);
        if (at == SIZE_MAX)
            break;
        for (uint32_t k = 0; k < t->set.count; k++) {
            bool left = true;
            if (which >> k & 1)
                work += pair_at(c, t->heads[k], s, at, &left);
            if (!left)
                wanted &= (uint8_t) ~(1u << k);
        }
        part.from = at + 1;
        if (work < EVERYWHERE_WORK)
            continue;
        if (!budget_steps(budget, work))
            return false;
        work = 0;
    }
    return budget_steps(budget, work);
}

/* Slots of which nothing is known but how they may begin. */
static bool bytes_everywhere(struct confirm *c, uint32_t head, const struct stretch *s,
                             struct budget *budget)
{
    uint64_t work = (s->to - s->from) / 64;
    bool left = true;
    for (size_t at = s->from; left && at < s->to; at++) {
        work += pair_at(c, head, s, at, &left);
        if (work < EVERYWHERE_WORK)
            continue;
        if (!budget_steps(budget, work))
            return false;
        work = 0;
    }
    return budget_steps(budget, work);
}

/* Whether a slot before this one in the list has its pair: then it was done together with that. */
static bool is_follower(const struct confirm *c, uint32_t head, uint32_t index)
{
    for (uint32_t i = head; i != index; i = c->slots[i].next)
        if (is_same_pair(c->slots[i].piece, c->slots[index].piece))
            return true;
    return false;
}

/* Looks for the pairs gathered so far when there are enough of them, or `last`. */
static bool flush(struct confirm *c, struct together *t, bool last, const struct stretch *s,
                  struct budget *budget)
{
    if (t->set.count == 0 || (t->set.count < PAIRS_AT_ONCE && !last))
        return true;
    bool ok = pairs_everywhere(c, t, s, budget);
    *t = (struct together){.set = {.count = 0}};
    return ok;
}

bool confirm_everywhere(void *ctx, const struct stretch *s, struct budget *budget)
{
    struct confirm *c = ctx;
    struct together t = {.set = {.count = 0}};
    c->stretch = s;
    for (uint32_t h = 0; h < CONFIRM_HEADS; h++) {
        uint32_t head = c->heads[h] ? c->heads[h] - 1 : CONFIRM_LAST;
        for (uint32_t i = head; i != CONFIRM_LAST; i = c->slots[i].next) {
            const struct search_piece *p = c->slots[i].piece;
            if (is_follower(c, head, i))
                continue;
            if (p->pair_mask == 0 && !bytes_everywhere(c, i, s, budget))
                return false;
            if (p->pair_mask == 0)
                continue;
            t.heads[t.set.count] = i;
            pairs_add(&t.set, (struct pair){p->pair_value, p->pair_mask});
            if (!flush(c, &t, false, s, budget))
                return false;
        }
    }
    return flush(c, &t, true, s, budget);
}
