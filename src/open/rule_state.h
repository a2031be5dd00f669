/* What a machine holds of a rule log, and which compiled rules are active: a folder of the owner's.
 *   state     text, replaced whole: everything below changes by that one rename
 *   leaves    the entries taken in, each behind its 16-bit length; appended to
 *   checkpoint, HEAD.img, lock, evidence-N-before, evidence-N-after
 * doc/update.md. Written by its owner alone; read by every user's scan. */
#ifndef CANDOR_RULE_STATE_H
#define CANDOR_RULE_STATE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/merkle.h"

enum { RULE_STATE_BATCHES = 64, RULE_STATE_NAME = 256, RULE_STATE_REASON = 400 };

/* One compiled set. image "": none. */
struct rule_set {
    char image[65];    /* SHA-256 of the image, and its file's name before ".img" */
    char compiler[65]; /* what made it: another compiler's images are not used */
    uint64_t entries;  /* of the log */
    uint64_t own;      /* entries of the owner's own log of sources */
    uint64_t rules, hashes;
    uint64_t revoked; /* revocations in the log when it was made */
    uint64_t since_s;
};

/* Entries below `to`, and not below an earlier batch's, came at `taken_s`. */
struct rule_batch {
    uint64_t to, taken_s;
};

struct rule_state {
    char origin[RULE_STATE_NAME]; /* "": no release was taken in yet */
    struct merkle_range range;
    uint64_t leaf_bytes;    /* of the file that count */
    uint64_t revoked;       /* revocations among the entries */
    uint64_t fresh_until_s; /* UINT64_MAX: the policy has no witness */
    uint64_t taken_s;       /* when the last release was taken in */
    struct rule_batch batches[RULE_STATE_BATCHES];
    uint32_t batch_count;
    struct rule_set active, last; /* last: the one before, known to work */
    char held[RULE_STATE_REASON]; /* why the waiting entries are held back; "" */
    uint64_t held_entries;        /* what was to become active then */
};

/* The folder; *dir -1 when it is not there and `make` is false. */
enum err rule_state_open(const char *folder, bool make, int *dir, struct why *why);
/* Waits for whoever else changes the state, or, `wait` false, does not: *lock -1. */
enum err rule_state_lock(int dir, bool wait, int *lock, struct why *why);
/* Zeroed when there is none yet. ERR_LEDGER: damaged. */
enum err rule_state_read(int dir, struct rule_state *out, struct why *why);
enum err rule_state_write(int dir, const struct rule_state *s, struct why *why);
/* The entries that count; anything behind them is what an interrupted update left. */
enum err rule_state_leaves(int dir, const struct rule_state *s, struct buf *out, struct why *why);
/* Writes entries behind those that count, and syncs; s->leaf_bytes moves on, the state is not
 * written. */
enum err rule_state_append(int dir, struct rule_state *s, struct span entries, struct why *why);
/* A new batch at the end; when there are too many the two oldest become one, of the later time. */
void rule_state_batch(struct rule_state *s, uint64_t to, uint64_t taken_s);
/* How many entries have waited for `delay_s`. */
uint64_t rule_state_due(const struct rule_state *s, uint64_t now_s, uint64_t delay_s);
/* Removes images that neither set names. */
void rule_state_sweep(int dir, const struct rule_state *s);

#endif
