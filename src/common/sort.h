/* Sorting without asking the kernel: glibc's qsort looks up how much memory there is, and a cage
 * kills for that. */
#ifndef CANDOR_SORT_H
#define CANDOR_SORT_H

#include <stddef.h>

/* Stable merge sort, O(n log n) always.
 *   items    count items of `size` bytes
 *   scratch  room for as many
 *   compare  as qsort's */
void sort_items(void *items, void *scratch, size_t count, size_t size,
                int (*compare)(const void *a, const void *b));

#endif
