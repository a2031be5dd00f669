/* What `candor scan` keeps of clean files, and when it may believe it. */
#ifndef CANDOR_SCAN_CACHE_H
#define CANDOR_SCAN_CACHE_H

#include "common/report.h"
#include "open/verdict_cache.h"
#include "user/command.h"

enum { SCAN_CACHE_DEVICES = 16 }; /* more are asked about each time */

struct scan_cache {
    struct verdict_cache *table; /* NULL: none is kept */
    /* devices met in this run, and whether they may be believed: a number that a file system had
     * in an earlier run may be another's now */
    struct {
        uint64_t device;
        bool may;
    } met[SCAN_CACHE_DEVICES];
    unsigned met_count;
    uint64_t kept;
};

/* No cache where there is no state folder, or --no-cache, --exhaustive or no rules: that is no
 * error. */
void scan_cache_open(struct scan_cache *c, const struct settings *s,
                     const struct ruleset_choice *rules);
void scan_cache_close(struct scan_cache *c);
/* Whether a file that stat describes so is known to be clean. path: looked at on devices that were
 * not met yet. */
bool scan_cache_has(struct scan_cache *c, struct span path, const struct stat *st);
/* Before a file is read: notes in its report what it was. */
void scan_cache_note(struct scan_cache *c, int fd, const struct stat *st, struct report *r);
/* Keeps a report that says clean, without a gap, accepted or not. */
void scan_cache_keep(struct scan_cache *c, const struct report *r);

#endif
