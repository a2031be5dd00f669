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
    /* YARA-X's */
    MACHO_FILE_DYNAMIC_LINKER,
    MACHO_FILE_SOURCE_VERSION,
    MACHO_FILE_SYMTAB,
    MACHO_FILE_DYSYMTAB,
    MACHO_FILE_CODE_SIGNATURE,
    MACHO_FILE_DYLIBS,
    MACHO_FILE_DYLD_INFO,
    MACHO_FILE_RPATHS,
    MACHO_FILE_ENTITLEMENTS,
    MACHO_FILE_UUID,
    MACHO_FILE_BUILD_VERSION,
    MACHO_FILE_MIN_VERSION,
    MACHO_FILE_EXPORTS,
    MACHO_FILE_IMPORTS,
    MACHO_FILE_LINKER_OPTIONS,
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

/* YARA-X's structs. Fields that are four bytes of the file one after the other come first. */
enum macho_symtab_field {
    SYMTAB_SYMOFF,
    SYMTAB_NSYMS,
    SYMTAB_STROFF,
    SYMTAB_STRSIZE,
    SYMTAB_ENTRIES
};
enum {
    DYSYMTAB_FIELDS = 18,
    DYSYMTAB_UNDEFINED = 4 /* iundefsym */,
    DYLD_INFO_FIELDS = 10,
    SIGNATURE_FIELDS = 2
};
enum macho_dylib_field { DYLIB_NAME, DYLIB_TIMESTAMP, DYLIB_COMPATIBILITY, DYLIB_CURRENT };
enum macho_build_field { BUILD_PLATFORM, BUILD_MINOS, BUILD_SDK, BUILD_NTOOLS, BUILD_TOOLS };
enum macho_tool_field { TOOL_TOOL, TOOL_VERSION };
enum macho_min_field { MIN_DEVICE, MIN_VERSION, MIN_SDK };

extern const struct field macho_fields[];
extern const struct field macho_file_fields[];
extern const struct field macho_segment_fields[];
extern const struct field macho_section_fields[];
extern const struct field macho_arch_fields[];
extern const struct field macho_dylib_fields[];
extern const struct field macho_symtab_fields[], macho_dysymtab_fields[], macho_dyld_info_fields[];
extern const struct field macho_signature_fields[], macho_build_fields[], macho_min_fields[];
extern const struct field macho_dylib_element, macho_text_element;

module_function macho_file_index_type;
module_function macho_file_index_subtype;
module_function macho_entry_point_type;
module_function macho_entry_point_subtype;
/* macho_asks.c */
module_function macho_has_dylib, macho_has_rpath, macho_has_entitlement, macho_has_import,
    macho_has_export, macho_dylib_hash, macho_entitlement_hash, macho_import_hash,
    macho_export_hash, macho_symhash;

#endif
