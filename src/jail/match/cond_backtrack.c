/* How often an expression of ClamAV's matches the object at hand. Expressions come from the image,
 * the bytes are a stranger's. Facts, *observed* of clamscan 1.4.6: the subject begins at the
 * subsignature's offset, so that ^ means that place; without a shift the match must begin there;
 * with one, within it; counted is one match, or with flag g each from the end of the one before. */
#include "jail/match/cond.h"

#include "jail/facts/whole_bytes.h"

#include <stdlib.h>

enum {
    SLICE_BYTES = 1 << 18, /* the first look; each further one is twice as long */
    BYTES_A_STEP = 8,
    CALL_COST = 16
};

/* All bytes of the object, once; .at is NULL when they cannot be had. */
static struct span subject_of(struct cond *c)
{
    if (c->backtracks.has_subject)
        return c->backtracks.subject;
    struct source *s = &c->now.object->source;
    struct span got = {NULL, 0};
    if (s->size > LIMIT_BACKTRACK_FILE_BYTES)
        s->facts_cut = true; /* which makes a gap */
    else if (!whole_bytes(s, c->now.arena, &got) || got.len < s->size)
        c->is_unsure = true;
    c->backtracks.has_subject = true;
    c->backtracks.subject = got.len == s->size ? got : (struct span){NULL, 0};
    return c->backtracks.subject;
}

/* Compiled once for each engine. */
static struct backtrack *machine_of(struct cond *c, uint32_t index, const struct image_backtrack *x)
{
    struct cond_backtracks *all = &c->backtracks;
    uint32_t count = c->rules->counts[IMAGE_BACKTRACKS];
    char reason[8];
    size_t at;
    if (!all->machines)
        all->machines = calloc(count, sizeof *all->machines);
    if (!all->machines)
        return NULL;
    if (!all->machines[index])
        all->machines[index] =
            backtrack_new(ruleset_text(c->rules, x->text), x->flags, reason, sizeof reason, &at);
    return all->machines[index];
}

void cond_backtracks_free(struct cond *c)
{
    for (uint32_t i = 0; c->backtracks.machines && i < c->rules->counts[IMAGE_BACKTRACKS]; i++)
        backtrack_free(c->backtracks.machines[i]);
    free(c->backtracks.machines);
}

/* The next match from t->from on that begins at most at `until`, in slices that are paid for. */
static enum backtrack_result next_match(struct cond *c, struct backtrack *b,
                                        struct backtrack_try *t, size_t until)
{
    size_t slice = SLICE_BYTES;
    enum backtrack_result got = BACKTRACK_NONE;
    for (bool more = true; more && got == BACKTRACK_NONE; slice *= 2) {
        more = !t->is_anchored && until - t->from > slice;
        t->until = more ? t->from + slice : until;
        if (!cond_charge(c, CALL_COST + (t->until - t->from) / BYTES_A_STEP))
            return BACKTRACK_NONE;
        got = backtrack_run(b, t);
        if (more && got == BACKTRACK_NONE)
            t->from = t->until + 1;
    }
    return got;
}

static int64_t count_matches(struct cond *c, struct backtrack *b, uint32_t flags,
                             struct backtrack_try *t, size_t until)
{
    int64_t count = 0;
    while (t->from < t->subject.len && t->from <= until) {
        size_t from = t->from;
        enum backtrack_result got = next_match(c, b, t, until);
        c->is_unsure = c->is_unsure || got == BACKTRACK_LIMIT;
        if (got != BACKTRACK_FOUND)
            break;
        count++;
        t->from = t->end;
        if (!(flags & IMAGE_BACKTRACK_ALL) || t->end <= from)
            break; /* clamscan would count an empty match until its clock stops it */
    }
    return count;
}

/* `low` to `high` is where a match may begin. */
static int64_t answer(struct cond *c, uint32_t index, int64_t low, int64_t high)
{
    struct image_backtrack x;
    struct span subject = subject_of(c);
    if (!ruleset_read(c->rules, IMAGE_BACKTRACKS, index, &x) || low < 0 || high < low ||
        (uint64_t)low >= subject.len)
        return 0;
    struct backtrack *b = machine_of(c, index, &x);
    if (!b) {
        c->is_unsure = true;
        return 0;
    }
    size_t shift = (size_t)(high - low);
    struct backtrack_try t = {.subject = span_cut(subject, (size_t)low, SIZE_MAX)};
    if ((x.flags & IMAGE_BACKTRACK_WITHIN) && shift && shift < t.subject.len)
        t.subject = span_cut(t.subject, 0, shift);
    t.is_anchored = shift == 0;
    if (x.flags & (IMAGE_BACKTRACK_ANYWHERE | IMAGE_BACKTRACK_WITHIN) ||
        (shift == 0 && (x.flags & IMAGE_BACKTRACK_ROLLS)))
        shift = t.subject.len;
    if (x.flags & (IMAGE_BACKTRACK_ANYWHERE | IMAGE_BACKTRACK_ROLLS))
        t.is_anchored = false;
    return count_matches(c, b, x.flags, &t, shift < t.subject.len ? shift : t.subject.len);
}

void cond_backtrack(struct cond *c, const struct image_insn *i)
{
    struct cond_value high = cond_pop(c), low = cond_pop(c);
    struct cond_backtracks *all = &c->backtracks;
    for (uint32_t k = 0; k < all->answer_count; k++)
        if (all->answers[k].index == i->c) {
            cond_push_int(c, all->answers[k].count);
            return;
        }
    int64_t count = 0;
    if (low.kind == COND_V_INT && high.kind == COND_V_INT)
        count = answer(c, i->c, low.i, high.i);
    if (all->answer_count < COND_BACKTRACKS)
        all->answers[all->answer_count++] = (struct cond_backtrack_answer){i->c, count};
    cond_push_int(c, count);
}
