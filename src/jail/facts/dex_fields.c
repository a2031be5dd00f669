/* The field tables of the module dex, after YARA 4.5's documentation of it: rows in the order of the
 * enums in the header. */
#include "jail/facts/dex_fields.h"

/* one row a line */
/* clang-format off */
#define ELEMENT(table) {{.name = "", .kind = FACT_STRUCT, .kids = (table)}, {.name = NULL}}

static const struct field header[] = {
    {.name = "magic", .kind = FACT_STRING, .doc = "dex, a newline, the version, a NUL"},
    {.name = "checksum", .kind = FACT_INT, .doc = "Adler-32 of what follows, as the header says"},
    {.name = "signature", .kind = FACT_STRING, .doc = "SHA-1 of what follows, as the header says"},
    {.name = "file_size", .kind = FACT_INT, .doc = "bytes, as the header says"},
    {.name = "header_size", .kind = FACT_INT, .doc = "bytes"},
    {.name = "endian_tag", .kind = FACT_INT, .doc = "ENDIAN_CONSTANT or its reverse"},
    {.name = "link_size", .kind = FACT_INT, .doc = "bytes of the link section"},
    {.name = "link_offset", .kind = FACT_INT, .doc = "where it lies"},
    {.name = "map_offset", .kind = FACT_INT, .doc = "where the map lies"},
    {.name = "string_ids_size", .kind = FACT_INT, .doc = "rows"},
    {.name = "string_ids_offset", .kind = FACT_INT, .doc = "where they lie"},
    {.name = "type_ids_size", .kind = FACT_INT, .doc = "rows"},
    {.name = "type_ids_offset", .kind = FACT_INT, .doc = "where they lie"},
    {.name = "proto_ids_size", .kind = FACT_INT, .doc = "rows"},
    {.name = "proto_ids_offset", .kind = FACT_INT, .doc = "where they lie"},
    {.name = "field_ids_size", .kind = FACT_INT, .doc = "rows"},
    {.name = "field_ids_offset", .kind = FACT_INT, .doc = "where they lie"},
    {.name = "method_ids_size", .kind = FACT_INT, .doc = "rows"},
    {.name = "method_ids_offset", .kind = FACT_INT, .doc = "where they lie"},
    {.name = "class_defs_size", .kind = FACT_INT, .doc = "rows"},
    {.name = "class_defs_offset", .kind = FACT_INT, .doc = "where they lie"},
    {.name = "data_size", .kind = FACT_INT, .doc = "bytes of the data section"},
    {.name = "data_offset", .kind = FACT_INT, .doc = "where it lies"},
    {.name = NULL},
};

const struct field dex_string_fields[] = {
    {.name = "offset", .kind = FACT_INT, .doc = "where it lies"},
    {.name = "size", .kind = FACT_INT, .doc = "characters, as the file says"},
    {.name = "value", .kind = FACT_STRING, .doc = "as many bytes"},
    {.name = NULL},
};

const struct field dex_type_fields[] = {
    {.name = "descriptor_idx", .kind = FACT_INT, .doc = "in string_ids"},
    {.name = NULL},
};

const struct field dex_proto_fields[] = {
    {.name = "shorty_idx", .kind = FACT_INT, .doc = "in string_ids"},
    {.name = "return_type_idx", .kind = FACT_INT, .doc = "in type_ids"},
    {.name = "parameters_offset", .kind = FACT_INT, .doc = "where the list of parameters lies"},
    {.name = NULL},
};

const struct field dex_field_id_fields[] = {
    {.name = "class_idx", .kind = FACT_INT, .doc = "in type_ids"},
    {.name = "type_idx", .kind = FACT_INT, .doc = "in type_ids"},
    {.name = "name_idx", .kind = FACT_INT, .doc = "in string_ids"},
    {.name = NULL},
};

const struct field dex_method_id_fields[] = {
    {.name = "class_idx", .kind = FACT_INT, .doc = "in type_ids"},
    {.name = "proto_idx", .kind = FACT_INT, .doc = "in proto_ids"},
    {.name = "name_idx", .kind = FACT_INT, .doc = "in string_ids"},
    {.name = NULL},
};

