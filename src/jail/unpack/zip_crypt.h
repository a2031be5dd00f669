/* ZIP's traditional encryption: breaking it takes a known password, or known text; we have the
 * former. */
#ifndef CANDOR_ZIP_CRYPT_H
#define CANDOR_ZIP_CRYPT_H

#include "common/reader.h"

enum { ZIP_CRYPT_BYTES = 12 }; /* stand before the data */

struct zip_crypt {
    uint32_t key[3];
};

/* `head`: those bytes. Returns the last of them in plain, which a header tells: what is not that
 * is not the password; what is, is it not once in 256. */
uint8_t zip_crypt_open(struct zip_crypt *z, struct span password, struct span head);
/* The bytes behind; `out` has room for all of `in`. */
void zip_crypt_step(struct zip_crypt *z, struct span in, uint8_t *out);

#endif
