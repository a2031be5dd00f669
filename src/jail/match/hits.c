/* Lists of matches: growing, sorting, joining the pieces of a chain. No bytes are read here. */
#include "jail/match/hits.h"

/* a before b; at one offset the longer first where greedy, else the shorter. */
static bool before(const struct hit *a, const struct hit *b, bool greedy)
{
    if (a->at != b->at)
        return a->at < b->at;
    if (greedy && a->is_wide != b->is_wide) /* as YARA 4.5.2: the wide one replaces the other */
        return a->is_wide;
    if (a->len != b->len)
        return greedy ? a->len > b->len : a->len < b->len;
    return a->xor_key < b->xor_key;
}

static void sink_down(struct hit *items, uint32_t root, uint32_t count, bool greedy)
{
    struct hit held = items[root];
    for (uint64_t kid; (kid = 2 * (uint64_t)root + 1) < count; root = (uint32_t)kid) {
        if (kid + 1 < count && before(&items[kid], &items[kid + 1], greedy))
            kid++;
        if (!before(&held, &items[kid], greedy))
            break;
        items[root] = items[kid];
    }
    items[root] = held;
}

/* Heap sort: libc's asks the kernel how much memory there is, and the cage kills for that. */
static void sort(struct hit *items, uint32_t count, bool greedy)
{
    uint32_t i = 1;
    while (i < count && !before(&items[i], &items[i - 1], greedy))
        i++;
    if (i >= count)
        return;
    for (i = count / 2; i-- > 0;)
        sink_down(items, i, count, greedy);
    for (uint32_t left = count; left-- > 1;) {
        struct hit top = items[0];
        items[0] = items[left];
        items[left] = top;
        sink_down(items, 0, left, greedy);
    }
}

void hits_settle(struct hits *h, bool greedy)
{
    sort(h->items, h->count, greedy);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < h->count; i++)
        if (kept == 0 || h->items[kept - 1].at != h->items[i].at)
            h->items[kept++] = h->items[i];
    h->count = kept;
}

bool hits_add(struct hits *h, struct hit hit, bool greedy, struct arena *arena)
{
    if (h->too_many)
        return true;
    if (h->count >= LIMIT_MATCHES) {
        hits_settle(h, greedy);
        if (h->count >= LIMIT_MATCHES) {
            h->too_many = true;
            return true;
        }
    }
    void *items = h->items;
    if (!arena_grow(arena, &items, &h->cap, h->count + 1, sizeof hit))
        return false;
    h->items = items;
    h->items[h->count++] = hit;
    return true;
}

/* First index whose `at` is not below `at`. */
static uint32_t lower(const struct hits *h, uint64_t at)
{
    uint32_t low = 0, high = h->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (h->items[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Least of tree leaves [from, to); the tree has n leaves at n..2n-1. */
static uint32_t least(const uint32_t *tree, uint32_t n, uint32_t from, uint32_t to)
{
    uint32_t best = HITS_NO_TAIL;
    for (from += n, to += n; from < to; from /= 2, to /= 2) {
        if (from & 1) {
            best = tree[from] < best ? tree[from] : best;
            from++;
        }
        if (to & 1) {
            to--;
            best = tree[to] < best ? tree[to] : best;
        }
    }
    return best;
}

/* tree[n + i]: the first tail that completes the chain from the i-th hit of `here`, given the same
 * of the piece behind it. */
static uint32_t *link(const struct hits *here, const struct hits *next, const uint32_t *next_tree,
                      const struct hits_gap *gap, struct arena *scratch)
{
    uint32_t n = here->count;
    uint32_t *tree = arena_array(scratch, uint32_t, 2 * (size_t)n + 1);
    if (!tree)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t end = here->items[i].at + here->items[i].len;
        uint32_t from = 0, to = 0;
        if (next) {
            from = lower(next, end + gap->min);
            to = gap->max == HITS_NO_TAIL ? next->count : lower(next, end + gap->max + 1);
        }
        tree[n + i] = !next       ? i
                      : from < to ? least(next_tree, next->count, from, to)
                                  : HITS_NO_TAIL;
    }
    for (uint32_t i = n; i-- > 1;)
        tree[i] = tree[2 * i] < tree[2 * i + 1] ? tree[2 * i] : tree[2 * i + 1];
    return tree;
}

bool hits_join(const struct hits_chain *chain, struct hits *out, struct arena *arena,
               struct arena *scratch)
{
    const struct hits *next = NULL, *tails = &chain->pieces[chain->count - 1];
    uint32_t *tree = NULL;
    for (uint32_t i = chain->count; i-- > 0;) {
        const struct hits_gap *gap = i + 1 < chain->count ? &chain->gaps[i + 1] : NULL;
        tree = link(&chain->pieces[i], next, tree, gap, scratch);
        if (!tree)
            return false;
        next = &chain->pieces[i];
        out->too_many = out->too_many || next->too_many;
    }
    for (uint32_t i = 0; i < next->count; i++) {
        uint32_t tail = tree[next->count + i];
        if (tail == HITS_NO_TAIL)
            continue;
        struct hit hit = next->items[i];
        uint64_t len = tails->items[tail].at + tails->items[tail].len - hit.at;
        hit.len = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
        if (!hits_add(out, hit, false, arena))
            return false;
    }
    return true;
}
