/* Mail and mailboxes: headers, boundaries, every coding. */
#include "drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive_scan(data, size);
    return 0;
}
