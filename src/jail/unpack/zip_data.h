/* One member's data in a ZIP archive: unpacked as one of its headers says, opened by a password. */
#ifndef CANDOR_ZIP_DATA_H
#define CANDOR_ZIP_DATA_H

#include "jail/unpack/codec.h"
#include "jail/unpack/zip_records.h"

/* One way to read a member's data. */
struct zip_reading {
    uint16_t flags, method, time;
    uint32_t crc;
    uint64_t at, packed, full;
    bool is_open_ended; /* sizes are not known: the data say where they end */
    bool is_other;      /* the second reading of a member: its failures are no news */
};

/* Of a compression method; NULL for stored and unknown ones. */
const struct codec *zip_data_codec(uint16_t method);
/* Bytes of the container from an offset on. */
uint64_t zip_data_left(const struct unpack *u, uint64_t at);
/* Data of a method that has a codec. *used: bytes of input. */
enum codec_end zip_data_decode(struct unpack *u, struct zip_reading *r, struct child *out,
                               uint64_t *used);
/* Encrypted data: tries the passwords that are known, and believes one when the checksum fits.
 * False: none does, or the method is another; the gap `encrypted` is given. O(data) for one in 256
 * wrong passwords, charged to the budget. */
bool zip_data_open(struct unpack *u, struct zip_reading r, struct child *out);

#endif
