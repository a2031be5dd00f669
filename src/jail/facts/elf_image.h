/* An ELF file's headers and tables, of both classes and byte orders, for the module elf. */
#ifndef CANDOR_ELF_IMAGE_H
#define CANDOR_ELF_IMAGE_H

#include "common/arena.h"
#include "common/limits.h"
#include "jail/object/source.h"

enum {
    ELF_TYPE_EXEC = 2,
    ELF_SECTION_SYMTAB = 2,
    ELF_SECTION_STRTAB = 3,
    ELF_SECTION_NOBITS = 8,
    ELF_SECTION_DYNSYM = 11,
    ELF_SEGMENT_DYNAMIC = 2
};

/* A symbol table and its names, both inside the file. */
struct elf_table {
    bool has;
    uint64_t at;
    uint32_t count;
    struct span names;
};

struct elf_image {
    struct span data;
    bool is_wide, is_big;
    uint16_t type, machine, segment_bytes, segment_count, section_bytes, section_count;
    uint16_t names_index;
    uint64_t entry, segments_at, sections_at;
    struct elf_table symtab, dynsym;
    uint64_t steps; /* spent by this object's loops, of LIMIT_ELF_STEPS */
    bool *is_cut;   /* the source's facts_cut, set when they end; borrowed from the object */
};

struct elf_section {
    uint32_t name, type, link;
    uint64_t flags, address, offset, size;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, virtual_address, physical_address, file_size, memory_size, alignment;
};

struct elf_symbol {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};

/* NULL: not an ELF file longer than its header, or out of memory. Lives in the arena. */
struct elf_image *elf_image_read(struct source *source, struct arena *a);
/* Row `index` of the header's table; zeros past the end of the file. */
struct elf_section elf_image_section(const struct elf_image *img, uint32_t index);
struct elf_segment elf_image_segment(const struct elf_image *img, uint32_t index);
struct elf_symbol elf_image_symbol(const struct elf_image *img, const struct elf_table *t,
                                   uint32_t index);
/* True where YARA looks at the table: wholly in the file, its count not a reserved one. */
bool elf_image_has_sections(const struct elf_image *img);
bool elf_image_has_segments(const struct elf_image *img);
/* The section's bytes when they lie in the file. */
bool elf_image_bytes(const struct elf_image *img, const struct elf_section *s, struct span *out);
/* The name at `index` of a string table. False: outside, not ended, the table does not begin with
 * a NUL, or no steps are left. O(length). */
bool elf_image_name(struct elf_image *img, struct span table, uint32_t index, struct span *out);
/* File offset of the entry point. False: there is none. O(segments or sections). */
bool elf_image_entry(const struct elf_image *img, uint64_t *out);
/* Bytes of one row. */
uint32_t elf_image_section_size(const struct elf_image *img);
uint32_t elf_image_segment_size(const struct elf_image *img);
uint32_t elf_image_symbol_size(const struct elf_image *img);
/* One number of 2, 4 or 8 bytes in the file's byte order. */
uint64_t elf_image_number(const struct elf_image *img, struct reader *r, uint32_t bytes);
/* Counts n steps of work; false for good once LIMIT_ELF_STEPS are spent. */
bool elf_image_spend(struct elf_image *img, uint64_t n);

#endif
