/* The field tables of the module elf, after YARA 4.5's documentation of it. */
#include "jail/facts/elf_fields.h"

const struct field elf_section_fields[] = {
    [ELF_SECTION_TYPE] = {.name = "type", .kind = FACT_INT, .doc = "SHT_ value"},
    [ELF_SECTION_FLAGS] = {.name = "flags", .kind = FACT_INT, .doc = "SHF_ flags"},
    [ELF_SECTION_ADDRESS] = {.name = "address", .kind = FACT_INT, .doc = "address in memory"},
    [ELF_SECTION_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "from the string table"},
    [ELF_SECTION_SIZE] = {.name = "size", .kind = FACT_INT, .doc = "bytes"},
    [ELF_SECTION_OFFSET] = {.name = "offset", .kind = FACT_INT, .doc = "offset in the file"},
    {.name = NULL},
};

const struct field elf_segment_fields[] = {
    [ELF_SEGMENT_TYPE] = {.name = "type", .kind = FACT_INT, .doc = "PT_ value"},
    [ELF_SEGMENT_FLAGS] = {.name = "flags", .kind = FACT_INT, .doc = "PF_ flags"},
    [ELF_SEGMENT_OFFSET] = {.name = "offset", .kind = FACT_INT, .doc = "offset in the file"},
    [ELF_SEGMENT_VIRTUAL_ADDRESS] = {.name = "virtual_address",
                                     .kind = FACT_INT,
                                     .doc = "address in memory"},
    [ELF_SEGMENT_PHYSICAL_ADDRESS] = {.name = "physical_address",
                                      .kind = FACT_INT,
                                      .doc = "physical address"},
    [ELF_SEGMENT_FILE_SIZE] = {.name = "file_size", .kind = FACT_INT, .doc = "bytes in the file"},
    [ELF_SEGMENT_MEMORY_SIZE] = {.name = "memory_size", .kind = FACT_INT, .doc = "bytes in memory"},
    [ELF_SEGMENT_ALIGNMENT] = {.name = "alignment", .kind = FACT_INT, .doc = "alignment"},
    {.name = NULL},
};

const struct field elf_dynamic_fields[] = {
    [ELF_DYNAMIC_TYPE] = {.name = "type", .kind = FACT_INT, .doc = "DT_ value"},
    [ELF_DYNAMIC_VAL] = {.name = "val", .kind = FACT_INT, .doc = "value or address"},
    {.name = NULL},
};

const struct field elf_symbol_fields[] = {
    [ELF_SYMBOL_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "from the string table"},
    [ELF_SYMBOL_VALUE] = {.name = "value", .kind = FACT_INT, .doc = "value or address"},
    [ELF_SYMBOL_SIZE] = {.name = "size", .kind = FACT_INT, .doc = "bytes"},
    [ELF_SYMBOL_TYPE] = {.name = "type", .kind = FACT_INT, .doc = "STT_ value"},
    [ELF_SYMBOL_BIND] = {.name = "bind", .kind = FACT_INT, .doc = "STB_ value"},
    [ELF_SYMBOL_SHNDX] = {.name = "shndx", .kind = FACT_INT, .doc = "section it belongs to"},
    {.name = NULL},
};

/* Elements of arrays: a row without a name for each table above. */
#define ELEMENT(table)                                                                             \
    (const struct field[])                                                                         \
    {                                                                                              \
        {.name = "", .kind = FACT_STRUCT, .kids = (table)}, {.name = NULL},                        \
    }
#define ELF_CONST(text, number)                                                                    \
    [ELF_CONST_##text] = {.name = #text, .kind = FACT_INT, .is_const = true, .value = (number)},
#define ELF_NUMBER(id, text, about) [ELF_##id] = {.name = (text), .kind = FACT_INT, .doc = (about)},
#define ELF_LIST(id, text, table, about)                                                           \
    [ELF_##id] = {.name = (text), .kind = FACT_ARRAY, .kids = ELEMENT(table), .doc = (about)},
#define ELF_CALL(id, text, types, function, about)                                                 \
    [ELF_##id] = {.name = (text),                                                                  \
                  .kind = FACT_FUNCTION,                                                           \
                  .signature = (types),                                                            \
                  .call = (function),                                                              \
                  .doc = (about)},

const struct field elf_fields[] = {
#include "jail/facts/elf_fields.def"
    {.name = NULL},
};
