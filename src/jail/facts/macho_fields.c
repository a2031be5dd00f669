/* The field tables of the module macho, after YARA 4.5's documentation of it; what has is_extra, YARA-X's. */
#include "jail/facts/macho_fields.h"

/* One row a line: */
/* clang-format off */
#define NUMBER(id, text, about) [id] = {.name = (text), .kind = FACT_INT, .doc = (about)},
#define TEXT(id, text, about) [id] = {.name = (text), .kind = FACT_STRING, .doc = (about)},
#define LIST(id, text, element, about)                                                             \
    [id] = {.name = (text), .kind = FACT_ARRAY, .kids = (element), .doc = (about)},
#define CALL(id, text, types, function, about)                                                     \
    [id] = {.name = (text), .kind = FACT_FUNCTION, .signature = (types), .call = (function),       \
            .doc = (about)},
#define MORE(id, text, what, table, about)                                                         \
    [id] = {.name = (text), .kind = (what), .kids = (table), .doc = (about), .is_extra = true},
#define ASK(text, types, function, about)                                                          \
    {.name = (text), .kind = FACT_FUNCTION, .signature = (types), .call = (function), .doc = (about)},
#define DEVICE(text, number)                                                                       \
    {.name = (text), .kind = FACT_INT, .is_const = true, .value = (number), .is_extra = true},
#define ELEMENT(table) {{.name = "", .kind = FACT_STRUCT, .kids = (table)}, {.name = NULL}}

const struct field macho_section_fields[] = {
    TEXT(MACHO_SECTION_SECTNAME, "sectname", "name, at most 16 bytes")
    TEXT(MACHO_SECTION_SEGNAME, "segname", "name of the segment it belongs to")
    NUMBER(MACHO_SECTION_ADDR, "addr", "address in memory")
    NUMBER(MACHO_SECTION_SIZE, "size", "bytes")
    NUMBER(MACHO_SECTION_OFFSET, "offset", "offset in the file")
    NUMBER(MACHO_SECTION_ALIGN, "align", "alignment, a power of 2")
    NUMBER(MACHO_SECTION_RELOFF, "reloff", "offset of its relocations")
    NUMBER(MACHO_SECTION_NRELOC, "nreloc", "number of its relocations")
    NUMBER(MACHO_SECTION_FLAGS, "flags", "S_ type and S_ATTR_ flags")
    NUMBER(MACHO_SECTION_RESERVED1, "reserved1", "as in the file")
    NUMBER(MACHO_SECTION_RESERVED2, "reserved2", "as in the file")
    NUMBER(MACHO_SECTION_RESERVED3, "reserved3", "as in the file; 64-bit ones only")
    {.name = NULL},
};
static const struct field sections[] = ELEMENT(macho_section_fields);

const struct field macho_segment_fields[] = {
    TEXT(MACHO_SEGMENT_SEGNAME, "segname", "name, at most 16 bytes")
    NUMBER(MACHO_SEGMENT_VMADDR, "vmaddr", "address in memory")
    NUMBER(MACHO_SEGMENT_VMSIZE, "vmsize", "bytes in memory")
    NUMBER(MACHO_SEGMENT_FILEOFF, "fileoff", "offset in the file")
    NUMBER(MACHO_SEGMENT_FSIZE, "fsize", "bytes in the file")
    NUMBER(MACHO_SEGMENT_MAXPROT, "maxprot", "most protection it may have")
    NUMBER(MACHO_SEGMENT_INITPROT, "initprot", "protection at the start")
    NUMBER(MACHO_SEGMENT_NSECTS, "nsects", "sections, as the segment says")
    NUMBER(MACHO_SEGMENT_FLAGS, "flags", "SG_ flags")
    LIST(MACHO_SEGMENT_SECTIONS, "sections", sections, "each section")
    {.name = NULL},
};
static const struct field segments[] = ELEMENT(macho_segment_fields);

#define WORD(text, about) {.name = (text), .kind = FACT_INT, .doc = (about), .is_extra = true},
#define SAID(text, about) {.name = (text), .kind = FACT_STRING, .doc = (about), .is_extra = true},
#define KIDS(text, element, about)                                                                 \
    {.name = (text), .kind = FACT_ARRAY, .kids = (element), .doc = (about), .is_extra = true},

