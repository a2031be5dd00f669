/* libarchive behind its seam: 7z, RAR, cabinet, LHA, ISO 9660. What is fuzzed is our side of it. */
#include "drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive_scan(data, size);
    return 0;
}
