/* One seam to the decompression libraries: a codec turns bytes into bytes, step by step; codec_run
 * drives it from a source into a part and keeps to the budget. */
#ifndef CANDOR_CODEC_H
#define CANDOR_CODEC_H

#include "jail/unpack/unpack.h"

enum codec_status {
    CODEC_MORE,  /* wants input, or room */
    CODEC_END,   /* the stream is complete */
    CODEC_BAD,   /* the stream contradicts itself */
    CODEC_LIMIT, /* it wants more memory or a feature that we do not give */
};

struct codec_step {
    struct span in; /* shrinks by what was consumed */
    uint8_t *out;
    size_t room; /* shrinks by what was written */
    bool last;   /* `in` is all there is */
};

struct codec {
    const char *name;
    void *(*open)(
        const struct span *setup); /* setup: properties, or NULL; NULL when out of memory */
    enum codec_status (*step)(void *state, struct codec_step *step);
    void (*close)(void *state);
};

extern const struct codec codec_deflate; /* raw, RFC 1951 */
extern const struct codec codec_bzip2;
extern const struct codec codec_xz;
extern const struct codec codec_lzma_alone;
extern const struct codec codec_lzma_raw; /* setup: 5 property bytes, as in ZIP method 14 */
extern const struct codec codec_zstd;
extern const struct codec codec_lz4;      /* frames */
extern const struct codec codec_compress; /* .Z; it has no end mark: CODEC_CUT is its end */

enum codec_end {
    CODEC_WHOLE, /* ended where it says it ends */
    CODEC_CUT,   /* the input ended first: what there was is in the part */
    CODEC_DAMAGED,
    CODEC_REFUSED, /* CODEC_LIMIT */
    CODEC_TOO_BIG, /* the budget said no; its gap was given */
    CODEC_NO_MEMORY,
};

/* Decodes source bytes [at, at+len) into `c`. *used (may be NULL): bytes of input consumed. */
enum codec_end codec_run(struct unpack *u, const struct codec *codec, const struct span *setup,
                         uint64_t at, uint64_t len, struct child *c, uint64_t *used);
/* Gives the gap that an end calls for, if any. */
void codec_gap(struct unpack *u, enum codec_end end, uint64_t at, struct span part);
/* Whole-buffer inflate by libdeflate: faster, but all or nothing. gzip: with its wrapper. `size` is
 * a claim. False: nothing was written, take the slow way. *used: input consumed. */
bool codec_inflate_whole(struct unpack *u, struct span in, bool gzip, uint64_t size,
                         struct child *c, size_t *used);
/* CRC-32 as ZIP and gzip use it. */
uint32_t codec_crc32(struct span s);

#endif
