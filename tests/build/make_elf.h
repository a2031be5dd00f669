/* Builds small ELF files in code, of both classes and byte orders: two segments, seven sections. */
#ifndef CANDOR_MAKE_ELF_H
#define CANDOR_MAKE_ELF_H

#include "common/buf.h"

enum { MAKE_ELF_BASE = 0x400000, MAKE_ELF_SECTIONS = 7 };

struct make_elf_symbol {
    const char *name;
    uint8_t info, other;
    uint16_t section;
};

struct make_elf {
    bool is_wide, is_big;
    uint16_t type, machine;                /* type 2: an executable */
    const struct make_elf_symbol *symbols; /* the same ones in .symtab and .dynsym */
    uint32_t count;
    bool has_no_dynsym; /* .dynsym is of type SHT_PROGBITS then */
};

/* Appends the file: header, program headers, .text at the entry point, PT_DYNAMIC (DT_NEEDED 1,
 * DT_STRTAB 0x1234, DT_NULL), names, symbols, section headers. */
void make_elf(struct buf *out, const struct make_elf *e);
/* Where .text lies in the file. */
uint32_t make_elf_text_at(const struct make_elf *e);

#endif
