/* Which four bytes of a string to look for. Bytes are those of rules, which are hostile text. */
#include "jail/compile/anchors.h"

#include "jail/compile/background.h"
#include "jail/match/lead.h"

enum {
    LOOK_BYTES = 1024,     /* of a long needle, only so much is weighed */
    BARE_FACTOR = 4,       /* a gram whose next bytes are unknown passes the second test */
    SPELL_COST = 1 << 9,   /* a row in the tables, about 1e-7 of the bytes */
    COMMON_GRAM = 1 << 12, /* four bytes as common as this, 1e-6, stand in many files */
    COMMON_COST =
        1 << 22, /* of what is found in many files: a search for all strings of its rule */
};

uint64_t anchors_add(uint64_t a, uint64_t b)
{
    return a > ANCHORS_NONE - b ? ANCHORS_NONE : a + b;
}

/* ANCHORS_NONE when more than `most` bits of it are unknown. */
static uint64_t gram_cost(struct masked needle, int32_t at, uint32_t most)
{
    struct gram g = gram_at(needle, at);
    uint32_t open = gram_free(g);
    if (open > most)
        return ANCHORS_NONE;
    uint64_t cost = 0;
    for (uint32_t i = 0; i < 1u << open; i++)
        cost += background_gram(gram_spell(g, i)) + (uint64_t)SPELL_COST;
    bool bare = gram_free(gram_at(needle, at + GRAM_BYTES)) != 0;
    return bare ? cost * BARE_FACTOR : cost;
}

static void pick_best(struct masked needle, uint32_t most, uint64_t best[2], int16_t gram[2])
{
    int32_t end = (int32_t)(needle.bytes.len < LOOK_BYTES ? needle.bytes.len : LOOK_BYTES);
    /* At -1 the odd gram begins a byte before the needle, which then is not the object's first. */
    for (int32_t at = -1; at < end; at++) {
        uint64_t cost = gram_cost(needle, at, most);
        uint32_t odd = (uint32_t)at & 1;
        if (cost >= best[odd])
            continue;
        best[odd] = cost;
        gram[odd] = (int16_t)at;
    }
}

bool anchors_pick(struct masked needle, struct anchor_pick *out)
{
    uint64_t best[2] = {ANCHORS_NONE, ANCHORS_NONE};
    pick_best(needle, 0, best, out->gram);
    if (best[0] == ANCHORS_NONE || best[1] == ANCHORS_NONE)
        pick_best(needle, GRAM_FREE_MAX, best, out->gram);
    if (best[0] == ANCHORS_NONE || best[1] == ANCHORS_NONE)
        return false;
    out->cost = best[0] / 2 + best[1] / 2;
    return true;
}

uint32_t anchors_count(const struct piece *p)
{
    if (p->kind == PIECE_LITERAL && !(p->flags & PIECE_XOR))
        return p->literal.len ? 1 : 0;
    return p->atom_count;
}

struct masked anchors_needle(const struct piece *p, uint32_t i)
{
    if (p->kind == PIECE_LITERAL && !(p->flags & PIECE_XOR))
        return (struct masked){p->literal, {NULL, 0}};
    const struct atom *a = &p->atoms[i];
    return (struct masked){span_make(a->bytes, a->len), span_make(a->mask, a->len)};
}

static bool is_letter(uint8_t byte)
{
    uint8_t up = byte & GRAM_FOLD;
    return up >= 'A' && up <= 'Z';
}

/* A byte of a set that holds one, or the two cases of a letter; mask 0 for any other set. */
static struct pair only_byte(const uint8_t set[32])
{
    uint32_t count = 0, least = 0;
    for (uint32_t b = 256; b-- > 0;)
        if (set[b / 8] >> b % 8 & 1) {
            count++;
            least = b;
        }
    if (count == 1)
        return (struct pair){(uint16_t)least, 0xff};
    uint32_t other = least | 0x20;
    if (count == 2 && other != least && is_letter((uint8_t)least) &&
        set[other / 8] >> other % 8 & 1)
        return (struct pair){(uint16_t)least, GRAM_FOLD};
    return (struct pair){0, 0};
}

bool anchors_is_pair(struct anchor_pair pair)
{
    return (pair.pair.mask & GRAM_FOLD) == GRAM_FOLD && pair.pair.mask >> 8 >= GRAM_FOLD;
}

static uint64_t pair_cost(struct pair pair)
{
    return background_pair((uint8_t)pair.value, (uint8_t)(pair.value >> 8));
}

static struct pair literal_byte(const struct piece *p, uint32_t i)
{
    uint8_t byte = span_byte(p->literal, i), mask = 0xff;
    if (i >= p->literal.len)
        return (struct pair){0, 0};
    if (p->flags & PIECE_NOCASE && is_letter(byte))
        mask = GRAM_FOLD;
    return (struct pair){byte & mask, mask};
}

/* What is known of byte `i` of every match. */
static struct pair lead_byte(const struct lead *l, uint32_t i)
{
    if (l->step == 2 && i % 2 == 1 && i / 2 < l->count)
        return (struct pair){0, 0xff};
    return i / l->step < l->count ? only_byte(l->sets[i / l->step]) : (struct pair){0, 0};
}

