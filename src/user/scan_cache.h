/* What `candor scan` keeps of clean files, and when it may believe it. */
#ifndef CANDOR_SCAN_CACHE_H
#define CANDOR_SCAN_CACHE_H

#include "common/report.h"
#include "open/verdict_cache.h"
#include "user/command.h"

struct scan_cache {
    struct verdict_cache *table; /* NULL: none is kept */
    uint64_t device;             /* last file's, and whether its file system may be believed */
    bool may, has_device;
    uint64_t kept;
};

/* No cache where there is no state folder, or --no-cache, --exhaustive or no rules: that is no
 * error. */
void scan_cache_open(struct scan_cache *c, const struct settings *s,
                     const struct ruleset_choice *rules);
void scan_cache_close(struct scan_cache *c);
/* Whether a file that stat describes so is known to be clean. */
bool scan_cache_has(const struct scan_cache *c, const struct stat *st);
/* Before a file is read: notes in its report what it was. */
void scan_cache_note(struct scan_cache *c, int fd, const struct stat *st, struct report *r);
/* Keeps a report that says clean, without a gap, accepted or not. */
void scan_cache_keep(struct scan_cache *c, const struct report *r);

#endif
