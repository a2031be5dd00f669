/* libcandor: scan bytes for malware in jails that can only compute.
 *
 * The calling program keeps all its own powers; the bytes it hands over are looked at in processes
 * of candor-jail(8), which hold no descriptor and may make no system call besides ending and
 * managing their own memory. A parser that crashes or is taken over costs one file a gap, never the
 * caller.
 *
 *     struct candor *c = candor_new();
 *     candor_add_rules(c, "/etc/candor/rules");
 *     if (candor_start(c) != CANDOR_OK) ... candor_error(c) ...
 *     struct candor_report *r = candor_scan_fd(c, fd, "upload.zip");
 *     if (candor_report_verdict(r) == CANDOR_FOUND) ...
 *     candor_report_free(r);
 *     candor_free(c);
 *
 * One struct candor belongs to one thread at a time. Strings that are returned live as long as what
 * they were asked of. Functions that take a struct accept NULL where freeing; nothing here exits,
 * prints, or installs a signal handler. A caller that ignores no SIGPIPE should: a write to jails
 * that were killed from outside raises it. The library writes no ledger: what was found is the
 * caller's to record. */
#ifndef CANDOR_H
#define CANDOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CANDOR_API __attribute__((visibility("default")))

struct candor;
struct candor_report;

enum candor_status {
    CANDOR_OK = 0,
    CANDOR_FAILED = 2 /* candor_error says why */
};

/* Of one file. CANDOR_PARTIAL: nothing was found, but something could not be looked at. */
enum candor_verdict { CANDOR_CLEAN, CANDOR_FOUND, CANDOR_PARTIAL, CANDOR_ERROR };

struct candor_finding {
    const char *rule;   /* its name */
    const char *source; /* the file it stands in */
    const char *kind;   /* its meta `class`, or "" */
    const char
        *part; /* names from the outside in, " > " between; "" for the file itself. Escaped */
    uint64_t at,
        length; /* bytes; of the first string, in the part; 0, 0 when the rule needed none */
};

struct candor_gap {
    const char *kind;   /* "encrypted", "truncated" ...: doc/gaps.md */
    const char *part;   /* as above */
    const char *detail; /* escaped */
};

/* NULL when out of memory. */
CANDOR_API struct candor *candor_new(void);
/* Ends the jails. */
CANDOR_API void candor_free(struct candor *c);
/* Before candor_start. `path`: a rule file, a folder of them, a hash list, or (alone) a compiled
 * image. Again for more. */
CANDOR_API enum candor_status candor_add_rules(struct candor *c, const char *path);
/* Before candor_start. Where candor-jail lies, when it is not in its installed place. */
CANDOR_API enum candor_status candor_set_jail(struct candor *c, const char *path);
/* Before candor_start. Where compiled rules are kept between runs; without it they are not. */
CANDOR_API enum candor_status candor_set_cache(struct candor *c, const char *folder);
/* Compiles the rules (in a jail), checks them (in another), and starts the jails. Costs a
 * compilation, unless kept. */
CANDOR_API enum candor_status candor_start(struct candor *c);
/* Why the last call failed; "" when it did not. */
CANDOR_API const char *candor_error(const struct candor *c);

/* A regular file, from its beginning whatever its offset; fd stays the caller's. `name` is only
 * repeated in the report. NULL on failure: candor_error. */
CANDOR_API struct candor_report *candor_scan_fd(struct candor *c, int fd, const char *name);
/* Bytes in memory: copied, at most 16 MiB less one; larger ones go through a file. */
CANDOR_API struct candor_report *candor_scan_buffer(struct candor *c, const void *bytes, size_t len,
                                                    const char *name);

CANDOR_API void candor_report_free(struct candor_report *r);
CANDOR_API enum candor_verdict candor_report_verdict(const struct candor_report *r);
/* Items are in the order in which they were met. NULL past the end. */
CANDOR_API const struct candor_finding *candor_report_finding(const struct candor_report *r,
                                                              size_t i);
CANDOR_API const struct candor_gap *candor_report_gap(const struct candor_report *r, size_t i);
/* The file and all its parts; bytes that were matched, parts included. */
CANDOR_API uint64_t candor_report_objects(const struct candor_report *r);
CANDOR_API uint64_t candor_report_bytes(const struct candor_report *r);

#ifdef __cplusplus
}
#endif

#endif
