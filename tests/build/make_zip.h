/* Makes ZIP archives in memory, honest or lying, for tests and fuzz seeds. */
#ifndef CANDOR_TEST_MAKE_ZIP_H
#define CANDOR_TEST_MAKE_ZIP_H

#include "common/buf.h"

/* One member. Fields left 0 are filled honestly; a lie is a number to put there instead. */
struct make_member {
    const char *name;
    struct span bytes;             /* as they are, unpacked */
    struct span packed;            /* .at != NULL: these are put there as they are */
    uint16_t method;               /* 0, 8, 12, 14, 93, 95; others need `packed` */
    const char *password;          /* != NULL: encrypted the traditional way */
    uint16_t flags;                /* 8: sizes follow the data, and the local header holds none */
    bool is_unlisted;              /* left out of the directory */
    bool is_zip64;                 /* sizes and offset in the extra field */
    uint32_t crc_xor;              /* spoils the checksum */
    bool lies_local, lies_central; /* which header the numbers below go to */
    uint16_t method_lie;
    uint32_t packed_lie, full_lie; /* UINT32_MAX here means 0 */
    int64_t offset_lie;            /* added to the directory's offset of this member */
};

struct make_zip {
    struct span before; /* prepended; offsets do not count it */
    struct span comment;
    bool no_directory;     /* local headers only */
    bool is_zip64;         /* with the 64-bit end records */
    int32_t directory_lie; /* added to the directory's offset */
};

void make_zip(struct buf *out, const struct make_zip *zip, const struct make_member *members,
              unsigned count);
/* One member, no lies. */
void make_zip_one(struct buf *out, const char *name, struct span bytes, uint16_t method);

#endif
