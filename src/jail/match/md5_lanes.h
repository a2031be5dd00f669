/* MD5 of many byte strings at once, one a lane of the processor's widest registers: a single MD5 is
 * a chain of additions that leaves most of a core idle. RFC 1321. */
#ifndef CANDOR_MD5_LANES_H
#define CANDOR_MD5_LANES_H

#include "common/reader.h"

enum { MD5_BYTES = 16, MD5_LANES_MAX = 16, MD5_BLOCK = 64, MD5_ITEMS_MAX = 128 };

/* The words a, b, c, d of each lane. */
struct md5_states {
    _Alignas(64) uint32_t words[4][MD5_LANES_MAX];
};

/* Takes `blocks` blocks of 64 bytes of every lane; at: the kernel's number of lanes. */
typedef void (*md5_run)(struct md5_states *s, const uint8_t *const *at, size_t blocks);

struct md5_kernel {
    md5_run run;
    uint32_t lanes; /* 1..MD5_LANES_MAX */
};

enum md5_width { MD5_PLAIN, MD5_AVX2, MD5_AVX512, MD5_WIDTHS };

/* run is NULL when this processor has no such. */
struct md5_kernel md5_lanes_find(enum md5_width width);
struct md5_kernel md5_lanes_best(void);
/* Items that come piece by piece. */
struct md5_items {
    const uint64_t *sizes; /* bytes, of each */
    uint32_t count;
    /* Bytes of an item from `at` on: what is left of it, or a multiple of MD5_BLOCK. They must stay
     * until the next piece for the same lane is asked for. Empty: not to be had. */
    struct span (*piece)(void *ctx, uint32_t item, uint32_t lane, uint64_t at);
    void *ctx;
    bool *made; /* of each: whether its digest could be made */
};

/* out[i]: the digest of item i, where items->made[i]. O(bytes). */
void md5_lanes_stream(struct md5_kernel kernel, const struct md5_items *items,
                      uint8_t (*out)[MD5_BYTES]);
/* The same of what lies in memory; count: up to MD5_ITEMS_MAX. Fastest when the longest items stand
 * first. */
void md5_lanes_hash(struct md5_kernel kernel, const struct span *items, uint32_t count,
                    uint8_t (*out)[MD5_BYTES]);

/* The kernels; md5_lanes_find knows which may run here. */
void md5_run_plain(struct md5_states *s, const uint8_t *const *at, size_t blocks);
void md5_run_avx2(struct md5_states *s, const uint8_t *const *at, size_t blocks);
void md5_run_avx512(struct md5_states *s, const uint8_t *const *at, size_t blocks);

#endif
