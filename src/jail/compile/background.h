/* How common four bytes are in ordinary files: programs, libraries, text. Counted once by
 * scripts/background.py; decides which bytes of a string are looked for first, never a verdict. */
#ifndef CANDOR_BACKGROUND_H
#define CANDOR_BACKGROUND_H

#include <stdint.h>

/* A frequency: positions in 2^32. */
#define BACKGROUND_ONE UINT64_C(4294967296)

/* Of a gram folded as grams.h says; at least 1. O(1). */
uint32_t background_gram(uint32_t gram);

#endif
