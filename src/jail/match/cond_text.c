/* Texts against texts and programs. Each pays for the bytes it may look at. */
#include "jail/match/cond.h"

#include "common/text.h"

/* Offset of `what` in `s` without case, or SIZE_MAX; the caller paid for the product. */
static size_t find_nocase(struct span s, struct span what)
{
    for (size_t at = 0; what.len <= s.len && at <= s.len - what.len; at++)
        if (span_equal_nocase(span_cut(s, at, what.len), what))
            return at;
    return SIZE_MAX;
}

static struct span tail(struct span s, size_t len)
{
    return span_cut(s, s.len - len, len);
}

/* An empty text lies in every other, at its beginning and its end (observed, 4.2.3). */
static bool holds(struct cond *c, uint8_t op, struct span a, struct span b)
{
    if (op == COND_IEQUALS)
        return a.len == b.len && cond_charge(c, a.len) && span_equal_nocase(a, b);
    if (b.len == 0)
        return true;
    if (b.len > a.len)
        return false;
    switch (op) {
    case COND_CONTAINS:
        return cond_charge(c, a.len) && span_find(a, b, 0) != SIZE_MAX;
    case COND_ICONTAINS: {
        uint64_t work;
        return mul_u64(a.len, b.len, &work) && cond_charge(c, work / 8 + a.len) &&
               find_nocase(a, b) != SIZE_MAX;
    }
    case COND_STARTSWITH:
        return span_starts(a, b);
    case COND_ISTARTSWITH:
        return span_equal_nocase(span_cut(a, 0, b.len), b);
    case COND_ENDSWITH:
        return span_equal(tail(a, b.len), b);
    default:
        return span_equal_nocase(tail(a, b.len), b);
    }
}

void cond_text(struct cond *c, const struct image_insn *i)
{
    struct cond_value b = cond_pop(c), a = cond_pop(c);
    if (a.kind == COND_V_STRING && b.kind == COND_V_STRING)
        cond_push_int(c, holds(c, i->op, a.s, b.s));
    else
        cond_push_undefined(c);
}

void cond_matches(struct cond *c, const struct image_insn *i)
{
    (void)i; /* has no operand */
    struct cond_value program = cond_pop(c), text = cond_pop(c);
    if (program.kind != COND_V_REGEX || text.kind != COND_V_STRING) {
        cond_push_undefined(c);
        return;
    }
    uint64_t before = vm_steps(c->vm);
    bool found = vm_search(c->vm, program.s, text.s, NULL);
    cond_push_int(c, found);
    (void)cond_charge(c, vm_steps(c->vm) - before); /* the run ends by itself when this was all */
}
