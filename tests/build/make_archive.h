/* Makes 7z and ISO images (by libarchive's writers) and, by hand, cabinets, LHA and RAR archives of
 * one stored member. */
#ifndef CANDOR_TEST_MAKE_ARCHIVE_H
#define CANDOR_TEST_MAKE_ARCHIVE_H

#include "common/buf.h"

void make_7z(struct buf *out, const char *name, struct span bytes);
void make_iso(struct buf *out, const char *name, struct span bytes);
/* The member must be shorter than 32 KiB. */
void make_cab(struct buf *out, const char *name, struct span bytes);
void make_lha(struct buf *out, const char *name, struct span bytes);
/* RAR 4; flags 4: said to be encrypted. */
void make_rar(struct buf *out, const char *name, struct span bytes, uint16_t flags);

#endif
