/* Makes tar, ar, cpio and rpm archives in memory, block by block, for tests and fuzz seeds. */
#ifndef CANDOR_TEST_MAKE_TAR_H
#define CANDOR_TEST_MAKE_TAR_H

#include "common/buf.h"

enum make_tar_format { MAKE_TAR_V7, MAKE_TAR_USTAR, MAKE_TAR_GNU };

struct make_tar_member {
    const char *name;
    struct span bytes;
    enum make_tar_format format;
    char kind;    /* 0 means '0' */
    bool base256; /* the size in GNU's binary way */
    bool bad_sum;
    const char *prefix; /* ustar */
    uint64_t size_lie;  /* another size in the header */
    bool has_no_data;   /* the header alone */
};

/* Header, data, padding. */
void make_tar_member(struct buf *out, const struct make_tar_member *m);
/* A pax header ('x') of one record. */
void make_tar_pax(struct buf *out, const char *key, const char *value);
/* GNU's long name ('L'). */
void make_tar_long(struct buf *out, const char *name);
void make_tar_end(struct buf *out);

void make_ar_start(struct buf *out, bool is_thin);
/* `name` as it shall stand in the 16 bytes. */
void make_ar_member(struct buf *out, const char *name, struct span bytes);

/* magic: 070701, 070702, 070707 (text), or 0 for the old binary format, 1 for its other byte order.
 */
void make_cpio_member(struct buf *out, unsigned magic, const char *name, struct span bytes);
void make_rpm(struct buf *out, struct span payload);

#endif
