/* The unpackers, for the table in unpack.c. They do not know each other. */
#ifndef CANDOR_FORMATS_H
#define CANDOR_FORMATS_H

#include "jail/unpack/unpack.h"

extern const struct unpacker ar_unpacker;
extern const struct unpacker archive_7z_unpacker;
extern const struct unpacker archive_cab_unpacker;
extern const struct unpacker archive_iso_unpacker;
extern const struct unpacker archive_lha_unpacker;
extern const struct unpacker archive_rar_unpacker;
extern const struct unpacker bzip2_unpacker;
extern const struct unpacker compress_unpacker;
extern const struct unpacker cpio_unpacker;
extern const struct unpacker gzip_unpacker;
extern const struct unpacker lz4_unpacker;
extern const struct unpacker lzma_unpacker;
extern const struct unpacker mail_unpacker;
extern const struct unpacker rpm_unpacker;
extern const struct unpacker tar_unpacker;
extern const struct unpacker uuencode_unpacker;
extern const struct unpacker xz_unpacker;
extern const struct unpacker zip_unpacker;
extern const struct unpacker zstd_unpacker;

#endif
