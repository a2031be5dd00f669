/* Where each field of the module dex lies in its struct: the order is YARA 4.5's order of
 * declaration, which a dump shows. */
#ifndef CANDOR_DEX_FIELDS_H
#define CANDOR_DEX_FIELDS_H

#include "jail/facts/module.h"

enum { DEX_VERSIONS = 5 }; /* 035 to 039 */

enum dex_field {
    DEX_MAGIC_035, /* and four more */
    DEX_LAST_MAGIC = DEX_MAGIC_035 + DEX_VERSIONS - 1,
#define DEX_CONST(name, value) DEX_CONST_##name,
#include "jail/facts/dex_constants.def"
#undef DEX_CONST
    DEX_HEADER,
    DEX_STRING_IDS,
    DEX_TYPE_IDS,
    DEX_PROTO_IDS,
    DEX_FIELD_IDS,
    DEX_METHOD_IDS,
    DEX_CLASS_DEFS,
    DEX_CLASS_DATA_ITEM,
    DEX_MAP_LIST,
    DEX_NUMBER_OF_FIELDS,
    DEX_FIELD,
    DEX_HAS_METHOD_NAME,
    DEX_HAS_METHOD_CLASS_NAME,
    DEX_HAS_METHOD_REGEX,
    DEX_HAS_METHOD_CLASS_REGEX,
    DEX_HAS_CLASS_NAME,
    DEX_HAS_CLASS_REGEX,
    DEX_NUMBER_OF_METHODS,
    DEX_METHOD
};

enum dex_header_field {
    DEX_HEADER_MAGIC,
    DEX_HEADER_CHECKSUM,
    DEX_HEADER_SIGNATURE,
    DEX_HEADER_FILE_SIZE, /* the numbers from here on stand in the file's order */
    DEX_HEADER_MAP_OFFSET = DEX_HEADER_FILE_SIZE + 5,
    DEX_HEADER_STRING_IDS_SIZE, /* each table: its size, then its offset */
    DEX_HEADER_TYPE_IDS_SIZE = DEX_HEADER_STRING_IDS_SIZE + 2,
    DEX_HEADER_PROTO_IDS_SIZE = DEX_HEADER_TYPE_IDS_SIZE + 2,
    DEX_HEADER_FIELD_IDS_SIZE = DEX_HEADER_PROTO_IDS_SIZE + 2,
    DEX_HEADER_METHOD_IDS_SIZE = DEX_HEADER_FIELD_IDS_SIZE + 2,
    DEX_HEADER_CLASS_DEFS_SIZE = DEX_HEADER_METHOD_IDS_SIZE + 2,
    DEX_HEADER_DATA_OFFSET = DEX_HEADER_CLASS_DEFS_SIZE + 3
};

enum dex_string_field { DEX_STRING_OFFSET, DEX_STRING_SIZE, DEX_STRING_VALUE };
enum { DEX_CLASS_DATA_OFFSET = 6 }; /* in class_defs */
enum dex_map_field { DEX_MAP_SIZE, DEX_MAP_ITEM };

/* Fields and methods begin alike. */
enum dex_member_field {
    DEX_MEMBER_CLASS_NAME,
    DEX_MEMBER_NAME,
    DEX_MEMBER_PROTO,
    DEX_MEMBER_FIRST_KIND,  /* static, direct */
    DEX_MEMBER_SECOND_KIND, /* instance, virtual */
    DEX_MEMBER_IDX_DIFF,
    DEX_MEMBER_ACCESS_FLAGS,
    DEX_METHOD_CODE_OFF,
    DEX_METHOD_CODE_ITEM
};

enum dex_code_field {
    DEX_CODE_REGISTERS_SIZE,
    DEX_CODE_INSNS_SIZE = DEX_CODE_REGISTERS_SIZE + 5,
    DEX_CODE_INSNS
};

extern const struct field dex_fields[];
extern const struct field dex_string_fields[];
extern const struct field dex_type_fields[];
extern const struct field dex_proto_fields[];
extern const struct field dex_field_id_fields[];
extern const struct field dex_method_id_fields[];
extern const struct field dex_class_fields[];
extern const struct field dex_class_data_fields[];
extern const struct field dex_map_item_fields[];
extern const struct field dex_field_fields[];
extern const struct field dex_method_fields[];

module_function dex_has_method_name;
module_function dex_has_method_class_name;
module_function dex_has_method_regex;
module_function dex_has_method_class_regex;
module_function dex_has_class_name;
module_function dex_has_class_regex;

#endif
