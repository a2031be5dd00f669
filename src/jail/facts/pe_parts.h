/* The parts of the module pe, one a file, all filling one tree. Each returns false only when out of
 * memory; oddities of the file leave facts undefined. */
#ifndef CANDOR_PE_PARTS_H
#define CANDOR_PE_PARTS_H

#include "jail/facts/fact_build.h"
#include "jail/facts/pe_fields.h"
#include "jail/facts/pe_image.h"

struct pe_load {
    struct pe_image *img;
    struct arena *arena;
    struct fact *root;
};

bool pe_load_headers(struct pe_load *p);
bool pe_load_resources(struct pe_load *p);
bool pe_load_rich(struct pe_load *p);
bool pe_load_debug(struct pe_load *p);
bool pe_load_signatures(struct pe_load *p);
bool pe_load_imports(struct pe_load *p);
bool pe_load_delayed_imports(struct pe_load *p);
bool pe_load_exports(struct pe_load *p);

/* Version strings of all version resources met so far. */
struct pe_versions {
    struct fact_list list;
    uint32_t dict_cap;
};
/* Adds the strings of the version resource at a file offset. */
bool pe_version_add(struct pe_load *p, struct pe_versions *v, int64_t at);

/* The name that an ordinal of ws2_32, wsock32 or oleaut32 is known by, else "ord<n>" made in the
 * arena; .at is NULL when out of memory. */
struct span pe_ordinal_name(struct arena *a, struct span library, uint16_t ordinal);

#endif
