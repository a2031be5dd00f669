/* What the fuzz targets of the unpackers share: one scan without rules and with small budgets. */
#ifndef CANDOR_FUZZ_DRIVE_H
#define CANDOR_FUZZ_DRIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Scans the bytes in memory, then once more through a window of small pieces; traps when the two
 * disagree about what is inside, when memory is still held, or when a part lies outside its limits.
 */
void drive_scan(const uint8_t *data, size_t size);

#endif
