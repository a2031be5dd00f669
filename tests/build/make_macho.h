/* Builds small Mach-O files in code, of both classes and byte orders, and fat ones around them. */
#ifndef CANDOR_MAKE_MACHO_H
#define CANDOR_MAKE_MACHO_H

#include "common/buf.h"

struct make_macho {
    bool is_64, is_big;
    bool has_thread; /* LC_UNIXTHREAD; else LC_MAIN */
    bool has_more; /* libraries, versions, symbols, bindings, a signature: see make_macho_more.c */
    uint32_t cputype; /* decides the shape of the thread's state: x86, x86-64, ARM64 or PowerPC */
};

/* Appends the file: __TEXT with a section, __DATA without, the entry point at file offset 0x1234.
 */
void make_macho(struct buf *out, const struct make_macho *m);
/* Appends a fat header and the files behind it, each at a multiple of 0x100. */
void make_macho_fat(struct buf *out, bool is_64, const struct make_macho *files, uint32_t count);

/* The commands of has_more and what they point to, for make_macho.c. put: appends a number of four
 * or eight bytes in the file's order. */
struct make_macho_more {
    struct buf *out;
    size_t start; /* of the file in `out` */
    void (*put)(void *ctx, uint64_t v, uint32_t bytes);
    void *ctx;
};
enum { MAKE_MACHO_MORE_COMMANDS = 18 };
void make_macho_more(const struct make_macho_more *m);
/* At offset MAKE_MACHO_DATA of the file. */
void make_macho_more_data(const struct make_macho_more *m);
enum { MAKE_MACHO_DATA = 0x800 };

#endif
