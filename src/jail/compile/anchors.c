/* Which four bytes of a string to look for. Bytes are those of rules, which are hostile text. */
#include "jail/compile/anchors.h"

#include "jail/compile/background.h"
#include "jail/match/regex_vm.h"

enum {
    LOOK_BYTES = 1024,  /* of a long needle, only so much is weighed */
    BARE_FACTOR = 4,    /* a gram whose next bytes are unknown passes the second test */
    SPELL_COST = 1 << 9 /* a row in the tables, about 1e-7 of the bytes */
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

bool anchors_is_pair(const struct piece *p)
{
    return p->kind == PIECE_LITERAL && !(p->flags & PIECE_XOR) && p->literal.len == 2;
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
    if (count == 2 && is_letter((uint8_t)least) && set[other / 8] >> other % 8 & 1)
        return (struct pair){(uint16_t)least, GRAM_FOLD};
    return (struct pair){0, 0};
}

struct pair anchors_pair(const struct piece *p, struct span programs)
{
    struct pair out = {0, 0};
    if (p->flags & PIECE_XOR)
        return out;
    if (p->kind == PIECE_PROGRAM) {
        uint8_t set[32];
        vm_first(programs, p->forward, set);
        return only_byte(set);
    }
    for (uint32_t i = 0; i < 2 && i < p->literal.len; i++) {
        uint8_t byte = span_byte(p->literal, i), mask = 0xff;
        if (p->flags & PIECE_NOCASE && is_letter(byte))
            mask = GRAM_FOLD;
        out.value |= (uint16_t)((byte & mask) << 8 * i);
        out.mask |= (uint16_t)(mask << 8 * i);
    }
    return out;
}

uint64_t anchors_piece_cost(const struct piece *p)
{
    uint32_t count = anchors_count(p);
    uint64_t cost = count ? 0 : ANCHORS_NONE;
    if (anchors_is_pair(p))
        return background_pair(span_byte(p->literal, 0), span_byte(p->literal, 1));
    for (uint32_t i = 0; i < count && cost != ANCHORS_NONE; i++) {
        struct anchor_pick pick;
        bool usable = anchors_pick(anchors_needle(p, i), &pick);
        cost = usable ? anchors_add(cost, pick.cost) : ANCHORS_NONE;
    }
    return cost;
}

uint32_t anchors_best_piece(const struct chain *c, uint64_t *cost)
{
    uint32_t best = 0;
    *cost = ANCHORS_NONE;
    for (uint32_t i = 0; i < c->count; i++) {
        uint64_t one = anchors_piece_cost(&c->pieces[i]);
        if (one < *cost) {
            *cost = one;
            best = i;
        }
    }
    return best;
}
