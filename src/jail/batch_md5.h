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

#endif
