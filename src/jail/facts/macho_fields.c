/* The field tables of the module macho, after YARA 4.5's documentation of it. */
#include "jail/facts/macho_fields.h"

/* clang-format off: one row a line */
#define NUMBER(id, text, about) [id] = {.name = (text), .kind = FACT_INT, .doc = (about)},
#define TEXT(id, text, about) [id] = {.name = (text), .kind = FACT_STRING, .doc = (about)},
#define LIST(id, text, element, about)                                                             \
    [id] = {.name = (text), .kind = FACT_ARRAY, .kids = (element), .doc = (about)},
#define CALL(id, text, types, function, about)                                                     \
    [id] = {.name = (text),                                                                        \
            .kind = FACT_FUNCTION,                                                                 \
            .signature = (types),                                                                  \
            .call = (function),                                                                    \
            .doc = (about)},
#define ELEMENT(table)                                                                             \
    {                                                                                              \
        {.name = "", .kind = FACT_STRUCT, .kids = (table)},                                        \
        {                                                                                          \
            .name = NULL                                                                           \
        }                                                                                          \
    }

const struct field macho_section_fields[] = {
    TEXT(MACHO_SECTION_SECTNAME, "sectname", "name, at most 16 bytes")
        TEXT(MACHO_SECTION_SEGNAME, "segname", "name of the segment it belongs to")
            NUMBER(MACHO_SECTION_ADDR, "addr", "address in memory")
                NUMBER(MACHO_SECTION_SIZE, "size", "bytes") NUMBER(MACHO_SECTION_OFFSET, "offset",
                                                                   "offset in the file")
                    NUMBER(MACHO_SECTION_ALIGN, "align", "alignment, a power of 2")
                        NUMBER(MACHO_SECTION_RELOFF, "reloff", "offset of its relocations") NUMBER(
                            MACHO_SECTION_NRELOC, "nreloc", "number of its relocations")
                            NUMBER(MACHO_SECTION_FLAGS, "flags", "S_ type and S_ATTR_ flags")
                                NUMBER(MACHO_SECTION_RESERVED1, "reserved1", "as in the file")
                                    NUMBER(MACHO_SECTION_RESERVED2, "reserved2", "as in the file")
                                        NUMBER(MACHO_SECTION_RESERVED3, "reserved3",
                                               "as in the file; 64-bit ones only"){.name = NULL},
};
static const struct field sections[] = ELEMENT(macho_section_fields);

const struct field macho_segment_fields[] = {
    TEXT(MACHO_SEGMENT_SEGNAME, "segname",
         "name, at most 16 bytes") NUMBER(MACHO_SEGMENT_VMADDR, "vmaddr", "address in memory")
        NUMBER(MACHO_SEGMENT_VMSIZE, "vmsize", "bytes in memory")
            NUMBER(MACHO_SEGMENT_FILEOFF, "fileoff", "offset in the file")
                NUMBER(MACHO_SEGMENT_FSIZE, "fsize", "bytes in the file")
                    NUMBER(MACHO_SEGMENT_MAXPROT, "maxprot", "most protection it may have")
                        NUMBER(MACHO_SEGMENT_INITPROT, "initprot", "protection at the start")
                            NUMBER(MACHO_SEGMENT_NSECTS, "nsects", "sections, as the segment says")
                                NUMBER(MACHO_SEGMENT_FLAGS, "flags", "SG_ flags")
                                    LIST(MACHO_SEGMENT_SECTIONS, "sections", sections,
                                         "each section"){.name = NULL},
};
static const struct field segments[] = ELEMENT(macho_segment_fields);

/* The run of one file, from index `at` on. */
#define FILE_ROWS(at)                                                                              \
    NUMBER((at) + MACHO_FILE_MAGIC, "magic", "the first four bytes, big-endian")                   \
    NUMBER((at) + MACHO_FILE_CPUTYPE, "cputype", "CPU_TYPE_ value")                                \
    NUMBER((at) + MACHO_FILE_CPUSUBTYPE, "cpusubtype", "CPU_SUBTYPE_ value")                       \
    NUMBER((at) + MACHO_FILE_FILETYPE, "filetype", "MH_ type")                                     \
    NUMBER((at) + MACHO_FILE_NCMDS, "ncmds", "load commands, as the header says")                  \
    NUMBER((at) + MACHO_FILE_SIZEOFCMDS, "sizeofcmds", "their bytes, as the header says")          \
    NUMBER((at) + MACHO_FILE_FLAGS, "flags", "MH_ flags")                                          \
    NUMBER((at) + MACHO_FILE_RESERVED, "reserved", "as in the header; 64-bit files only")          \
    NUMBER((at) + MACHO_FILE_NUMBER_OF_SEGMENTS, "number_of_segments", "segment commands")         \
    LIST((at) + MACHO_FILE_SEGMENTS, "segments", segments, "each segment")                         \
    NUMBER((at) + MACHO_FILE_ENTRY_POINT, "entry_point", "offset of the entry point in the file")  \
    NUMBER((at) + MACHO_FILE_STACK_SIZE, "stack_size", "bytes of the first stack, of LC_MAIN")

const struct field macho_file_fields[] = {
    FILE_ROWS(0){.name = NULL},
};
static const struct field files[] = ELEMENT(macho_file_fields);

const struct field macho_arch_fields[] = {
    NUMBER(MACHO_ARCH_CPUTYPE, "cputype", "CPU_TYPE_ value")
        NUMBER(MACHO_ARCH_CPUSUBTYPE, "cpusubtype", "CPU_SUBTYPE_ value")
            NUMBER(MACHO_ARCH_OFFSET, "offset", "offset of the file inside the whole one")
                NUMBER(MACHO_ARCH_SIZE, "size", "its bytes")
                    NUMBER(MACHO_ARCH_ALIGN, "align", "alignment, a power of 2"){.name = NULL},
};
static const struct field arches[] = ELEMENT(macho_arch_fields);

const struct field macho_fields[] = {
#define MACHO_CONST(text, number)                                                                  \
    [MACHO_CONST_##text] = {.name = #text, .kind = FACT_INT, .is_const = true, .value = (number)},
#include "jail/facts/macho_constants.def"
    FILE_ROWS(MACHO_FIRST_OF_FILE) NUMBER(
        MACHO_FAT_MAGIC, "fat_magic",
        "the first four bytes of a fat file, big-endian") NUMBER(MACHO_NFAT_ARCH, "nfat_arch",
                                                                 "files inside, as the header says")
        LIST(MACHO_FAT_ARCH, "fat_arch", arches, "where each file inside lies") LIST(
            MACHO_FILE, "file", files,
            "each file inside") CALL(MACHO_FILE_INDEX_TYPE, "file_index_for_arch", "i>i",
                                     macho_file_index_type,
                                     "index in file of the first with this cputype")
            CALL(MACHO_FILE_INDEX_SUBTYPE, "file_index_for_arch", "ii>i", macho_file_index_subtype,
                 "the same with cputype and cpusubtype")
                CALL(MACHO_ENTRY_POINT_TYPE, "entry_point_for_arch", "i>i", macho_entry_point_type,
                     "offset in the whole file of the entry point of the first with this cputype")
                    CALL(MACHO_ENTRY_POINT_SUBTYPE, "entry_point_for_arch", "ii>i",
                         macho_entry_point_subtype,
                         "the same with cputype and cpusubtype"){.name = NULL},
};
/* clang-format on */
