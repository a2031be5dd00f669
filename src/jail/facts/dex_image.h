/* A DEX file's tables of strings, types, prototypes, fields and methods, by index. */
#ifndef CANDOR_DEX_IMAGE_H
#define CANDOR_DEX_IMAGE_H

#include "common/limits.h"
#include "common/reader.h"

struct dex_table {
    uint32_t count, at;
};

struct dex_image {
    struct span data;
    uint32_t map_at;
    /* In the header's order. Each but the last is checked to lie in the file before it is read. */
    struct dex_table strings, types, protos, fields, methods, classes;
};

struct dex_string {
    uint32_t at, size;
    struct span value;
};

enum dex_member { DEX_OF_FIELDS, DEX_OF_METHODS };

/* False: not a DEX file of a version that YARA knows. */
bool dex_image_read(struct dex_image *d, struct span data);
bool dex_image_has(const struct dex_image *d, uint64_t at, uint64_t len);
/* String `index` of the table; false where it lies outside. The bytes begin one behind its offset:
 * YARA takes the length to be one byte. */
bool dex_image_string(const struct dex_image *d, uint32_t index, struct dex_string *out);
/* Names of row `index` of field_ids or method_ids; each empty with .at NULL where there is none.
 * False: no such row. */
struct dex_names {
    struct span class_name, name, proto;
};
bool dex_image_names(const struct dex_image *d, enum dex_member kind, uint32_t index,
                     struct dex_names *out);
/* Unsigned LEB128 of at most 5 bytes, without a check of the last one's high bits. */
uint32_t dex_uleb(struct reader *r);

#endif