const struct field macho_text_element = {.name = "", .kind = FACT_STRING};
const struct field macho_dylib_fields[] = {
    SAID("name", "its path")
    WORD("timestamp", "seconds since 1970")
    SAID("compatibility_version", "three numbers")
    SAID("current_version", "three numbers")
    {.name = NULL},
};
const struct field macho_dylib_element = {.name = "", .kind = FACT_STRUCT, .kids = macho_dylib_fields};
const struct field macho_symtab_fields[] = {
    WORD("symoff", "offset of the symbols")
    WORD("nsyms", "their number")
    WORD("stroff", "offset of their names")
    WORD("strsize", "bytes of these")
    KIDS("entries", &macho_text_element, "the names that are not blank, in their order")
    {.name = NULL},
};
const struct field macho_dysymtab_fields[] = {
    WORD("ilocalsym", "first local symbol")
    WORD("nlocalsym", "local symbols")
    WORD("iextdefsym", "first external defined one")
    WORD("nextdefsym", "external defined ones")
    WORD("iundefsym", "first undefined one")
    WORD("nundefsym", "undefined ones")
    WORD("tocoff", "offset of the table of contents")
    WORD("ntoc", "its rows")
    WORD("modtaboff", "offset of the module table")
    WORD("nmodtab", "its rows")
    WORD("extrefsymoff", "offset of the referenced symbols")
    WORD("nextrefsyms", "their number")
    WORD("indirectsymoff", "offset of the indirect symbols")
    WORD("nindirectsyms", "their number")
    WORD("extreloff", "offset of the external relocations")
    WORD("nextrel", "their number")
    WORD("locreloff", "offset of the local relocations")
    WORD("nlocrel", "their number")
    {.name = NULL},
};
const struct field macho_dyld_info_fields[] = {
    WORD("rebase_off", "offset of the rebase commands")
    WORD("rebase_size", "bytes")
    WORD("bind_off", "offset of the bindings")
    WORD("bind_size", "bytes")
    WORD("weak_bind_off", "offset of the weak bindings")
    WORD("weak_bind_size", "bytes")
    WORD("lazy_bind_off", "offset of the lazy bindings")
    WORD("lazy_bind_size", "bytes")
    WORD("export_off", "offset of the export trie")
    WORD("export_size", "bytes")
    {.name = NULL},
};
const struct field macho_signature_fields[] = {
    WORD("dataoff", "offset")
    WORD("datasize", "bytes")
    {.name = NULL},
};
static const struct field tools[] = {
    WORD("tool", "its number")
    SAID("version", "two numbers")
    {.name = NULL},
};
static const struct field tool = {.name = "", .kind = FACT_STRUCT, .kids = tools};
const struct field macho_build_fields[] = {
    WORD("platform", "its number")
    SAID("minos", "oldest system, three numbers")
    SAID("sdk", "version of the SDK")
    WORD("ntools", "tools, as the command says")
    KIDS("tools", &tool, "each tool")
    {.name = NULL},
};
const struct field macho_min_fields[] = {
    WORD("device", "MACOSX, IPHONEOS, TVOS or WATCHOS")
    SAID("version", "oldest system, three numbers")
    SAID("sdk", "version of the SDK")
    {.name = NULL},
};

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
    NUMBER((at) + MACHO_FILE_STACK_SIZE, "stack_size", "bytes of the first stack, of LC_MAIN")     \
    MORE((at) + MACHO_FILE_DYNAMIC_LINKER, "dynamic_linker", FACT_STRING, NULL, "its path")        \
    MORE((at) + MACHO_FILE_SOURCE_VERSION, "source_version", FACT_STRING, NULL,                    \
         "version of the sources, five numbers")                                                   \
    MORE((at) + MACHO_FILE_SYMTAB, "symtab", FACT_STRUCT, macho_symtab_fields, "symbol table")     \
    MORE((at) + MACHO_FILE_DYSYMTAB, "dysymtab", FACT_STRUCT, macho_dysymtab_fields,               \
         "symbols for the dynamic linker")                                                         \
    MORE((at) + MACHO_FILE_CODE_SIGNATURE, "code_signature_data", FACT_STRUCT,                     \
         macho_signature_fields, "where the signature lies")                                       \
    MORE((at) + MACHO_FILE_DYLIBS, "dylibs", FACT_ARRAY, &macho_dylib_element,                     \
         "libraries it loads, and itself if it is one")                                            \
    MORE((at) + MACHO_FILE_DYLD_INFO, "dyld_info", FACT_STRUCT, macho_dyld_info_fields,            \
         "where the dynamic linker's tables lie")                                                  \
    MORE((at) + MACHO_FILE_RPATHS, "rpaths", FACT_ARRAY, &macho_text_element,                      \
         "paths in which libraries are looked for")                                                \
    MORE((at) + MACHO_FILE_ENTITLEMENTS, "entitlements", FACT_ARRAY, &macho_text_element,          \
         "what the signature says it may do: keys, and texts of their arrays")                     \
    MORE((at) + MACHO_FILE_UUID, "uuid", FACT_STRING, NULL, "identifier of this build")            \
    MORE((at) + MACHO_FILE_BUILD_VERSION, "build_version", FACT_STRUCT, macho_build_fields,        \
         "LC_BUILD_VERSION")                                                                       \
    MORE((at) + MACHO_FILE_MIN_VERSION, "min_version", FACT_STRUCT, macho_min_fields,              \
         "LC_VERSION_MIN_ commands")                                                               \
    MORE((at) + MACHO_FILE_EXPORTS, "exports", FACT_ARRAY, &macho_text_element,                    \
         "symbols of the export trie")                                                             \
    MORE((at) + MACHO_FILE_IMPORTS, "imports", FACT_ARRAY, &macho_text_element,                    \
         "symbols that are bound")                                                                 \
    MORE((at) + MACHO_FILE_LINKER_OPTIONS, "linker_options", FACT_ARRAY, &macho_text_element,      \
         "what an object file asks of its linker")

