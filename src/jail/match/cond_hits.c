/* What conditions ask about the strings of their rule: counts, places, sets, other rules. */
#include "jail/match/cond.h"
#include "jail/match/hits.h"

const struct hits *cond_hits(const struct cond *c, uint32_t string)
{
    if (string == IMAGE_CURRENT)
        string = c->string;
    return c->rule.hits && string < c->rule.hit_count ? &c->rule.hits[string] : NULL;
}

/* How many matches begin before `at`; they are in order. */
static uint32_t before(const struct hits *h, int64_t at)
{
    uint32_t low = 0, high = h->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (at > 0 && h->items[middle].at < (uint64_t)at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many begin in [low, high]. */
static uint32_t count_in(const struct hits *h, int64_t low, int64_t high)
{
    if (!h || low > high || high < 0)
        return 0;
    uint32_t end = high == INT64_MAX ? h->count : before(h, high + 1);
    return end - before(h, low);
}

static bool is_on_demand(const struct cond *c, uint32_t string)
{
    return string < c->rule.hit_count && c->rule.hits[string].on_demand;
}

/* Whether the string is compared where it is asked for: gates ask before any was looked for. */
static bool is_placed(const struct cond *c, uint32_t string)
{
    struct image_string row;
    if (!c->now.search || string == IMAGE_CURRENT || (c->rule.hits && !is_on_demand(c, string)))
        return false;
    return ruleset_read(c->rules, IMAGE_STRINGS, c->rule.string_first + string, &row) &&
           row.flags & IMAGE_STRING_PLACED;
}

static uint32_t count_placed(struct cond *c, uint32_t string, int64_t low, int64_t high)
{
    struct hit first;
    uint64_t work;
    if (high < 0 || low > high)
        return 0;
    struct search_range range = {low < 0 ? 0 : (uint64_t)low, (uint64_t)high, c->left};
    uint64_t n = search_in(c->now.search, &c->now.object->source, c->rule.string_first + string,
                           &range, &first, &work);
    (void)cond_charge(c, work);
    struct hits *h = c->rule.hits && string < c->rule.hit_count ? &c->rule.hits[string] : NULL;
    if (n && h && h->count == 0) /* for the report; without memory there is no place in it */
        (void)hits_add(h, first, false, c->now.arena);
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* How many begin in [low, high]. */
static uint32_t string_in(struct cond *c, uint32_t string, int64_t low, int64_t high)
{
    if (is_placed(c, string))
        return count_placed(c, string, low, high);
    return count_in(cond_hits(c, string), low, high);
}

uint32_t cond_hits_at(const struct cond *c, uint32_t string, uint64_t at)
{
    return at > INT64_MAX ? 0 : count_in(cond_hits(c, string), (int64_t)at, (int64_t)at);
}

void cond_found(struct cond *c, const struct image_insn *i)
{
    const struct hits *h = cond_hits(c, i->c);
    cond_push_int(c, h && h->count > 0);
}

void cond_found_at(struct cond *c, const struct image_insn *i)
{
    struct cond_value at = cond_pop(c);
    if (at.kind == COND_V_INT)
        cond_push_int(c, string_in(c, i->c, at.i, at.i) > 0);
    else
        cond_push_undefined(c);
}

/* False when a bound is undefined. */
static bool pop_bounds(struct cond *c, int64_t *low, int64_t *high)
{
    struct cond_value b = cond_pop(c), a = cond_pop(c);
    *low = a.kind == COND_V_INT ? a.i : 0;
    *high = b.kind == COND_V_INT ? b.i : 0;
    return a.kind == COND_V_INT && b.kind == COND_V_INT;
}

void cond_found_in(struct cond *c, const struct image_insn *i)
{
    int64_t low, high;
    if (pop_bounds(c, &low, &high))
        cond_push_int(c, string_in(c, i->c, low, high) > 0);
    else
        cond_push_undefined(c);
}

void cond_count(struct cond *c, const struct image_insn *i)
{
    const struct hits *h = cond_hits(c, i->c);
    cond_push_int(c, h ? h->count : 0);
}

void cond_count_in(struct cond *c, const struct image_insn *i)
{
    int64_t low, high;
    if (pop_bounds(c, &low, &high))
        cond_push_int(c, string_in(c, i->c, low, high));
    else
        cond_push_undefined(c);
}

void cond_place(struct cond *c, const struct image_insn *i)
{
    struct cond_value nth = cond_pop(c);
    const struct hits *h = cond_hits(c, i->c);
    if (!h || nth.kind != COND_V_INT || nth.i < 1 || (uint64_t)nth.i > h->count) {
        cond_push_undefined(c);
        return;
    }
    const struct hit *hit = &h->items[nth.i - 1];
    cond_push_int(c, i->op == COND_LENGTH ? (int64_t)hit->len : (int64_t)hit->at);
}

static struct cond_value verdict(bool is_true)
{
    return (struct cond_value){.kind = COND_V_INT, .i = is_true};
}

struct cond_value cond_decide(uint8_t quant, const struct cond_value *want, uint64_t found,
                              uint64_t total)
{
    bool has_want = want->kind == COND_V_INT || want->kind == COND_V_FLOAT;
    switch (quant) {
    case COND_ANY:
        return verdict((int64_t)found >= 1);
    case COND_NONE:
        return verdict(found == 0);
    case COND_SOME:
        if (!has_want) /* observed, 4.2.3: an undefined number of them means all */
            return verdict(found == total);
        if (want->kind == COND_V_INT && want->i == 0) /* "0 of them": none of them */
            return verdict(found == 0);
        if (want->kind == COND_V_INT)
            return verdict(want->i < 0 || (int64_t)found >= want->i);
        return verdict((double)(int64_t)found >= want->f);
    case COND_PERCENT:
        if (!has_want)
            return (struct cond_value){.kind = COND_V_UNDEFINED};
        double percent = want->kind == COND_V_INT ? (double)want->i : want->f;
        return verdict(total > 0 && (double)found / (double)total * 100.0 >= percent);
    default:
        return verdict(found == total);
    }
}

struct cond_value cond_pop_want(struct cond *c, uint8_t quant)
{
    if (quant == COND_SOME || quant == COND_PERCENT)
        return cond_pop(c);
    return (struct cond_value){.kind = COND_V_UNDEFINED};
}

void cond_of_strings(struct cond *c, const struct image_insn *i)
{
    struct cond_value want = cond_pop_want(c, i->a);
    int64_t low = 0, high = INT64_MAX;
    bool has_bounds = true;
    if (i->b == COND_IN)
        has_bounds = pop_bounds(c, &low, &high);
    if (i->b == COND_AT) {
        struct cond_value at = cond_pop(c);
        low = high = at.i;
        has_bounds = at.kind == COND_V_INT;
    }
    uint32_t total = ruleset_u32(c->rules, IMAGE_LISTS, i->c), found = 0;
    if (!has_bounds || !cond_charge(c, total)) {
        cond_push_undefined(c);
        return;
    }
    for (uint32_t k = 0; k < total; k++) {
        const struct hits *h = cond_hits(c, ruleset_u32(c->rules, IMAGE_LISTS, i->c + 1 + k));
        if (h && h->count > 0 && (i->b == COND_ANYWHERE || count_in(h, low, high) > 0))
            found++;
    }
    cond_push(c, cond_decide(i->a, &want, found, total));
}

void cond_of_rules(struct cond *c, const struct image_insn *i)
{
    struct cond_value want = cond_pop_want(c, i->a);
    uint32_t total = ruleset_u32(c->rules, IMAGE_LISTS, i->c), found = 0;
    if (!cond_charge(c, total)) {
        cond_push_undefined(c);
        return;
    }
    for (uint32_t k = 0; k < total; k++) {
        uint32_t rule = ruleset_u32(c->rules, IMAGE_LISTS, i->c + 1 + k);
        if (rule < ruleset_rules(c->rules) && ((c->now.truth[rule / 32] >> (rule % 32)) & 1))
            found++;
    }
    cond_push(c, cond_decide(i->a, &want, found, total));
}

void cond_tally(struct cond *c, const struct image_insn *i)
{
    (void)i; /* has no operand */
    struct cond_value v = cond_pop(c), count = cond_pop(c);
    if (count.kind == COND_V_INT)
        cond_push_int(c, (int64_t)((uint64_t)count.i + cond_is_true(&v)));
    else
        cond_push_undefined(c);
}

void cond_decided(struct cond *c, const struct image_insn *i)
{
    struct cond_value want = cond_pop_want(c, i->a), count = cond_pop(c);
    if (count.kind == COND_V_INT)
        cond_push(c, cond_decide(i->a, &want, (uint64_t)count.i, i->c));
    else
        cond_push_undefined(c);
}
