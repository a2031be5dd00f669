/* Where each field of the module elf lies in its struct. */
#ifndef CANDOR_ELF_FIELDS_H
#define CANDOR_ELF_FIELDS_H

#include "jail/facts/module.h"

enum elf_field {
#define ELF_CONST(name, value) ELF_CONST_##name,
#define ELF_NUMBER(id, name, doc) ELF_##id,
#define ELF_LIST(id, name, element, doc) ELF_##id,
#define ELF_CALL(id, name, signature, function, doc) ELF_##id,
#include "jail/facts/elf_fields.def"
#undef ELF_CONST
#undef ELF_NUMBER
#undef ELF_LIST
#undef ELF_CALL
};

enum elf_section_field {
    ELF_SECTION_TYPE,
    ELF_SECTION_FLAGS,
    ELF_SECTION_ADDRESS,
    ELF_SECTION_NAME,
    ELF_SECTION_SIZE,
    ELF_SECTION_OFFSET
};

enum elf_segment_field {
    ELF_SEGMENT_TYPE,
    ELF_SEGMENT_FLAGS,
    ELF_SEGMENT_OFFSET,
    ELF_SEGMENT_VIRTUAL_ADDRESS,
    ELF_SEGMENT_PHYSICAL_ADDRESS,
    ELF_SEGMENT_FILE_SIZE,
    ELF_SEGMENT_MEMORY_SIZE,
    ELF_SEGMENT_ALIGNMENT
};

enum elf_dynamic_field { ELF_DYNAMIC_TYPE, ELF_DYNAMIC_VAL };

enum elf_symbol_field {
    ELF_SYMBOL_NAME,
    ELF_SYMBOL_VALUE,
    ELF_SYMBOL_SIZE,
    ELF_SYMBOL_TYPE,
    ELF_SYMBOL_BIND,
    ELF_SYMBOL_SHNDX
};

extern const struct field elf_fields[];
extern const struct field elf_section_fields[];
extern const struct field elf_segment_fields[];
extern const struct field elf_dynamic_fields[];
extern const struct field elf_symbol_fields[];

module_function elf_telfhash;
module_function elf_import_md5;

#endif
