/* Load commands of one Mach-O file, one after the other, and the entry point they tell. */
#ifndef CANDOR_MACHO_ENTRY_H
#define CANDOR_MACHO_ENTRY_H

#include "common/arena.h"
#include "common/limits.h"
#include "jail/facts/module.h"

#define MACHO_MAGIC UINT32_C(0xfeedface)
#define MACHO_CIGAM UINT32_C(0xcefaedfe)
#define MACHO_MAGIC_64 UINT32_C(0xfeedfacf)
#define MACHO_CIGAM_64 UINT32_C(0xcffaedfe)

enum { MACHO_HEADER_BYTES = 32 }; /* the wide one: a shorter file is none */

/* What is filled, and what it may cost. */
struct macho_load {
    struct arena *arena;
    struct fact *root;
    uint64_t steps; /* of LIMIT_MACHO_STEPS */
    uint32_t rows;  /* of LIMIT_MACHO_ROWS */
};

struct macho_file {
    struct span bytes;
    struct fact *items; /* by enum macho_file_field */
    uint32_t magic, cputype, command_count;
    size_t commands_at;
    bool is_big, is_32;
};

struct macho_command {
    size_t next; /* offset of the one after it; the caller sets the first */
    uint32_t index;
    uint32_t kind;
    struct span bytes, rest; /* the command; from its start to the file's end */
};

/* A number of 4 or 8 bytes in the file's byte order. */
uint64_t macho_number(const struct macho_file *m, struct reader *r, uint32_t bytes);
/* The next load command. False: no more, one that leaves the file, or no steps are left. */
bool macho_next(struct macho_load *l, const struct macho_file *m, struct macho_command *c);
/* Sets entry_point and stack_size; the segments are loaded. O(commands + segments). */
void macho_set_entry(struct macho_load *l, struct macho_file *m);

#endif