static struct pair atom_byte(const struct atom *a, uint32_t i)
{
    uint8_t mask = i < a->len ? a->mask[i] : 0;
    if (mask != 0xff)
        return (struct pair){0, 0};
    if (a->nocase && is_letter(a->bytes[i]))
        mask = GRAM_FOLD;
    return (struct pair){a->bytes[i] & mask, mask};
}

/* Takes the pair of two known bytes, or the first of them, when that is rarer than what is there.
 */
static void weigh(struct anchor_pair *best, uint64_t *cost, struct pair a, struct pair b,
                  struct anchor_pair here)
{
    here.pair = (struct pair){(uint16_t)(a.value | b.value << 8), (uint16_t)(a.mask | b.mask << 8)};
    uint64_t one = a.mask ? BACKGROUND_ONE : ANCHORS_NONE; /* one byte is better than none */
    if (anchors_is_pair(here))
        one = pair_cost(here.pair);
    else
        here.pair = a;
    if (one >= *cost)
        return;
    *cost = one;
    *best = here;
}

struct anchor_pair anchors_pair(const struct piece *p, struct span programs)
{
    struct anchor_pair out = {.pair = {0, 0}};
    struct lead lead = {.step = 1};
    uint64_t cost = ANCHORS_NONE;
    bool is_program = p->kind == PIECE_PROGRAM;
    if (p->flags & PIECE_XOR)
        return out;
    if (is_program)
        lead_find(programs, p->forward, p->flags & PIECE_WIDE, &lead);
    for (uint32_t i = 0; i < 2 * LEAD_UNITS; i++)
        weigh(&out, &cost, is_program ? lead_byte(&lead, i) : literal_byte(p, i),
              is_program ? lead_byte(&lead, i + 1) : literal_byte(p, i + 1),
              (struct anchor_pair){.at = i});
    const struct atom *a = is_program && p->atom_count == 1 ? &p->atoms[0] : NULL;
    for (uint32_t i = 0; a && i + 1 < a->len && cost > 0; i++) {
        struct anchor_pair here = {.at = a->fixed ? a->back + i : i,
                                   .is_backwards = !a->fixed,
                                   .reverse = a->fixed ? 0 : a->reverse};
        if (atom_byte(a, i).mask && atom_byte(a, i + 1).mask)
            weigh(&out, &cost, atom_byte(a, i), atom_byte(a, i + 1), here);
    }
    return out;
}

/* Whether all of [at, at + len) is known but for the case of letters. */
static bool is_known(struct masked needle, uint32_t at, uint32_t len)
{
    for (uint32_t i = at; needle.mask.at && i < at + len; i++)
        if ((span_byte(needle.mask, i) & GRAM_FOLD) != GRAM_FOLD)
            return false;
    return true;
}

/* The rarest four bytes of a needle that has no six. */
static bool has_rare_gram(struct masked needle, uint32_t len)
{
    for (uint32_t at = 0; at + GRAM_BYTES <= len; at++)
        if (is_known(needle, at, GRAM_BYTES) &&
            background_gram(gram_at(needle, (int32_t)at).value) < COMMON_GRAM)
            return true;
    return false;
}

bool anchors_is_common(struct masked needle)
{
    uint32_t len = needle.bytes.len < LOOK_BYTES ? (uint32_t)needle.bytes.len : LOOK_BYTES;
    bool has_window = false;
    for (uint32_t at = 0; at + BACKGROUND_WINDOW <= len; at++) {
        if (!is_known(needle, at, BACKGROUND_WINDOW))
            continue;
        has_window = true;
        if (!background_is_common(span_cut(needle.bytes, at, BACKGROUND_WINDOW).at))
            return false;
    }
    return has_window || !has_rare_gram(needle, len);
}

struct anchor_cost anchors_piece_cost(const struct piece *p, struct span programs)
{
    uint32_t count = anchors_count(p);
    struct anchor_cost out = {.cost = count ? 0 : ANCHORS_NONE};
    for (uint32_t i = 0; i < count && out.cost != ANCHORS_NONE; i++) {
        struct anchor_pick pick;
        struct masked needle = anchors_needle(p, i);
        bool usable = anchors_pick(needle, &pick);
        out.cost = usable ? anchors_add(out.cost, pick.cost) : ANCHORS_NONE;
        out.is_common = out.is_common || !usable || anchors_is_common(needle);
    }
    if (out.cost != ANCHORS_NONE)
        return out;
    struct anchor_pair pair = anchors_pair(p, programs);
    return (struct anchor_cost){anchors_is_pair(pair) ? pair_cost(pair.pair) : ANCHORS_NONE, true};
}

uint64_t anchors_weight(struct anchor_cost cost)
{
    return cost.is_common ? anchors_add(cost.cost, COMMON_COST) : cost.cost;
}

uint32_t anchors_best_piece(const struct chain *c, struct span programs, struct anchor_cost *cost)
{
    uint32_t best = 0;
    *cost = (struct anchor_cost){ANCHORS_NONE, true};
    for (uint32_t i = 0; i < c->count; i++) {
        struct anchor_cost one = anchors_piece_cost(&c->pieces[i], programs);
        if (anchors_weight(one) < anchors_weight(*cost)) {
            *cost = one;
            best = i;
        }
    }
    return best;
}
