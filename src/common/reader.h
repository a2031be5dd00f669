/* Borrowed bytes and a cursor over them: the only way our code touches hostile bytes. A read past
 * the end yields 0 and sets `bad` for good, so a whole header is read first and checked once. */
#ifndef CANDOR_READER_H
#define CANDOR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes. `at` may be NULL when len is 0. */
struct span {
    const uint8_t *at;
    size_t len;
};

struct reader {
    struct span bytes;
    size_t at; /* next byte, never past bytes.len */
    bool bad;  /* a read went past the end; stays true */
};

#define SPAN_OF(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

struct span span_make(const void *at, size_t len);
/* Of a NUL-terminated string, without the NUL. */
struct span span_text(const char *text);
/* [from, from+len) clipped to `s`. */
struct span span_cut(struct span s, size_t from, size_t len);
bool span_equal(struct span a, struct span b);
bool span_equal_nocase(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
/* memcmp order, shorter first. */
int span_order(struct span a, struct span b);
/* First occurrence at or after `from`; SIZE_MAX when there is none. O(len). */
size_t span_find(struct span s, struct span what, size_t from);
size_t span_find_byte(struct span s, uint8_t byte, size_t from);
/* Last occurrence; SIZE_MAX when there is none. */
size_t span_find_last(struct span s, struct span what);
/* The byte at `i`, or 0 past the end. */
static inline uint8_t span_byte(struct span s, size_t i)
{
    return i < s.len ? s.at[i] : 0;
}
/* Fixed-width reads at an offset; false past the end, then *out is 0. */
bool span_u16le(struct span s, uint64_t at, uint16_t *out);
bool span_u32le(struct span s, uint64_t at, uint32_t *out);

struct reader reader_of(struct span bytes);
/* Starts at `at`; bad at once when that is past the end. */
struct reader reader_from(struct span bytes, uint64_t at);
size_t reader_left(const struct reader *r);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64le(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint32_t reader_u32be(struct reader *r);
uint64_t reader_u64be(struct reader *r);
void reader_skip(struct reader *r, uint64_t n);
/* Absolute move. */
void reader_seek(struct reader *r, uint64_t at);
/* The next n bytes, borrowed; empty and bad when there are fewer. */
struct span reader_take(struct reader *r, uint64_t n);
/* What is left, without moving. */
struct span reader_rest(const struct reader *r);

/* Checked arithmetic on claims: false on overflow, then *out is untouched. */
bool add_u64(uint64_t a, uint64_t b, uint64_t *out);
bool mul_u64(uint64_t a, uint64_t b, uint64_t *out);

#endif
