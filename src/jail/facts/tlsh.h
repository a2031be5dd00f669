/* TLSH, the locality sensitive hash of Oliver, Cheng and Chen (2013): similar inputs have similar
 * digests. The form with 128 buckets, one byte of checksum and the version "T1". */
#ifndef CANDOR_TLSH_H
#define CANDOR_TLSH_H

#include "common/reader.h"

enum { TLSH_TEXT_BYTES = 72, TLSH_LEAST_BYTES = 50 };

struct tlsh {
    uint32_t buckets[256];
    uint8_t last[4]; /* the newest first */
    uint8_t checksum;
    uint64_t len;
};

void tlsh_init(struct tlsh *t);
/* Any number of pieces of any length. */
void tlsh_add(struct tlsh *t, struct span s);
/* Writes "T1" and 70 upper-case digits, no NUL. False and nothing written: fewer than
 * TLSH_LEAST_BYTES, or too little variety for a digest. */
bool tlsh_end(const struct tlsh *t, uint8_t out[TLSH_TEXT_BYTES]);

#endif
