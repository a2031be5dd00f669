/* Strings that are asked for at one place, or in a few: they are compared there. The section was
 * checked; the bytes are the object's. */
#include "common/limits.h"
#include "jail/match/confirm.h"
#include "jail/match/piece.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that a piece may look at behind the place, as in a sweep. */
#define REACH LIMIT_VIEW_CONTEXT

enum {
    EDGE = 2,        /* and before it */
    COPY_SHARE = 64, /* bytes copied a step */
};

/* A few bytes of a large object, kept so that asking at its ends in turn does not move the window
 * to and fro. NULL when they cannot be had. */
static const struct search_kept *keep(struct search *s, struct source *source, uint64_t at,
                                      uint64_t *work)
{
    struct search_kept *k = &s->kept[s->kept_next++ % SEARCH_KEPT];
    k->len = 0;
    if (!k->bytes)
        k->bytes = malloc(SEARCH_KEPT_BYTES);
    if (!k->bytes)
        return NULL;
    k->base = at < REACH ? 0 : at - REACH;
    struct span view = source_view(source, k->base, SEARCH_KEPT_BYTES);
    if (view.len == 0)
        return NULL;
    memcpy(k->bytes, view.at, view.len);
    k->len = view.len;
    *work += view.len / COPY_SHARE;
    return k;
}

/* Whether the bytes around `at` that a piece may look at are all there. */
static bool is_kept(const struct search_kept *k, uint64_t at, uint64_t size)
{
    uint64_t end = k->base + k->len;
    return k->len > 0 && (at >= k->base + EDGE || k->base == 0) && at < end &&
           (end - at > REACH || end == size);
}

static bool stretch_at(struct search *s, struct source *source, uint64_t at,
                       struct stretch *stretch, uint64_t *work)
{
    stretch->text = (struct vm_text){.view = source->whole, .size = source->size};
    if (source_in_memory(source))
        return true;
    const struct search_kept *k = NULL;
    for (uint32_t i = 0; i < SEARCH_KEPT && !k; i++)
        k = is_kept(&s->kept[i], at, source->size) ? &s->kept[i] : NULL;
    if (!k)
        k = keep(s, source, at, work);
    if (!k)
        return false;
    stretch->text.view = span_make(k->bytes, k->len);
    stretch->text.base = k->base;
    return true;
}

void search_begin(struct search *s)
{
    for (uint32_t i = 0; i < SEARCH_KEPT; i++)
        s->kept[i].len = 0;
}

/* The first alternative that matches here, or the longest where the string is greedy. */
static bool string_at(struct search *s, const struct search_string *string,
                      const struct stretch *stretch, uint64_t at, struct hit *out)
{
    bool found = false;
    size_t place = (size_t)(at - stretch->text.base);
    for (uint32_t c = string->chain; c < string->chain + string->chains; c++) {
        const struct search_piece *p = &s->pieces[s->chains[c].piece];
        struct hit hit;
        uint32_t edges = confirm_edges(p);
        bool is_better = !found || p->flags & PIECE_GREEDY;
        if (!is_better || s->chains[c].pieces != 1 || !confirm_at(s, p, stretch, place, &hit))
            continue;
        if (edges && !search_is_word(stretch, hit.at, hit.len, edges))
            continue;
        if (!found || hit.len > out->len)
            *out = hit;
        found = true;
    }
    return found;
}

/* A literal's bytes, when the string is nothing else and its first byte is known: most places end
 * there. */
static bool first_byte(const struct search *s, const struct search_string *string, uint8_t *out)
{
    if (string->chains != 1)
        return false;
    const struct search_piece *p = &s->pieces[s->chains[string->chain].piece];
    *out = span_byte(s->pool, p->literal);
    return p->kind == PIECE_LITERAL && !(p->flags & (PIECE_XOR | PIECE_NOCASE)) &&
           p->literal_len > 0;
}

uint64_t search_in(struct search *s, struct source *source, uint32_t string,
                   const struct search_range *range, struct hit *first, uint64_t *work)
{
    uint64_t count = 0, steps = vm_steps(s->vm), end = range->high;
    *work = 0;
    if (string >= s->head->strings.count || source->size == 0)
        return 0;
    const struct search_string *want = &s->strings[string];
    uint8_t lead = 0;
    bool has_lead = first_byte(s, want, &lead);
    if (end >= source->size)
        end = source->size - 1;
    struct stretch stretch = {.text = {.size = source->size}};
    for (uint64_t at = range->low; at <= end && *work <= range->work; at++) {
        bool is_ready = stretch.text.view.len > 0 && source_in_memory(source);
        if (!is_ready && !stretch_at(s, source, at, &stretch, work))
            break;
        struct hit hit;
        size_t place = (size_t)(at - stretch.text.base);
        *work += (at & 15) == 0;
        if (has_lead && span_byte(stretch.text.view, place) != lead)
            continue;
        if (string_at(s, want, &stretch, at, &hit) && count++ == 0)
            *first = hit;
        *work += 1 + vm_steps(s->vm) - steps;
        steps = vm_steps(s->vm);
    }
    return count;
}
