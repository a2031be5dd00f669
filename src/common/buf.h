/* A growing byte buffer on the heap, with a ceiling. Failure is sticky: append freely, check once.
 */
#ifndef CANDOR_BUF_H
#define CANDOR_BUF_H

#include "common/reader.h"

struct buf {
    uint8_t *at; /* owned; NULL when empty */
    size_t len, cap;
    size_t max; /* ceiling in bytes; 0 means none */
    bool bad;   /* an append failed: out of memory or past max; stays true */
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
/* len = 0, bad = false, memory kept. */
void buf_clear(struct buf *b);
/* Room for n more bytes, already counted into len and not initialised; NULL on failure. */
uint8_t *buf_add(struct buf *b, size_t n);
void buf_put(struct buf *b, const void *bytes, size_t n);
void buf_span(struct buf *b, struct span s);
void buf_text(struct buf *b, const char *text);
/* Texts are made byte by byte: the common case is here. */
static inline void buf_byte(struct buf *b, uint8_t byte)
{
    if (!b->bad && b->len < b->cap && (b->max == 0 || b->len < b->max))
        b->at[b->len++] = byte;
    else
        buf_put(b, &byte, 1);
}
void buf_u16le(struct buf *b, uint16_t v);
void buf_u32le(struct buf *b, uint32_t v);
void buf_u64le(struct buf *b, uint64_t v);
void buf_print(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Zero bytes until len is a multiple of `to`. */
void buf_align(struct buf *b, size_t to);
struct span buf_get(const struct buf *b);

#endif
