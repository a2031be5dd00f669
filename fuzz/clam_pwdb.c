/* ClamAV databases, .pwdb: the list, and an archive that such a password may open. */
#include "clam_drive.h"

#include "drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    clam_drive("fuzz.pwdb", span_make(data, size));
    return 0;
}
