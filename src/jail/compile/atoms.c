/* Choosing atoms, bottom-up over a tree's post-order. Each node knows, when it can, the few byte
 * strings it stands for (words), and the best choice of atoms inside it. A sequence joins the words
 * of neighbours into windows; alternatives need an atom each. The tree comes from a hostile rule;
 * WORDS_MAX and ATOMS_MAX bound what is multiplied out. */
#include "jail/compile/atoms.h"

#include <string.h>

enum { SMALL_SET = 3, PENALTY = 25, FIXED_BONUS = 15, REST_SHARE = 4 };

/* What is known of a node; found by its mark. */
struct info {
    struct words words;
    struct choice best;
};

struct pass {
    struct arena *arena;
    struct info *infos;
    uint32_t width;
    bool bad;
};

/* Tenths of bits that one exact byte tells, by what files are full of. */
static int32_t byte_worth(uint8_t value, uint8_t mask)
{
    if (mask == 0xdf)
        return 35;
    if (mask != 0xff)
        return mask == 0 ? 0 : 2 * __builtin_popcount(mask);
    if (value == 0)
        return 10;
    if (value == 0xff || value == 0xcc || value == 0x90 || value == ' ')
        return 25;
    if ((value >= 'a' && value <= 'z') || (value >= '0' && value <= '9'))
        return 45;
    return value >= 'A' && value <= 'Z' ? 50 : 60;
}

/* The best run of exact bytes counts whole, what else is known a part: gaps in an atom help little
 * when it is looked for, but they do when it is compared. */
int32_t atoms_score(const struct word *word)
{
    int32_t run = 0, best = 0, total = 0;
    for (uint32_t i = 0; i < word->len; i++) {
        struct cell c = word->cells[i];
        int32_t worth = byte_worth(c.value, c.mask);
        bool is_repeat =
            i > 0 && c.mask == word->cells[i - 1].mask && c.value == word->cells[i - 1].value;
        if (is_repeat)
            worth /= 5;
        total += worth;
        run = c.mask == 0xff || c.mask == 0xdf ? run + worth : 0;
        best = run > best ? run : best;
    }
    return best ? best + (total - best) / REST_SHARE : 0;
}

static int32_t words_score(const struct words *words)
{
    int32_t worst = INT32_MAX, penalty = 0;
    for (uint32_t i = 0; i < words->count; i++) {
        int32_t score = atoms_score(&words->items[i]);
        worst = score < worst ? score : worst;
    }
    for (uint32_t n = 1; n < words->count; n *= 2)
        penalty += PENALTY;
    return words->count == 0 || worst == 0 ? 0 : worst > penalty ? worst - penalty : 1;
}

static struct words new_words(struct pass *p, uint32_t count)
{
    struct words w = {arena_array(p->arena, struct word, count), count};
    if (!w.items) {
        p->bad = true;
        w.count = 0;
    }
    return w;
}

/* The cell that every byte of a set fits. */
static struct cell common_cell(const struct re *node)
{
    uint8_t ones = 0xff, zeros = 0xff;
    for (unsigned c = 0; c < 256; c++)
        if (re_has(node, (uint8_t)c)) {
            ones &= (uint8_t)c;
            zeros &= (uint8_t)~c;
        }
    uint8_t mask = ones | zeros;
    return ones & zeros ? (struct cell){0, 0} : (struct cell){ones, mask};
}

static struct words unit_words(struct pass *p, const struct re *node)
{
    uint32_t count = 0;
    if (node->kind == RE_BYTE) {
        struct words one = new_words(p, 1);
        if (one.count) {
            one.items[0].len = 1;
            one.items[0].cells[0] =
                node->negated ? (struct cell){0, 0} : (struct cell){node->value, node->mask};
        }
        return one;
    }
    for (unsigned c = 0; c < 256; c++)
        count += re_has(node, (uint8_t)c);
    struct words w = new_words(p, count == 0 || count > SMALL_SET ? 1 : count);
    if (w.count == 1) {
        w.items[0] = (struct word){1, {common_cell(node)}};
        return w;
    }
    for (uint32_t c = 0, i = 0; i < w.count && c < 256; c++)
        if (re_has(node, (uint8_t)c))
            w.items[i++] = (struct word){1, {{(uint8_t)c, 0xff}}};
    return w;
}

