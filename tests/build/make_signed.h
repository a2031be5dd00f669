/* Signs PE files in code: keys and certificates are made at run time, so that no key lies in the
 * tree. */
#ifndef CANDOR_MAKE_SIGNED_H
#define CANDOR_MAKE_SIGNED_H

#include "common/buf.h"

enum make_stamp { MAKE_STAMP_NONE, MAKE_STAMP_PKCS9 };

/* Appends `pe` (without certificates) and an Authenticode signature "CN=Signer", issued by
 * "CN=Root" (both certificates included), program name "Tested"; with an old time stamp of
 * 2020-01-02 by the same signer when asked. spoil: the signed digest of the file is wrong. Fails
 * the test when libcrypto does. */
void make_signed(struct buf *out, struct span pe, enum make_stamp stamp, bool spoil);

#endif
