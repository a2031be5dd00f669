/* Files of a transparency log: C2SP tlog-tiles (paths, tiles, entry bundles) and tlog-proof. */
#ifndef CANDOR_TLOG_H
#define CANDOR_TLOG_H

#include "common/note.h"

enum { TLOG_TILE_WIDTH = 256, TLOG_ENTRY_MAX = 65535, TLOG_LEVEL_MAX = 7, TLOG_PATH_MAX = 64 };

/* "tile/0/x001/234", "tile/entries/000.p/17": without the log's prefix.
 *   level  0..TLOG_LEVEL_MAX, or -1 for entries
 *   width  1..256; below 256 it is a partial tile */
void tlog_path(char out[TLOG_PATH_MAX], int level, uint64_t index, uint32_t width);
/* The reverse; false when the path is none, or not in its one right spelling. */
bool tlog_path_parse(struct span path, int *level, uint64_t *index, uint32_t *width);
/* Width of the last, partial tile of a level in a tree of `size` leaves; 0 when it has none. */
uint32_t tlog_partial(uint64_t size, int level);

/* One entry of a bundle: 16-bit big-endian length, bytes. False at the end, and when *bundle is
 * malformed (then .bad). */
bool tlog_next_entry(struct reader *bundle, struct span *entry);
/* False past TLOG_ENTRY_MAX. */
bool tlog_put_entry(struct buf *out, struct span entry);

/* A tlog-proof: this entry is leaf `index` of the tree whose checkpoint note follows. */
struct tlog_proof {
    uint64_t index;
    struct merkle_proof path;
    struct span extra; /* decoded, in the arena; may be empty */
    struct span note;  /* borrowed */
};
enum err tlog_proof_parse(struct span text, struct arena *a, struct tlog_proof *out,
                          struct why *why);
void tlog_proof_print(const struct tlog_proof *p, struct buf *out);

#endif