static struct info *info_of(const struct pass *p, const struct re *node)
{
    return &p->infos[node->mark];
}

/* Alternatives of one length as one word that fits them all; count 0 when the lengths differ. */
static struct words collapse(struct pass *p, const struct words *w)
{
    for (uint32_t i = 1; i < w->count; i++)
        if (w->items[i].len != w->items[0].len)
            return (struct words){0};
    struct words one = new_words(p, 1);
    if (!one.count)
        return one;
    one.items[0] = w->items[0];
    for (uint32_t i = 1; i < w->count; i++)
        for (uint32_t k = 0; k < one.items[0].len; k++) {
            struct cell *c = &one.items[0].cells[k];
            const struct cell *other = &w->items[i].cells[k];
            c->mask &= (uint8_t)(other->mask & ~(c->value ^ other->value));
            c->value &= c->mask;
        }
    return one;
}

static void join(struct word *to, const struct word *more, uint32_t width)
{
    for (uint32_t i = 0; i < more->len && to->len < width; i++)
        to->cells[to->len++] = more->cells[i];
}

/* Every word of `left` with every one of `right` behind it; count 0 when that is too many. */
static struct words multiply(struct pass *p, const struct words *left, const struct words *right,
                             uint32_t width)
{
    struct words small = *right;
    if (left->count * right->count > WORDS_MAX)
        small = collapse(p, right);
    if (small.count == 0)
        return small;
    struct words product = new_words(p, left->count * small.count);
    for (uint32_t i = 0; i < product.count; i++) {
        product.items[i] = left->items[i / small.count];
        join(&product.items[i], &small.items[i % small.count], width);
    }
    return product;
}

static uint32_t shortest(const struct words *w)
{
    uint32_t least = w->count ? WORD_CELLS : 0;
    for (uint32_t i = 0; i < w->count; i++)
        least = w->items[i].len < least ? w->items[i].len : least;
    return least;
}

static uint32_t longest(const struct words *w)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < w->count; i++)
        most = w->items[i].len > most ? w->items[i].len : most;
    return most;
}

/* A sequence's own words, when it is short. */
static struct words cat_words(struct pass *p, const struct re *node)
{
    struct words all = {0};
    if (node->max_len > WORD_CELLS)
        return all;
    all = new_words(p, 1);
    for (uint32_t i = 0; i < node->count && all.count; i++) {
        const struct words *kid = &info_of(p, node->kids[i])->words;
        all = kid->count ? multiply(p, &all, kid, WORD_CELLS) : (struct words){0};
    }
    return all;
}

static struct words alt_words(struct pass *p, const struct re *node)
{
    uint32_t count = 0, at = 0;
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t more = info_of(p, node->kids[i])->words.count;
        count += more;
        if (more == 0 || count > WORDS_MAX)
            return (struct words){0};
    }
    struct words all = new_words(p, count);
    for (uint32_t i = 0; i < node->count && all.count; i++) {
        const struct words *kid = &info_of(p, node->kids[i])->words;
        memcpy(all.items + at, kid->items, kid->count * sizeof *kid->items);
        at += kid->count;
    }
    return all;
}

/* The words of `times` copies of a repeat's kid, at most `width` cells. */
static struct words repeat_words(struct pass *p, const struct re *node, uint32_t times,
                                 uint32_t width)
{
    const struct words *kid = &info_of(p, node->kids[0])->words;
    struct words all = new_words(p, 1);
    if (kid->count == 0 || longest(kid) == 0)
        return (struct words){0};
    for (uint32_t i = 0; i < times && all.count && shortest(&all) < width; i++)
        all = multiply(p, &all, kid, width);
    return all;
}

static struct words words_of(struct pass *p, const struct re *node)
{
    switch (node->kind) {
    case RE_BYTE:
    case RE_SET:
        return unit_words(p, node);
    case RE_CAT:
        return cat_words(p, node);
    case RE_ALT:
        return alt_words(p, node);
    case RE_REPEAT:
        if (node->min != node->max || node->max_len > WORD_CELLS)
            return (struct words){0};
        return node->max ? repeat_words(p, node, node->min, WORD_CELLS) : new_words(p, 1);
    default:
        return new_words(p, 1); /* consumes nothing: one empty word */
    }
}