const struct field dex_class_fields[] = {
    {.name = "class_idx", .kind = FACT_INT, .doc = "in type_ids"},
    {.name = "access_flags", .kind = FACT_INT, .doc = "ACC_ flags"},
    {.name = "super_class_idx", .kind = FACT_INT, .doc = "in type_ids, or NO_INDEX"},
    {.name = "interfaces_offset", .kind = FACT_INT, .doc = "where its interfaces lie"},
    {.name = "source_file_idx", .kind = FACT_INT, .doc = "in string_ids, or NO_INDEX"},
    {.name = "annotations_offset", .kind = FACT_INT, .doc = "where its annotations lie"},
    {.name = "class_data_offset", .kind = FACT_INT, .doc = "where its members lie"},
    {.name = "static_values_offset", .kind = FACT_INT, .doc = "where its first values lie"},
    {.name = NULL},
};

const struct field dex_class_data_fields[] = {
    {.name = "static_fields_size", .kind = FACT_INT, .doc = "how many"},
    {.name = "instance_fields_size", .kind = FACT_INT, .doc = "how many"},
    {.name = "direct_methods_size", .kind = FACT_INT, .doc = "how many"},
    {.name = "virtual_methods_size", .kind = FACT_INT, .doc = "how many"},
    {.name = NULL},
};

const struct field dex_map_item_fields[] = {
    {.name = "type", .kind = FACT_INT, .doc = "TYPE_ value"},
    {.name = "unused", .kind = FACT_INT, .doc = "as in the file"},
    {.name = "size", .kind = FACT_INT, .doc = "items"},
    {.name = "offset", .kind = FACT_INT, .doc = "where they lie"},
    {.name = NULL},
};

static const struct field map_items[] = ELEMENT(dex_map_item_fields);
static const struct field map_list[] = {
    {.name = "size", .kind = FACT_INT, .doc = "rows, as the file says"},
    {.name = "map_item", .kind = FACT_ARRAY, .kids = map_items, .doc = "each row"},
    {.name = NULL},
};

const struct field dex_field_fields[] = {
    {.name = "class_name", .kind = FACT_STRING, .doc = "type it belongs to"},
    {.name = "name", .kind = FACT_STRING, .doc = "its name"},
    {.name = "proto", .kind = FACT_STRING, .doc = "its type"},
    {.name = "static", .kind = FACT_INT, .doc = "1 for a static one"},
    {.name = "instance", .kind = FACT_INT, .doc = "1 for one of each object"},
    {.name = "field_idx_diff", .kind = FACT_INT, .doc = "as in the file"},
    {.name = "access_flags", .kind = FACT_INT, .doc = "ACC_ flags"},
    {.name = NULL},
};

static const struct field code_item[] = {
    {.name = "registers_size", .kind = FACT_INT, .doc = "registers"},
    {.name = "ins_size", .kind = FACT_INT, .doc = "words of arguments"},
    {.name = "outs_size", .kind = FACT_INT, .doc = "words of arguments of calls"},
    {.name = "tries_size", .kind = FACT_INT, .doc = "try rows"},
    {.name = "debug_info_off", .kind = FACT_INT, .doc = "where its debug information lies"},
    {.name = "insns_size", .kind = FACT_INT, .doc = "code units of 2 bytes"},
    {.name = "insns", .kind = FACT_STRING, .doc = "the instructions"},
    {.name = NULL},
};

const struct field dex_method_fields[] = {
    {.name = "class_name", .kind = FACT_STRING, .doc = "type it belongs to"},
    {.name = "name", .kind = FACT_STRING, .doc = "its name"},
    {.name = "proto", .kind = FACT_STRING, .doc = "its short form: result, then arguments"},
    {.name = "direct", .kind = FACT_INT, .doc = "1 for a direct one"},
    {.name = "virtual", .kind = FACT_INT, .doc = "1 for a virtual one"},
    {.name = "method_idx_diff", .kind = FACT_INT, .doc = "as in the file"},
    {.name = "access_flags", .kind = FACT_INT, .doc = "ACC_ flags"},
    {.name = "code_off", .kind = FACT_INT, .doc = "where its code lies, or 0"},
    {.name = "code_item", .kind = FACT_STRUCT, .kids = code_item, .doc = "its code"},
    {.name = NULL},
};

static const struct field strings[] = ELEMENT(dex_string_fields);
static const struct field types[] = ELEMENT(dex_type_fields);
static const struct field protos[] = ELEMENT(dex_proto_fields);
static const struct field field_ids[] = ELEMENT(dex_field_id_fields);
static const struct field method_ids[] = ELEMENT(dex_method_id_fields);
static const struct field classes[] = ELEMENT(dex_class_fields);
static const struct field class_data[] = ELEMENT(dex_class_data_fields);
static const struct field members[] = ELEMENT(dex_field_fields);
static const struct field methods[] = ELEMENT(dex_method_fields);

