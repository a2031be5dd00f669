/* How common four bytes are in ordinary files: programs, libraries, text. Counted once by
 * scripts/background.c; decides which bytes of a string are looked for first, never a verdict. */
#ifndef CANDOR_BACKGROUND_H
#define CANDOR_BACKGROUND_H

#include <stdbool.h>
#include <stdint.h>

/* A frequency: positions in 2^32. */
#define BACKGROUND_ONE UINT64_C(4294967296)

/* Of a gram folded as grams.h says; at least 1. O(1). */
uint32_t background_gram(uint32_t gram);
/* Of two bytes, folded here. */
uint32_t background_pair(uint8_t first, uint8_t second);

/* Six bytes, folded here. */
enum { BACKGROUND_WINDOW = 6, BACKGROUND_COMMON_LOG = 20, BACKGROUND_DIGIT_BITS = 6 };
/* Whether they stand in many ordinary files: one of 16 programs, of 32 texts, of 7 Windows
 * programs. True of one in five that do not. */
bool background_is_common(const uint8_t window[BACKGROUND_WINDOW]);

/* background_table.c, a digit of base64 (A-Za-z0-9+-) a value. A level L is the share 2^(-L/2). */
enum { BACKGROUND_LETTERS = 128, BACKGROUND_BUCKETS = 1 << 13, BACKGROUND_SLOTS = 4 };
extern const char background_singles[];
extern const char background_pairs[];  /* [first * 128 + second] */
extern const char background_extras[]; /* four digits a slot: 18 bits of a hash, a level */
/* common_table.c: 2^BACKGROUND_COMMON_LOG bits by hash, BACKGROUND_DIGIT_BITS a digit, lowest first
 */
extern const char background_common[];

#endif
