/* A rule log as a folder: C2SP checkpoint, tiles and entries. Read with suspicion, whoever's it is;
 * written only by its publisher. */
#ifndef CANDOR_RULE_LOG_H
#define CANDOR_RULE_LOG_H

#include "common/rule_leaf.h"
#include "open/tiles.h"

enum { RULE_LOG_MOST = 1 << 22 }; /* entries */

/* A head seen before: the log must continue it. */
struct rule_log_past {
    uint64_t size;
    struct merkle_hash root;
};

struct rule_log {
    struct buf note;        /* the checkpoint as it stands in the folder */
    struct checkpoint head; /* origin borrows from the note */
    struct buf hashes;      /* of all leaves */
    struct buf last;        /* the newest bundle, when it is partial */
};

struct rule_log_visit {
    void *ctx;
    /* leaf NULL: an entry that is no leaf of ours; why says so. */
    enum err (*entry)(void *ctx, uint64_t index, const struct rule_leaf *leaf, struct why *why);
    /* For logs of other leaves; asked first. May be NULL. */
    enum err (*raw)(void *ctx, uint64_t index, struct span entry, struct why *why);
};

/* Reads all of it: signature by `key` under its own origin, every entry, the root. past (may be
 * NULL): ERR_LEDGER "fork" or "smaller". Release with rule_log_done, whatever it returns; the note
 * is there as soon as it could be read. O(size). */
enum err rule_log_read(int dir, const struct note_key *key, const struct rule_log_past *past,
                       const struct rule_log_visit *visit, struct rule_log *out, struct why *why);
void rule_log_done(struct rule_log *log);
/* Appends entries (each behind its 16-bit length), signs: tiles and entries first, the checkpoint
 * last, so a reader never sees a head without its leaves. */
enum err rule_log_append(int dir, struct rule_log *log, struct span entries,
                         const struct note_key *key, const uint8_t seed[32], struct why *why);

#endif
