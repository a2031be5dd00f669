/* Resources of a PE as ClamAV walks them: by type and name, whatever the language. */
#ifndef CANDOR_CLAM_RESOURCES_H
#define CANDOR_CLAM_RESOURCES_H

#include "jail/match/clam_facts.h"
#include "jail/object/source.h"

struct clam_pe {
    struct source *source;
    const struct clam_exe *exe;
};

/* File offset of an address; false: it is nowhere in the file. */
bool clam_pe_place(const struct clam_pe *pe, uint64_t rva, uint64_t *at);
/* Four bytes there, little-endian; *ok becomes false past the end. */
uint32_t clam_pe_u32(const struct clam_pe *pe, uint64_t at, bool *ok);

/* Calls `found` for each resource of a numbered type, with the field that names it (a number, or a
 * place with the high bit set) and the address of its data entry, until it says false. */
struct clam_resources {
    uint32_t type;
    bool any_name; /* named ones, too */
    uint32_t name;
    bool (*found)(void *ctx, uint32_t name, uint64_t entry_rva);
    void *ctx;
};
void clam_resources(const struct clam_pe *pe, const struct clam_resources *r);

#endif
