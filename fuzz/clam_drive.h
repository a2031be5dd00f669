/* What the fuzz targets of ClamAV databases share. */
#ifndef CANDOR_FUZZ_CLAM_DRIVE_H
#define CANDOR_FUZZ_CLAM_DRIVE_H

#include "common/reader.h"

/* Compiles a database of this name and scans a few bytes with it. Traps when the image does not
 * pass its own check. */
void clam_drive(const char *name, struct span database);

#endif