/* A window that begins at cell `skip` of kid `from` and goes on while it can. */
static struct words window(struct pass *p, const struct re *node, uint32_t from, uint32_t skip)
{
    const struct words *first = &info_of(p, node->kids[from])->words;
    struct words all = new_words(p, first->count);
    for (uint32_t i = 0; i < all.count; i++) {
        const struct word *w = &first->items[i];
        for (uint32_t k = skip; k < w->len && all.items[i].len < p->width; k++)
            all.items[i].cells[all.items[i].len++] = w->cells[k];
    }
    for (uint32_t k = from + 1; k < node->count && all.count && shortest(&all) < p->width; k++) {
        const struct re *kid = node->kids[k];
        struct words more = info_of(p, kid)->words;
        bool is_last = more.count == 0;
        if (is_last && kid->kind == RE_REPEAT && kid->min > 0)
            more = repeat_words(p, kid, kid->min, p->width);
        if (more.count == 0)
            break;
        more = multiply(p, &all, &more, p->width);
        if (more.count == 0)
            break;
        all = more;
        /* the copies past the lower bound stand between it and the next kid */
        if (is_last)
            break;
    }
    return all;
}

static void trim(struct words *w)
{
    for (uint32_t i = 0; i < w->count; i++)
        while (w->items[i].len && w->items[i].cells[w->items[i].len - 1].mask == 0)
            w->items[i].len--;
}

/* What stands before kid `at` of a sequence, then `skip` bytes, then `inner`. NULL: nothing. */
static struct re *prefix_tree(struct pass *p, const struct re *cat, uint32_t at, uint32_t skip,
                              struct re *inner)
{
    if (at == 0 && skip == 0)
        return inner;
    struct re *all = re_new(p->arena, RE_CAT);
    bool ok = all != NULL;
    for (uint32_t i = 0; ok && i < at; i++)
        ok = re_add(p->arena, all, cat->kids[i]);
    if (ok && skip) {
        struct re *some = re_new(p->arena, RE_REPEAT), *any = re_new(p->arena, RE_BYTE);
        ok = some && any && re_add(p->arena, some, any) && re_add(p->arena, all, some);
        if (ok)
            some->min = some->max = skip;
    }
    ok = ok && (!inner || re_add(p->arena, all, inner));
    p->bad |= !ok;
    return ok ? all : NULL;
}

/* The best place of a sequence found so far. */
struct place {
    int32_t score;
    uint32_t kid, skip;
    struct words words;         /* of a window */
    const struct choice *inner; /* or the choice of that kid */
};

static void try_windows(struct pass *p, const struct re *node, uint32_t kid, bool is_fixed,
                        struct place *best)
{
    const struct words *first = &info_of(p, node->kids[kid])->words;
    uint32_t offsets = first->count == 1 ? first->items[0].len : 1;
    for (uint32_t skip = 0; skip < offsets && !p->bad; skip++) {
        if (first->count == 1 && first->items[0].cells[skip].mask == 0)
            continue;
        struct words w = window(p, node, kid, skip);
        trim(&w);
        int32_t score = words_score(&w) + (is_fixed ? FIXED_BONUS : 0);
        if (score > best->score && words_score(&w) > 0)
            *best = (struct place){score, kid, skip, w, NULL};
    }
}

/* A repeat of words without an upper bound, or with a higher one: its first copies. */
static struct words first_copies(struct pass *p, const struct re *kid)
{
    if (kid->kind != RE_REPEAT || kid->min == 0)
        return (struct words){0};
    struct words w = repeat_words(p, kid, kid->min, p->width);
    trim(&w);
    return w;
}

static struct choice seeds_of(struct pass *p, const struct words *w, struct re *prefix,
                              int32_t score)
{
    struct choice c = {arena_array(p->arena, struct seed, w->count), w->count, score};
    if (!c.seeds) {
        p->bad = true;
        return (struct choice){0};
    }
    for (uint32_t i = 0; i < c.count; i++)
        c.seeds[i] = (struct seed){w->items[i], prefix};
    return c;
}

