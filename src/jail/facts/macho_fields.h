/* Where each field of the module macho lies in its struct: the order is YARA 4.5's order of
 * declaration, which a dump shows. */
#ifndef CANDOR_MACHO_FIELDS_H
#define CANDOR_MACHO_FIELDS_H

#include "jail/facts/module.h"

/* What one Mach-O file says: the elements of `file`, and the same run inside the module itself. */
enum macho_file_field {
    MACHO_FILE_MAGIC,
    MACHO_FILE_CPUTYPE,
    MACHO_FILE_CPUSUBTYPE,
    MACHO_FILE_FILETYPE,
    MACHO_FILE_NCMDS,
    MACHO_FILE_SIZEOFCMDS,
    MACHO_FILE_FLAGS,
    MACHO_FILE_RESERVED,
    MACHO_FILE_NUMBER_OF_SEGMENTS,
    MACHO_FILE_SEGMENTS,
    MACHO_FILE_ENTRY_POINT,
    MACHO_FILE_STACK_SIZE,
    MACHO_FILE_FIELDS
};

enum macho_field {
#define MACHO_CONST(name, value) MACHO_CONST_##name,
#include "jail/facts/macho_constants.def"
#undef MACHO_CONST
    MACHO_FIRST_OF_FILE, /* and MACHO_FILE_FIELDS - 1 more */
    MACHO_FAT_MAGIC = MACHO_FIRST_OF_FILE + MACHO_FILE_FIELDS,
    MACHO_NFAT_ARCH,
    MACHO_FAT_ARCH,
    MACHO_FILE,
    MACHO_FILE_INDEX_TYPE,
    MACHO_FILE_INDEX_SUBTYPE,
    MACHO_ENTRY_POINT_TYPE,
    MACHO_ENTRY_POINT_SUBTYPE
};

enum macho_segment_field {
    MACHO_SEGMENT_SEGNAME,
    MACHO_SEGMENT_VMADDR,
    MACHO_SEGMENT_VMSIZE,
    MACHO_SEGMENT_FILEOFF,
    MACHO_SEGMENT_FSIZE,
    MACHO_SEGMENT_MAXPROT,
    MACHO_SEGMENT_INITPROT,
    MACHO_SEGMENT_NSECTS,
    MACHO_SEGMENT_FLAGS,
    MACHO_SEGMENT_SECTIONS
};

enum macho_section_field {
    MACHO_SECTION_SECTNAME,
    MACHO_SECTION_SEGNAME,
    MACHO_SECTION_ADDR,
    MACHO_SECTION_SIZE,
    MACHO_SECTION_OFFSET,
    MACHO_SECTION_ALIGN,
    MACHO_SECTION_RELOFF,
    MACHO_SECTION_NRELOC,
    MACHO_SECTION_FLAGS,
    MACHO_SECTION_RESERVED1,
    MACHO_SECTION_RESERVED2,
    MACHO_SECTION_RESERVED3
};

enum macho_arch_field {
    MACHO_ARCH_CPUTYPE,
    MACHO_ARCH_CPUSUBTYPE,
    MACHO_ARCH_OFFSET,
    MACHO_ARCH_SIZE,
    MACHO_ARCH_ALIGN
};

extern const struct field macho_fields[];
extern const struct field macho_file_fields[];
extern const struct field macho_segment_fields[];
extern const struct field macho_section_fields[];
extern const struct field macho_arch_fields[];

module_function macho_file_index_type;
module_function macho_file_index_subtype;
module_function macho_entry_point_type;
module_function macho_entry_point_subtype;

#endif
