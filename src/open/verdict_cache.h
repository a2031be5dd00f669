/* Files that were looked at in full and found clean with this rule set, so that a second scan of an
 * unchanged tree need not open them. One file of ours, mapped; why it is no database and when a
 * verdict may be kept: doc/decisions/verdict-cache.md. */
#ifndef CANDOR_VERDICT_CACHE_H
#define CANDOR_VERDICT_CACHE_H

#include "common/err.h"
#include "common/reader.h"

#include <sys/stat.h>

struct verdict_cache;

/* What tells one state of a file from every other. */
struct file_state {
    uint64_t device, inode, size, mtime_ns, ctime_ns;
};

/* A verdict is kept only of a file whose inode has not changed for so long: see the decision. */
enum { VERDICT_SETTLED_S = 60 };

/* Opens `path`, or makes it (mode 0600) when it is not there, is not ours alone, is damaged, or is
 * of another `key`: everything else that a verdict depends on, 32 bytes. While another process has
 * it, verdicts are looked up and none are kept. */
enum err verdict_cache_open(struct verdict_cache **out, const char *path, const uint8_t key[32],
                            struct why *why);
/* NULL is fine. */
void verdict_cache_close(struct verdict_cache *c);
/* From stat of a regular file. */
struct file_state verdict_cache_state(const struct stat *st);
/* Whether exactly this state was found clean. O(1). */
bool verdict_cache_has(const struct verdict_cache *c, const struct file_state *state);
/* Keeps it, if it was settled when it was opened: `now_ns` is the time of day taken before its
 * first byte was read. False: not kept. */
bool verdict_cache_keep(struct verdict_cache *c, const struct file_state *state, uint64_t now_ns);
/* Whether the file system behind `fd` (O_PATH will do) keeps times that its files' owners cannot
 * forge, on a device that cannot be carried to another machine. Costly: once a device. */
bool verdict_cache_may(int fd);

#endif