static struct choice take_place(struct pass *p, const struct re *node, const struct place *best)
{
    if (best->score <= 0)
        return (struct choice){0};
    struct re *outer = prefix_tree(p, node, best->kid, best->skip, NULL);
    if (!best->inner)
        return seeds_of(p, &best->words, outer, best->score);
    struct choice c = {arena_array(p->arena, struct seed, best->inner->count), best->inner->count,
                       best->score};
    if (!c.seeds) {
        p->bad = true;
        return (struct choice){0};
    }
    for (uint32_t i = 0; i < c.count; i++) {
        c.seeds[i] = best->inner->seeds[i];
        c.seeds[i].prefix =
            prefix_tree(p, node, best->kid, best->skip, best->inner->seeds[i].prefix);
    }
    return c;
}

static struct choice best_of_cat(struct pass *p, const struct re *node)
{
    struct place best = {0};
    uint64_t min = 0, max = 0;
    for (uint32_t k = 0; k < node->count && !p->bad; k++) {
        const struct re *kid = node->kids[k];
        const struct info *info = info_of(p, kid);
        bool is_fixed = min == max;
        if (info->words.count)
            try_windows(p, node, k, is_fixed, &best);
        if (info->best.count && info->best.score > best.score)
            best = (struct place){info->best.score, k, 0, {0}, &info->best};
        min += kid->min_len;
        max += kid->max_len;
    }
    return take_place(p, node, &best);
}

static struct choice best_of_alt(struct pass *p, const struct re *node)
{
    struct choice all = {.score = INT32_MAX};
    uint32_t at = 0;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct choice *kid = &info_of(p, node->kids[i])->best;
        all.count += kid->count;
        all.score = kid->score < all.score ? kid->score : all.score;
        if (kid->count == 0 || all.count > ATOMS_MAX)
            return (struct choice){0};
    }
    for (uint32_t n = 1; n < all.count; n *= 2)
        all.score -= all.score > PENALTY ? PENALTY : 0;
    all.seeds = arena_array(p->arena, struct seed, all.count);
    if (!all.seeds) {
        p->bad = true;
        return (struct choice){0};
    }
    for (uint32_t i = 0; i < node->count; i++) {
        const struct choice *kid = &info_of(p, node->kids[i])->best;
        memcpy(all.seeds + at, kid->seeds, kid->count * sizeof *kid->seeds);
        at += kid->count;
    }
    return all;
}

/* The best choice inside a node that is not a sequence. */
static struct choice best_of(struct pass *p, const struct re *node)
{
    if (node->kind == RE_CAT)
        return best_of_cat(p, node);
    if (node->kind == RE_ALT)
        return best_of_alt(p, node);
    struct words w = node->kind == RE_REPEAT ? first_copies(p, node) : info_of(p, node)->words;
    int32_t score = words_score(&w);
    struct choice c = score > 0 ? seeds_of(p, &w, NULL, score + FIXED_BONUS) : (struct choice){0};
    if (node->kind == RE_REPEAT && node->min > 0) {
        const struct choice *kid = &info_of(p, node->kids[0])->best;
        return kid->score > c.score ? *kid : c;
    }
    return c;
}

bool atoms_choose(const struct re_list *nodes, uint32_t width, struct arena *a, struct choice *out)
{
    struct pass p = {.arena = a, .width = width};
    p.infos = arena_array(a, struct info, nodes->count);
    if (!p.infos)
        return false;
    for (uint32_t i = 0; i < nodes->count && !p.bad; i++) {
        struct re *node = nodes->items[i];
        node->mark = i;
        p.infos[i].words = words_of(&p, node);
        p.infos[i].best = best_of(&p, node);
    }
    *out = p.infos[nodes->count - 1].best;
    return !p.bad;
}

int32_t atoms_window(struct span literal, bool nocase, uint32_t width, uint32_t *at, uint32_t *len)
{
    int32_t best = -1;
    uint32_t size = literal.len < width ? (uint32_t)literal.len : width;
    *at = 0;
    *len = size;
    for (uint32_t from = 0; from + size <= literal.len; from++) {
        struct word w = {.len = (uint8_t)size};
        for (uint32_t i = 0; i < size; i++) {
            uint8_t byte = span_byte(literal, from + i), upper = byte & 0xdf;
            bool is_letter = upper >= 'A' && upper <= 'Z';
            w.cells[i] =
                nocase && is_letter ? (struct cell){upper, 0xdf} : (struct cell){byte, 0xff};
        }
        int32_t score = atoms_score(&w);
        if (score > best) {
            best = score;
            *at = from;
        }
    }
    return best;
}