const struct field macho_file_fields[] = {
    FILE_ROWS(0)
    {.name = NULL},
};
static const struct field files[] = ELEMENT(macho_file_fields);

const struct field macho_arch_fields[] = {
    NUMBER(MACHO_ARCH_CPUTYPE, "cputype", "CPU_TYPE_ value")
    NUMBER(MACHO_ARCH_CPUSUBTYPE, "cpusubtype", "CPU_SUBTYPE_ value")
    NUMBER(MACHO_ARCH_OFFSET, "offset", "offset of the file inside the whole one")
    NUMBER(MACHO_ARCH_SIZE, "size", "its bytes")
    NUMBER(MACHO_ARCH_ALIGN, "align", "alignment, a power of 2")
    {.name = NULL},
};
static const struct field arches[] = ELEMENT(macho_arch_fields);

const struct field macho_fields[] = {
#define MACHO_CONST(text, number)                                                                  \
    [MACHO_CONST_##text] = {.name = #text, .kind = FACT_INT, .is_const = true, .value = (number)},
#include "jail/facts/macho_constants.def"
    FILE_ROWS(MACHO_FIRST_OF_FILE)
    NUMBER(MACHO_FAT_MAGIC, "fat_magic", "the first four bytes of a fat file, big-endian")
    NUMBER(MACHO_NFAT_ARCH, "nfat_arch", "files inside, as the header says")
    LIST(MACHO_FAT_ARCH, "fat_arch", arches, "where each file inside lies")
    LIST(MACHO_FILE, "file", files, "each file inside")
    CALL(MACHO_FILE_INDEX_TYPE, "file_index_for_arch", "i>i", macho_file_index_type,
         "index in file of the first with this cputype")
    CALL(MACHO_FILE_INDEX_SUBTYPE, "file_index_for_arch", "ii>i", macho_file_index_subtype,
         "the same with cputype and cpusubtype")
    CALL(MACHO_ENTRY_POINT_TYPE, "entry_point_for_arch", "i>i", macho_entry_point_type,
         "offset in the whole file of the entry point of the first with this cputype")
    CALL(MACHO_ENTRY_POINT_SUBTYPE, "entry_point_for_arch", "ii>i", macho_entry_point_subtype,
         "the same with cputype and cpusubtype")
    ASK("has_dylib", "s>i", macho_has_dylib, "1 when a library of this name is loaded, case ignored")
    ASK("has_rpath", "s>i", macho_has_rpath, "the same of rpaths")
    ASK("has_entitlement", "s>i", macho_has_entitlement, "the same of entitlements")
    ASK("has_import", "s>i", macho_has_import, "the same of imports")
    ASK("has_export", "s>i", macho_has_export, "the same of exports")
    ASK("dylib_hash", ">s", macho_dylib_hash,
        "MD5 of the names of dylibs: each once, in lower case, sorted, joined by commas")
    ASK("entitlement_hash", ">s", macho_entitlement_hash, "the same of entitlements")
    ASK("import_hash", ">s", macho_import_hash, "the same of imports")
    ASK("export_hash", ">s", macho_export_hash, "the same of exports")
    ASK("symhash", ">s", macho_symhash, "the same of the external undefined symbols")
    DEVICE("MACOSX", 0x24)
    DEVICE("IPHONEOS", 0x25)
    DEVICE("TVOS", 0x2f)
    DEVICE("WATCHOS", 0x30)
    {.name = NULL},
};
/* clang-format on */
