/* ZIP's records, read and judged one by one; what they mean together is zip.c's business. */
#ifndef CANDOR_ZIP_RECORDS_H
#define CANDOR_ZIP_RECORDS_H

#include "jail/object/source.h"

enum {
    ZIP_STORED = 0,
    ZIP_DEFLATE = 8,
    ZIP_BZIP2 = 12,
    ZIP_LZMA = 14,
    ZIP_ZSTD = 93,
    ZIP_XZ = 95,
    ZIP_AES = 99,
    ZIP_LOCAL_BYTES = 30,
    ZIP_CENTRAL_BYTES = 46,
    ZIP_ENCRYPTED = 1, /* flag bits, APPNOTE 4.4.4 */
    ZIP_LZMA_END = 2,  /* method 14: an end mark is there */
    ZIP_DESCRIPTOR = 8 /* sizes and checksum follow the data */
};

/* What one header claims. */
struct zip_entry {
    uint16_t version, flags, method;
    uint16_t time; /* of day, as DOS has it */
    uint32_t crc;
    uint64_t packed, full; /* bytes */
    uint64_t local_at;     /* central: where the local header is said to be */
    uint32_t head_bytes;   /* of this record, with names and extra fields */
    struct span name;      /* borrowed from the view */
};

/* A view of bytes from a record's first byte on. False: not one, or cut short. */
bool zip_records_local(struct span view, struct zip_entry *e);
bool zip_records_central(struct span view, struct zip_entry *e);
/* A local header that nobody vouches for: also asks for a plausible version, method and name. */
bool zip_records_is_plausible(const struct zip_entry *e);

/* Where the central directory is. */
struct zip_directory {
    uint64_t at, end;   /* of the directory's records */
    uint64_t record_at; /* end record, or 64-bit end record */
    uint64_t file_end;  /* one past the end record and its comment */
    uint64_t base;      /* what offsets in it lack: bytes put before the archive */
    uint64_t count;     /* a claim */
    bool is_found;      /* an end record was found; the rest is only set then */
    bool is_placed;     /* a directory record, or nothing at all, lies at `at` */
};

/* Looks in the last 64 KiB and 22 bytes. */
void zip_records_directory(struct source *s, struct zip_directory *d);
/* True when a directory with members in it lies at the end, whatever the object begins with.
 * must_end: nothing may follow its comment. */
bool zip_records_is_behind(struct source *s, bool must_end);

#endif
