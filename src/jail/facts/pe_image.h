/* A PE file's headers and sections, read once, and its map from virtual addresses to the file:
 * shared by the modules pe and dotnet and by whoever hashes sections. */
#ifndef CANDOR_PE_IMAGE_H
#define CANDOR_PE_IMAGE_H

#include "common/arena.h"
#include "common/limits.h"
#include "jail/object/object.h"

enum { PE_DIRECTORIES = 16, PE_SECTIONS_MOST = 96 };
enum pe_directory {
    PE_DIR_EXPORT = 0,
    PE_DIR_IMPORT = 1,
    PE_DIR_RESOURCE = 2,
    PE_DIR_SECURITY = 4,
    PE_DIR_DEBUG = 6,
    PE_DIR_DELAY_IMPORT = 13,
    PE_DIR_CLR = 14
};

struct pe_section {
    struct span name; /* 8 bytes */
    uint32_t virtual_size, virtual_address, raw_size, raw_offset;
    uint32_t relocations_at, lines_at, relocation_count, line_count, characteristics;
};

struct pe_image {
    struct span data;   /* the file, or as much of it as was copied */
    uint64_t size;      /* of the whole object */
    uint32_t header_at; /* of "PE\0\0" */
    bool is_64;
    /* COFF header */
    uint16_t machine, section_claim, optional_size, characteristics;
    uint32_t timestamp, symbols_at, symbol_count;
    /* optional header */
    uint16_t magic, os_major, os_minor, image_major, image_minor, subsystem_major, subsystem_minor;
    uint16_t subsystem, dll_characteristics;
    uint8_t linker_major, linker_minor;
    uint32_t code_size, data_size, bss_size, entry_rva, code_base, data_base;
    uint32_t section_alignment, file_alignment, win32_version, image_size, headers_size, checksum;
    uint32_t loader_flags, directory_claim;
    uint64_t base, stack_reserve, stack_commit, heap_reserve, heap_commit;
    uint32_t directories_at; /* file offset of the first data directory */
    struct pe_section sections[PE_SECTIONS_MOST];
    uint32_t section_count;
    bool sections_cut; /* fewer section headers fit in the file than it claims */
    uint64_t steps;    /* spent by this object's loops, of LIMIT_PE_STEPS */
    bool *is_cut;      /* the source's facts_cut, set when they end; borrowed from the object */
};

struct pe_rva_range {
    uint32_t rva, size;
};

/* NULL: not a PE file as YARA sees it, or out of memory. Lives in the arena; borrows from the
 * source when that is in memory, else from a copy of at most LIMIT_PE_COPY_BYTES. O(size) only for
 * the copy. */
struct pe_image *pe_image_read(struct source *source, struct arena *a);
/* Whether one region of a process holds the headers of a program: a PE file that is no DLL. */
bool pe_image_is_program(struct object *region);
/* File offset of a virtual address, or -1: in no section, in a section's unbacked tail, past the
 * end. O(sections). */
int64_t pe_image_offset(const struct pe_image *img, uint64_t rva);
/* A data directory's entry. False: outside the optional header. */
bool pe_image_directory(const struct pe_image *img, uint32_t index, struct pe_rva_range *out);
/* True when [at, at + len) is in the file. */
bool pe_image_has(const struct pe_image *img, uint64_t at, uint64_t len);
/* The bytes from `at` up to a NUL, the end or `most`, without the NUL. */
struct span pe_image_text(const struct pe_image *img, uint64_t at, uint64_t most);
/* The name of a section with its trailing NULs cut; and by way of the string table, which sets
 * *known to false when that does not work. */
struct span pe_image_section_name(const struct pe_section *s);
struct span pe_image_section_full_name(const struct pe_image *img, const struct pe_section *s,
                                       bool *known);
/* Counts n steps of work; false for good once LIMIT_PE_STEPS are spent. */
bool pe_image_spend(struct pe_image *img, uint64_t n);

#endif
