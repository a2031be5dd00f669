/* A log as a folder of files that any web server can serve: C2SP tlog-tiles. */
#ifndef CANDOR_TILES_H
#define CANDOR_TILES_H

#include "common/err.h"
#include "common/tlog.h"

/* Makes a folder and those above it. */
enum err tiles_make_folder(const char *path, struct why *why);
/* Writes one file below `dir`, making folders on the way. Aside, then renamed. */
enum err tiles_put(int dir, const char *path, struct span bytes, struct why *why);
/* All hash tiles of the tree. `leaves` is used as scratch room. O(size). */
enum err tiles_put_hashes(int dir, struct merkle_hash *leaves, uint64_t size, struct why *why);
/* One bundle of entries: number `index`, `width` entries. */
enum err tiles_put_bundle(int dir, uint64_t index, uint32_t width, struct span bundle,
                          struct why *why);
/* One file, at most `most` bytes. ERR_LEDGER when it is not there or larger. */
enum err tiles_get(int dir, const char *path, size_t most, struct buf *out, struct why *why);
/* Bundle `index` of a tree of `size` entries: the partial one, or, as a log may drop it, the full
 * one. */
enum err tiles_get_bundle(int dir, uint64_t index, uint64_t size, struct buf *out, struct why *why);

#endif
