/* The MD5 of a batch's files, all at once, before they are scanned one by one. */
#ifndef CANDOR_BATCH_MD5_H
#define CANDOR_BATCH_MD5_H

#include "jail/match/engine.h"
#include "jail/match/md5_lanes.h"

enum { BATCH_MD5_MAX = 64 };

struct batch_md5 {
    const uint8_t *of[BATCH_MD5_MAX]; /* 16 bytes; NULL: not known */
    uint8_t digests[BATCH_MD5_MAX][MD5_BYTES];
};

/* Of those files (whole, in memory; empty spans are passed by) that some signature of this size, or
 * of any size, could name. count: up to BATCH_MD5_MAX. */
void batch_md5_make(struct batch_md5 *out, const struct engine *e, const struct span *files,
                    uint32_t count);

/* Files that are fetched piece by piece, BATCH_MD5_PIECE bytes at a time (a multiple of MD5_BLOCK).
 */
enum { BATCH_MD5_PIECE = 256 * 1024 };
struct batch_fetch {
    const uint64_t *sizes; /* 0: passed by */
    uint32_t count;
    /* [at, at + len) of a file; stays until the next one for the same place, of MD5_LANES_MAX, is
     * asked for. Empty: cannot be had, its digest is not made. */
    struct span (*piece)(void *ctx, uint32_t file, uint32_t place, uint64_t at, uint64_t len);
    void *ctx;
};
void batch_md5_fetch(struct batch_md5 *out, const struct engine *e, const struct batch_fetch *f);

#endif
