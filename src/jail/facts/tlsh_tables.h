/* Numbers of the TLSH algorithm as published by its authors. */
#ifndef CANDOR_TLSH_TABLES_H
#define CANDOR_TLSH_TABLES_H

#include <stdint.h>

enum { TLSH_LENGTHS = 170 };

/* Pearson's permutation of the bytes (Communications of the ACM 33, 6, 1990). */
extern const uint8_t tlsh_permutation[256];
/* The longest input that each value of the length byte stands for. */
extern const uint32_t tlsh_lengths[TLSH_LENGTHS];

#endif
