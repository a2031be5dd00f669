/* ClamAV databases, .idb. Traps when an image made of one is refused by its own check. */
#include "clam_drive.h"

#include "drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clam_drive("fuzz.idb", span_make(data, size));
    return 0;
}