const struct field dex_fields[] = {
    {.name = "DEX_FILE_MAGIC_035", .kind = FACT_STRING, .doc = "magic of version 035"},
    {.name = "DEX_FILE_MAGIC_036", .kind = FACT_STRING, .doc = "magic of version 036"},
    {.name = "DEX_FILE_MAGIC_037", .kind = FACT_STRING, .doc = "magic of version 037"},
    {.name = "DEX_FILE_MAGIC_038", .kind = FACT_STRING, .doc = "magic of version 038"},
    {.name = "DEX_FILE_MAGIC_039", .kind = FACT_STRING, .doc = "magic of version 039"},
#define DEX_CONST(text, number)                                                                    \
    [DEX_CONST_##text] = {.name = #text, .kind = FACT_INT, .is_const = true, .value = (number)},
#include "jail/facts/dex_constants.def"
    [DEX_HEADER] = {.name = "header", .kind = FACT_STRUCT, .kids = header, .doc = "the file header"},
    [DEX_STRING_IDS] = {.name = "string_ids", .kind = FACT_ARRAY, .kids = strings, .doc = "each string"},
    [DEX_TYPE_IDS] = {.name = "type_ids", .kind = FACT_ARRAY, .kids = types, .doc = "each type"},
    [DEX_PROTO_IDS] = {.name = "proto_ids", .kind = FACT_ARRAY, .kids = protos, .doc = "each prototype"},
    [DEX_FIELD_IDS] = {.name = "field_ids", .kind = FACT_ARRAY, .kids = field_ids, .doc = "each field that is used"},
    [DEX_METHOD_IDS] = {.name = "method_ids", .kind = FACT_ARRAY, .kids = method_ids, .doc = "each method that is used"},
    [DEX_CLASS_DEFS] = {.name = "class_defs", .kind = FACT_ARRAY, .kids = classes, .doc = "each class of this file"},
    [DEX_CLASS_DATA_ITEM] = {.name = "class_data_item", .kind = FACT_ARRAY, .kids = class_data, .doc = "counts of the members of each class that has some"},
    [DEX_MAP_LIST] = {.name = "map_list", .kind = FACT_STRUCT, .kids = map_list, .doc = "the map of the file"},
    [DEX_NUMBER_OF_FIELDS] = {.name = "number_of_fields", .kind = FACT_INT, .doc = "in field"},
    [DEX_FIELD] = {.name = "field", .kind = FACT_ARRAY, .kids = members, .doc = "each field of the classes of this file"},
    [DEX_HAS_METHOD_NAME] = {.name = "has_method", .kind = FACT_FUNCTION, .signature = "s>i", .call = dex_has_method_name,
        .doc = "1 when a method has this name"},
    [DEX_HAS_METHOD_CLASS_NAME] = {.name = "has_method", .kind = FACT_FUNCTION, .signature = "ss>i", .call = dex_has_method_class_name,
        .doc = "the same of a class and a name"},
    [DEX_HAS_METHOD_REGEX] = {.name = "has_method", .kind = FACT_FUNCTION, .signature = "r>i", .call = dex_has_method_regex,
        .doc = "1 when the name of a method matches"},
    [DEX_HAS_METHOD_CLASS_REGEX] = {.name = "has_method", .kind = FACT_FUNCTION, .signature = "rr>i", .call = dex_has_method_class_regex,
        .doc = "the same of a class and a name"},
    [DEX_HAS_CLASS_NAME] = {.name = "has_class", .kind = FACT_FUNCTION, .signature = "s>i", .call = dex_has_class_name,
        .doc = "1 when a class of this name has a method"},
    [DEX_HAS_CLASS_REGEX] = {.name = "has_class", .kind = FACT_FUNCTION, .signature = "r>i", .call = dex_has_class_regex,
        .doc = "1 when the name of a class with a method matches"},
    [DEX_NUMBER_OF_METHODS] = {.name = "number_of_methods", .kind = FACT_INT, .doc = "in method"},
    [DEX_METHOD] = {.name = "method", .kind = FACT_ARRAY, .kids = methods, .doc = "each method of the classes of this file"},
    {.name = NULL},
};
/* clang-format on */
