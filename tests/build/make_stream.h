/* Makes compressed streams in memory, for tests and fuzz seeds. Each appends to `out`. */
#ifndef CANDOR_TEST_MAKE_STREAM_H
#define CANDOR_TEST_MAKE_STREAM_H

#include "common/buf.h"

/* Raw deflate, RFC 1951. */
void make_deflate(struct buf *out, struct span bytes);
/* The same without an end: whole blocks up to a byte border, so that more may follow. */
void make_deflate_open(struct buf *out, struct span bytes);
/* One gzip member; name may be NULL. */
void make_gzip(struct buf *out, struct span bytes, const char *name);
void make_bzip2(struct buf *out, struct span bytes);
void make_xz(struct buf *out, struct span bytes);
/* lzma-alone: with its 13-byte header. */
void make_lzma(struct buf *out, struct span bytes);
void make_zstd(struct buf *out, struct span bytes);
void make_lz4(struct buf *out, struct span bytes);
/* .Z of at most `width` bits a code, of literals alone; a clear code after `clear` of them, 0:
 * none. */
void make_compress(struct buf *out, struct span bytes, unsigned width, unsigned clear);
uint32_t make_crc32(struct span bytes);

#endif
