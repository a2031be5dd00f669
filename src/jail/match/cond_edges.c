/* Matches that begin or end at a border, as ClamAV's marks (B), (L) and (W) ask. The bytes are a
 * stranger's. *Observed* with clamscan 1.4.6, byte by byte: (B) before a match is one of " -./<@_",
 * behind it one of "\n\r \"'-/=>_"; (L) is "\n" before it, "\n" or "\r\n" behind it; (W) is what is
 * no letter or digit of ASCII, of two bytes in wide patterns; the object's edges are all of them. A
 * '!' before a mark turns it around; one before a match is a byte of it, so that its offset is one
 * less, and !(B) there excludes both sets. */
#include "jail/match/cond.h"

#include "common/text.h"

static bool is_one_of(uint8_t c, const char *set)
{
    return span_find_byte(span_text(set), c, 0) != SIZE_MAX;
}

/* A letter or digit, in wide patterns with a 0 behind it. */
static bool is_letter(struct span s, bool wide)
{
    return s.len > 0 && text_is_alnum(span_byte(s, 0)) &&
           (!wide || s.len < 2 || span_byte(s, 1) == 0);
}

static bool is_before(struct source *s, uint64_t at, unsigned mark, unsigned edges)
{
    bool negated = edges & COND_EDGE_NOT, wide = (edges & COND_EDGE_WIDE) && !negated;
    if (at == 0 || (wide && mark == COND_EDGE_WORD && at == 1))
        return true;
    if (mark == COND_EDGE_WORD)
        return !is_letter(source_view(s, wide ? at - 2 : at - 1, wide ? 2 : 1), wide);
    uint8_t c = span_byte(source_view(s, at - 1, 1), 0);
    if (mark == COND_EDGE_LINE)
        return c == '\n';
    return is_one_of(c, " -./<@_") || (negated && is_one_of(c, "\n\r\"'=>"));
}

static bool is_behind(struct source *s, uint64_t end, unsigned mark, bool wide)
{
    if (end >= s->size)
        return true;
    struct span next = source_view(s, end, 2);
    uint8_t c = span_byte(next, 0);
    if (mark == COND_EDGE_WORD)
        return !is_letter(next, wide);
    if (mark == COND_EDGE_LINE)
        return c == '\n' || (c == '\r' && next.len == 2 && span_byte(next, 1) == '\n');
    return is_one_of(c, "\n\r \"'-/=>_");
}

static bool has_edges(struct source *s, const struct hit *hit, unsigned edges)
{
    unsigned before = edges & COND_EDGE_KIND, behind = edges >> COND_EDGE_RIGHT & COND_EDGE_KIND;
    bool wide = edges & COND_EDGE_WIDE;
    if (before && is_before(s, hit->at, before, edges) == ((edges & COND_EDGE_NOT) != 0))
        return false;
    return !behind || is_behind(s, hit->at + hit->len, behind, wide) !=
                          ((edges >> COND_EDGE_RIGHT & COND_EDGE_NOT) != 0);
}

void cond_count_edged(struct cond *c, const struct image_insn *i)
{
    struct cond_value high = cond_pop(c), low = cond_pop(c);
    const struct hits *h = cond_hits(c, i->c);
    bool is_placed = low.kind == COND_V_INT && high.kind == COND_V_INT;
    int64_t count = 0, earlier = (i->a & COND_EDGE_NOT) != 0;
    for (uint32_t k = 0; is_placed && h && k < h->count && cond_charge(c, 1); k++) {
        int64_t at = (int64_t)h->items[k].at - earlier;
        if (at >= low.i && at <= high.i)
            count += has_edges(&c->now.object->source, &h->items[k], i->a);
    }
    cond_push_int(c, count);
}
