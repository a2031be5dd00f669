/* The module lnk over any bytes: every field filled and printed. */
#include "drive_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive_facts("lnk", data, size);
    return 0;
}
