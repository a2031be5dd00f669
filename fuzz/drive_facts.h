/* What the fuzz targets of modules share. */
#ifndef CANDOR_FUZZ_DRIVE_FACTS_H
#define CANDOR_FUZZ_DRIVE_FACTS_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Loads a module over the bytes, calls every function of it, prints its tree. */
void drive_facts(const char *module, const uint8_t *data, size_t size);

#endif
