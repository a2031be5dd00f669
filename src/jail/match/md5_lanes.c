/* Which item is in which lane, and the plain kernel. Bytes are the scanned objects': any. */
#include "jail/match/md5_lanes.h"

#include "common/err.h"
#include "jail/match/md5_rounds.h"

#include <string.h>

enum { FEW_LANES = 3 }; /* a wide kernel with fewer at work is slower than the plain one, in turn */

#define MD5_VALUE uint32_t
#define MD5_SPLAT(x) (x)
#define MD5_ROTATE(x, bits) ((x) << (bits) | (x) >> (32 - (bits)))
/* One chain waits for itself, so what does not depend on `b`, the newest value, is added first, and
 * the compiler is kept from putting the sums in another order: a ninth faster. The halves of G have
 * no bit in common. */
#define MD5_ADD(f, sum, b, c, d) ADD_##f(sum, b, c, d)
#define KEEP_ORDER(x) __asm__("" : "+r"(x))
#define ADD_WHOLE(sum, value)                                                                      \
    do {                                                                                           \
        KEEP_ORDER(sum);                                                                           \
        (sum) += (value);                                                                          \
    } while (0)
#define ADD_MD5_F(sum, b, c, d) ADD_WHOLE(sum, MD5_F(b, c, d))
#define ADD_MD5_G(sum, b, c, d)                                                                    \
    do {                                                                                           \
        (sum) += (c) & ~(d);                                                                       \
        ADD_WHOLE(sum, (b) & (d));                                                                 \
    } while (0)
#define ADD_MD5_H(sum, b, c, d) ADD_WHOLE(sum, (b) ^ ((c) ^ (d)))
#define ADD_MD5_I(sum, b, c, d) ADD_WHOLE(sum, MD5_I(b, c, d))

