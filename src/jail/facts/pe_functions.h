/* The functions of the module pe, as the field table names them. Each follows module_function. */
#ifndef CANDOR_PE_FUNCTIONS_H
#define CANDOR_PE_FUNCTIONS_H

#include "jail/facts/module.h"
#include "jail/facts/pe_image.h"

/* The image that a loaded module keeps for its functions; NULL when the object is no PE file. */
struct pe_image *pe_kept_image(const struct fact *root);
void pe_keep_image(struct fact *root, struct pe_image *img);

module_function pe_calculate_checksum, pe_rva_to_offset, pe_is_dll, pe_is_32bit, pe_is_64bit;
module_function pe_section_index_name, pe_section_index_address, pe_locale, pe_language;
module_function pe_exports_name, pe_exports_regex, pe_exports_ordinal;
module_function pe_exports_index_name, pe_exports_index_regex, pe_exports_index_ordinal;
module_function pe_imports_name, pe_imports_ordinal, pe_imports_dll, pe_imports_regex;
module_function pe_imports_kind_name, pe_imports_kind_ordinal, pe_imports_kind_dll;
module_function pe_imports_kind_regex, pe_imphash;
module_function pe_import_rva_name, pe_import_rva_ordinal;
module_function pe_delayed_import_rva_name, pe_delayed_import_rva_ordinal;
module_function pe_rich_version, pe_rich_version_toolid, pe_rich_toolid, pe_rich_toolid_version;
module_function pe_valid_on;

/* Whether the first signature is right, and of the file as it is. */
bool pe_is_first_verified(const struct fact *root);
/* The MD5 that imphash() is, and how long the text is that it is of. False: no imports, no PE, or
 * libcrypto failed. */
bool pe_import_digest(const struct fact *root, uint8_t *md5, uint64_t *len);

#endif
