/* One pass over an object. Bytes are the object's: any. The tables were proved by search_check. */
#include "jail/match/sweep.h"

#include "jail/match/search_format.h"

#include <string.h>

enum {
    LOAD_BASE = 1024, /* work a bucket may make, and one more each LOAD_SHARE bytes */
    LOAD_SHARE = 1024,
    WORK_AT_ONCE = 65536, /* between two looks at the budget */
};

/* The stretch that begins at `at` (even). False at the object's end or when it cannot be read. */
static bool next_stretch(struct source *source, uint64_t at, struct stretch *s)
{
    if (at >= source->size)
        return false;
    uint64_t base =
        source_in_memory(source) || at < LIMIT_VIEW_CONTEXT ? 0 : at - LIMIT_VIEW_CONTEXT;
    struct span view = source_view(source, base, source->size - base);
    if (view.len <= at - base)
        return false;
    s->text = (struct vm_text){.view = view, .base = base, .size = source->size};
    s->from = (size_t)(at - base);
    s->to = view.len;
    if (base + view.len < source->size) {
        size_t core = view.len - s->from;
        if (core <= LIMIT_VIEW_CONTEXT)
            return false; /* the object shrank: the source has failed */
        s->to = (view.len - LIMIT_VIEW_CONTEXT) & ~(size_t)1;
    }
    return s->to > s->from;
}

static inline uint32_t bucket_of(const struct sweep *w, uint32_t gram)
{
    return gram_hash(gram, w->bucket_log);
}

/* False when the bucket has been given up. */
static bool charge(struct sweep *w, uint32_t bucket, uint64_t work, uint64_t size)
{
    struct sweep_load *load = &w->loads[bucket];
    if (load->epoch != w->epoch)
        *load = (struct sweep_load){w->epoch, 0};
    if (load->work == UINT32_MAX)
        return false;
    work += load->work;
    load->work = work < UINT32_MAX ? (uint32_t)work : UINT32_MAX - 1;
    if (work < LOAD_BASE + size / LOAD_SHARE)
        return true;
    load->work = UINT32_MAX;
    w->give_up(w->ctx, bucket);
    return false;
}

/* Looks through the entries of the bucket of one candidate; returns the work. */
static uint64_t visit(struct sweep *w, const struct stretch *s, size_t at)
{
    struct span view = s->text.view;
    uint32_t gram = prefilter_gram(view, at), bucket = bucket_of(w, gram);
    uint32_t first = w->starts[bucket], end = w->starts[bucket + 1];
    if (w->loads && !charge(w, bucket, (end - first) / 4, s->text.size))
        return 1;
    uint32_t next = prefilter_gram(view, at + GRAM_BYTES);
    uint64_t deep = 0;
    for (uint32_t i = first; i < end; i++) {
        const struct search_entry *e = &w->entries[i];
        if (e->gram == gram && ((next ^ e->next) & e->next_mask) == 0)
            deep += w->entry(w->ctx, e->ref, s, at);
    }
    if (w->loads && deep)
        charge(w, bucket, deep, s->text.size);
    return 1 + (end - first) / 4 + deep;
}

static bool sweep_chunk(struct sweep *w, const struct stretch *s, struct prefilter_part part,
                        struct budget *budget)
{
    uint64_t work = (part.to - part.from) / 64;
    uint32_t n = 0;
    if (w->starts)
        n = prefilter_scan(w->run, &w->sieve, s->text.view, part, w->found);
    for (uint32_t i = 0; i < n; i++) {
        work += visit(w, s, part.from + w->found[i]);
        if (work < WORK_AT_ONCE)
            continue;
        if (!budget_steps(budget, work))
            return false;
        work = 0;
    }
    if (w->chunk)
        work += w->chunk(w->ctx, s, part);
    return budget_steps(budget, work);
}

static bool sweep_stretch(struct sweep *w, const struct stretch *s, struct budget *budget)
{
    for (size_t from = s->from; from < s->to; from += SWEEP_CHUNK) {
        size_t to = s->to - from < SWEEP_CHUNK ? s->to : from + SWEEP_CHUNK;
        if (!sweep_chunk(w, s, (struct prefilter_part){from, to}, budget))
            return false;
    }
    return true;
}

bool sweep_run(struct sweep *w, struct source *source, struct budget *budget)
{
    struct stretch s;
    for (uint64_t at = 0; next_stretch(source, at, &s); at = s.text.base + s.to) {
        if ((w->starts || w->chunk) && !sweep_stretch(w, &s, budget))
            return false;
        if (w->stretch && !w->stretch(w->ctx, &s, budget))
            return false;
    }
    return true;
}

bool sweep_begin(const struct search_needle *n, uint32_t odd, size_t at, size_t *begin)
{
    int64_t from = (int64_t)at - n->gram[odd & 1];
    *begin = (size_t)from;
    return from >= 0;
}

static bool equal_masked(const uint8_t *data, const uint8_t *bytes, uint32_t len)
{
    const uint8_t *mask = bytes + needle_padded(len);
    uint32_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t d, b, m;
        memcpy(&d, data + i, 8);
        memcpy(&b, bytes + i, 8);
        memcpy(&m, mask + i, 8);
        if ((d & m) != b)
            return false;
    }
    for (; i < len; i++)
        if ((data[i] & mask[i]) != bytes[i])
            return false;
    return true;
}

bool sweep_needle(struct span pool, const struct search_needle *n, struct span view, size_t at,
                  uint32_t *work)
{
    *work += 1 + n->len / 64;
    if (at > view.len || view.len - at < n->len)
        return false;
    const uint8_t *data = view.at + at, *bytes = pool.at + n->bytes;
    if (n->flags & NEEDLE_EXACT)
        return memcmp(data, bytes, n->len) == 0;
    return equal_masked(data, bytes, n->len);
}
