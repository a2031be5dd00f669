/* The module dex over any bytes: every field filled, every function called. */
#include "drive_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive_facts("dex", data, size);
    return 0;
}
