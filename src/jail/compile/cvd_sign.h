/* ClamAV's three signatures. The keys are in its own sources. */
#ifndef CANDOR_CVD_SIGN_H
#define CANDOR_CVD_SIGN_H

#include "common/reader.h"

/* The header's: RSA-1024 over the MD5 of what follows the header. */
bool cvd_sign_is_body(const uint8_t md5[16], struct span signature);
/* The manifest's: RSA of 2047 bits, padding like PSS with SHA-256 and 32 bytes of salt. */
bool cvd_sign_is_manifest(struct span manifest, struct span signature);
/* The same over a .cdiff up to the last colon, by a key of its own. */
bool cvd_sign_is_difference(struct span signed_part, struct span signature);

#endif
