/* Builds small Mach-O files in code, of both classes and byte orders, and fat ones around them. */
#ifndef CANDOR_MAKE_MACHO_H
#define CANDOR_MAKE_MACHO_H

#include "common/buf.h"

struct make_macho {
    bool is_64, is_big;
    bool has_thread;  /* LC_UNIXTHREAD; else LC_MAIN */
    uint32_t cputype; /* decides the shape of the thread's state: x86, x86-64, ARM64 or PowerPC */
};

/* Appends the file: __TEXT with a section, __DATA without, the entry point at file offset 0x1234.
 */
void make_macho(struct buf *out, const struct make_macho *m);
/* Appends a fat header and the files behind it, each at a multiple of 0x100. */
void make_macho_fat(struct buf *out, bool is_64, const struct make_macho *files, uint32_t count);

#endif
