/* Builds Windows shortcuts in code. */
#ifndef CANDOR_MAKE_LNK_H
#define CANDOR_MAKE_LNK_H

#include "common/buf.h"

struct make_lnk {
    bool has_ids, has_info, has_strings, has_tracker;
    bool is_unicode;      /* strings */
    bool has_wide_info;   /* LinkInfo with Unicode paths, and a Unicode label */
    const char *overlay;  /* behind everything; NULL: nothing */
    bool no_terminal;     /* the last block of the extra data is left out */
};

/* Appends the shortcut: to C:\Users\a.exe on a volume "LABEL" with serial number 0x12345678, made at
 * 2020-01-01 00:00:00 UTC. */
void make_lnk(struct buf *out, const struct make_lnk *m);

#endif