static const uint32_t sines[64] = MD5_SINES;
static const uint32_t first_words[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

void md5_run_plain(struct md5_states *s, const uint8_t *const *at, size_t blocks)
{
    uint32_t a = s->words[0][0], b = s->words[1][0], c = s->words[2][0], d = s->words[3][0];
    for (size_t i = 0; i < blocks; i++) {
        uint32_t w[16], a0 = a, b0 = b, c0 = c, d0 = d;
        memcpy(w, at[0] + i * MD5_BLOCK, sizeof w);
        MD5_ALL;
        a += a0;
        b += b0;
        c += c0;
        d += d0;
    }
    s->words[0][0] = a;
    s->words[1][0] = b;
    s->words[2][0] = c;
    s->words[3][0] = d;
}

struct md5_kernel md5_lanes_find(enum md5_width width)
{
    if (width == MD5_PLAIN)
        return (struct md5_kernel){md5_run_plain, 1};
#if defined(__x86_64__)
    if (width == MD5_AVX2 && __builtin_cpu_supports("avx2"))
        return (struct md5_kernel){md5_run_avx2, 8};
    if (width == MD5_AVX512 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw"))
        return (struct md5_kernel){md5_run_avx512, 16};
#endif
    return (struct md5_kernel){NULL, 0};
}

struct md5_kernel md5_lanes_best(void)
{
    struct md5_kernel best = md5_lanes_find(MD5_PLAIN);
    for (enum md5_width w = MD5_AVX2; w < MD5_WIDTHS; w++) {
        struct md5_kernel k = md5_lanes_find(w);
        if (k.run)
            best = k;
    }
    return best;
}

/* An item on its way: whole blocks where they lie, then one or two blocks with the padding. */
struct lane {
    uint32_t item; /* index + 1; 0: idle */
    const uint8_t *at;
    size_t left;      /* blocks from `at` on */
    uint64_t fed;     /* bytes of the item up to the end of the piece at hand */
    struct span rest; /* of that piece, behind its blocks; only at the item's end */
    bool in_tail;
    uint8_t tail[2 * MD5_BLOCK];
};

struct work {
    struct md5_kernel kernel;
    const struct md5_items *items;
    uint32_t next;
    uint8_t (*out)[MD5_BYTES];
    struct md5_states states;
    struct lane lanes[MD5_LANES_MAX];
};

static void enter_tail(struct lane *l, uint64_t size)
{
    size_t bytes = l->rest.len < MD5_BLOCK - 8 ? MD5_BLOCK : 2 * MD5_BLOCK;
    uint64_t bits = size * 8;
    memset(l->tail, 0, sizeof l->tail);
    if (l->rest.len)
        memcpy(l->tail, l->rest.at, l->rest.len);
    l->tail[l->rest.len] = 0x80;
    memcpy(l->tail + bytes - 8, &bits, 8); /* little-endian, as this processor: image.h says so */
    l->at = l->tail;
    l->left = bytes / MD5_BLOCK;
    l->in_tail = true;
}

/* The next bytes of a lane's item. False: they cannot be had. */
static bool enter_piece(struct work *w, uint32_t lane)
{
    struct lane *l = &w->lanes[lane];
    uint32_t item = l->item - 1;
    uint64_t left = w->items->sizes[item] - l->fed;
    struct span piece = w->items->piece(w->items->ctx, item, lane, l->fed);
    if (piece.len == 0 || piece.len > left || (piece.len < left && piece.len % MD5_BLOCK))
        return false;
    l->fed += piece.len;
    l->at = piece.at;
    l->left = piece.len / MD5_BLOCK;
    l->rest = span_cut(piece, piece.len - piece.len % MD5_BLOCK, SIZE_MAX);
    return true;
}

/* Into a lane that has no blocks left: more of its item, or the padding. False: more is not to be
 * had. */
static bool refill(struct work *w, uint32_t lane)
{
    struct lane *l = &w->lanes[lane];
    uint64_t size = w->items->sizes[l->item - 1];
    while (l->left == 0 && l->fed < size)
        if (!enter_piece(w, lane))
            return false;
    if (l->left == 0)
        enter_tail(l, size);
    return true;
}

/* The next item into an idle lane. */
static void enter(struct work *w, uint32_t lane)
{
    struct lane *l = &w->lanes[lane];
    l->item = 0;
    while (l->item == 0 && w->next < w->items->count) {
        *l = (struct lane){.item = ++w->next};
        for (int k = 0; k < 4; k++)
            w->states.words[k][lane] = first_words[k];
        w->items->made[l->item - 1] = false;
        if (!refill(w, lane))
            l->item = 0;
    }
}

/* After blocks were taken: on to more of the item, to the padding, or to another item. */
static void move_on(struct work *w, uint32_t lane)
{
    struct lane *l = &w->lanes[lane];
    if (l->left > 0)
        return;
    if (!l->in_tail) {
        if (!refill(w, lane))
            enter(w, lane);
        return;
    }
    for (int k = 0; k < 4; k++)
        memcpy(w->out[l->item - 1] + 4 * k, &w->states.words[k][lane], 4);
    w->items->made[l->item - 1] = true;
    enter(w, lane);
}

/* How many lanes are at work, and the fewest blocks that one of them has left. */
static uint32_t survey(const struct work *w, size_t *least, uint32_t *any)
{
    uint32_t busy = 0;
    for (uint32_t i = 0; i < w->kernel.lanes; i++) {
        if (!w->lanes[i].item)
            continue;
        if (busy == 0 || w->lanes[i].left < *least)
            *least = w->lanes[i].left;
        *any = i;
        busy++;
    }
    return busy;
}

/* One lane to its end, alone. */
static void finish_alone(struct work *w, uint32_t lane)
{
    struct lane *l = &w->lanes[lane];
    while (l->item) {
        struct md5_states one;
        for (int k = 0; k < 4; k++)
            one.words[k][0] = w->states.words[k][lane];
        md5_run_plain(&one, &l->at, l->left);
        for (int k = 0; k < 4; k++)
            w->states.words[k][lane] = one.words[k][0];
        l->left = 0;
        move_on(w, lane);
    }
}

static void run_together(struct work *w, size_t blocks, uint32_t any)
{
    const uint8_t *at[MD5_LANES_MAX];
    for (uint32_t i = 0; i < w->kernel.lanes; i++) /* idle lanes read along and nobody looks */
        at[i] = w->lanes[w->lanes[i].item ? i : any].at;
    w->kernel.run(&w->states, at, blocks);
    for (uint32_t i = 0; i < w->kernel.lanes; i++) {
        if (!w->lanes[i].item)
            continue;
        w->lanes[i].at += blocks * MD5_BLOCK;
        w->lanes[i].left -= blocks;
        move_on(w, i);
    }
}

void md5_lanes_stream(struct md5_kernel kernel, const struct md5_items *items,
                      uint8_t (*out)[MD5_BYTES])
{
    struct work w = {.kernel = kernel, .items = items, .out = out};
    size_t least = 0;
    uint32_t any = 0;
    for (uint32_t i = 0; i < kernel.lanes; i++)
        enter(&w, i);
    while (survey(&w, &least, &any) >= (kernel.lanes > 1 ? FEW_LANES : 2))
        run_together(&w, least, any);
    for (uint32_t i = 0; i < kernel.lanes; i++)
        finish_alone(&w, i);
}

static struct span whole(void *ctx, uint32_t item, uint32_t lane, uint64_t at)
{
    const struct span *items = ctx;
    (void)lane;
    (void)at; /* 0: nothing is left after it */
    return items[item];
}

void md5_lanes_hash(struct md5_kernel kernel, const struct span *items, uint32_t count,
                    uint8_t (*out)[MD5_BYTES])
{
    uint64_t sizes[MD5_ITEMS_MAX];
    bool made[MD5_ITEMS_MAX];
    must(count <= MD5_ITEMS_MAX);
    for (uint32_t i = 0; i < count; i++)
        sizes[i] = items[i].len;
    struct md5_items all = {.sizes = sizes,
                            .count = count,
                            .piece = whole,
                            .ctx = (void *)(uintptr_t)items,
                            .made = made};
    md5_lanes_stream(kernel, &all, out);
}
