/* What a scan writes into the ledger, and when its results may be shown. */
#ifndef CANDOR_SCAN_LEDGER_H
#define CANDOR_SCAN_LEDGER_H

#include "common/report.h"
#include "open/image_cache.h"
#include "open/ledger_store.h"
#include "user/render.h"

enum { SCAN_LEDGER_WAITING = 64 };

struct scan_ledger {
    struct ledger_store *store; /* NULL with --no-ledger */
    uint64_t run;               /* index of the `started` leaf */
    /* Reports with findings that are not yet on disk, in order. */
    struct report *waiting[SCAN_LEDGER_WAITING];
    uint32_t count;
    uint64_t since_ms; /* when the first of them came */
    struct {
        uint64_t count;
        struct span path; /* owned: the first file's */
    } gaps[GAP_COUNT];
    uint64_t gap_count;
    struct arena *arena;                            /* of those paths */
    void (*show)(void *ctx, struct report *report); /* ownership moves */
    void *ctx;
};

/* `folder` NULL: the state folder's ledger. Names the way out when there is none to be had. */
enum err scan_ledger_open(struct scan_ledger *l, const char *folder, char *const *targets,
                          int target_count, struct why *why);
enum err scan_ledger_rules(struct scan_ledger *l, const char *source, const struct image *image,
                           struct why *why);
/* Takes the report; shows it at once, or, with findings, when they are on disk. */
enum err scan_ledger_take(struct scan_ledger *l, struct report *report, struct why *why);
/* Everything that waits is written and shown. */
enum err scan_ledger_flush(struct scan_ledger *l, struct why *why);
/* Writes the counts and signs the head, which the summary then names. */
enum err scan_ledger_end(struct scan_ledger *l, struct summary *s, struct why *why);
/* The scan failed; written if it can be. */
void scan_ledger_refuse(struct scan_ledger *l, const struct why *why);
void scan_ledger_done(struct scan_ledger *l);

/* `given`, or the state folder's ledger. */
enum err scan_ledger_folder(const char *given, char *out, size_t size, struct why *why);

#endif
