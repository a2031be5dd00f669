/* Hash signatures of an image: whole objects by size and digest. */
#ifndef CANDOR_HASHES_H
#define CANDOR_HASHES_H

#include "jail/match/ruleset.h"
#include "jail/object/budget.h"
#include "jail/object/object.h"

/* ERR_IMAGE unless the hash tables fit each other. O(signatures). */
enum err hashes_check(const struct ruleset *r, struct why *why);
/* Whether some MD5 signature has this size, or none at all. */
bool hashes_want_md5(const struct ruleset *r, uint64_t size);
/* Calls `found` with the index in IMAGE_HASHES of each signature that names these bytes. Nothing is
 * hashed unless some signature has this size or none at all, nor the MD5 when the object has it.
 * False: the bytes could not be read, libcrypto failed, or the budget ran out. */
bool hashes_scan(const struct ruleset *r, struct object *o, struct budget *budget,
                 void (*found)(void *ctx, uint32_t index), void *ctx);

/* The same for the sections of a PE file. Nothing is read unless the image has such signatures. */
bool hashes_sections(const struct ruleset *r, struct object *o, struct budget *budget,
                     void (*found)(void *ctx, uint32_t index), void *ctx);

/* The same for its imports; `arena` holds what is read of the file. */
bool hashes_imports(const struct ruleset *r, struct object *o, struct arena *arena,
                    void (*found)(void *ctx, uint32_t index), void *ctx);

#endif
