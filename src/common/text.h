/* Text of strangers made fit to show, and numbers read from text without strto*. */
#ifndef CANDOR_TEXT_H
#define CANDOR_TEXT_H

#include "common/buf.h"

/* Appends `s` for a terminal: valid printable UTF-8 as it is; control characters, bidirectional
 * overrides, the backslash and bad bytes as \xNN (a backslash as \\). */
void text_escape(struct buf *out, struct span s);
/* The same into a fixed buffer, always terminated, cut at a whole escape with "..." when too long.
 */
void text_escape_into(char *out, size_t size, struct span s);
/* Appends a JSON string with its quotes; bad bytes become U+FFFD. Returns false when any did. */
bool text_json(struct buf *out, struct span s);
void text_base64(struct buf *out, struct span s);
/* Standard alphabet, padding required; false and nothing appended when malformed. */
bool text_unbase64(struct buf *out, struct span s);
void text_hex(struct buf *out, struct span s);
bool text_unhex(struct buf *out, struct span s);
/* Length of the valid UTF-8 sequence at `at` (1..4), or 0. */
size_t text_utf8(struct span s, size_t at);
/* Whole of `s` as a decimal number; false on anything else or overflow. */
bool text_u64(struct span s, uint64_t *out);
/* Whole of `s` as hexadecimal without prefix. */
bool text_hex_u64(struct span s, uint64_t *out);
/* "64", "64K", "64KB", "64KiB", "10M", "2G": bytes, K is 1024. */
bool text_size(struct span s, uint64_t *out);
/* A decimal fraction such as "-1.5"; 0 when it is none. */
double text_double(struct span s);
/* ASCII only, no locale. */
static inline bool text_is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
bool text_is_digit(uint8_t c);
bool text_is_alpha(uint8_t c);
bool text_is_alnum(uint8_t c);
bool text_is_print(uint8_t c); /* 0x20..0x7e */
static inline uint8_t text_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}
/* 0..15, or -1. */
int text_hex_digit(uint8_t c);
/* Without ASCII white space at both ends. */
struct span text_trim(struct span s);
/* Cuts the next line off *rest (without "\n" or "\r\n"); false when nothing is left. */
bool text_line(struct span *rest, struct span *line);
/* Cuts what stands before the next `sep` off *rest; false when nothing is left. */
bool text_field(struct span *rest, uint8_t sep, struct span *field);

#endif
