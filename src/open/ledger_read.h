/* Reading and checking a ledger. Every trouble names the entry at which it was found. */
#ifndef CANDOR_LEDGER_READ_H
#define CANDOR_LEDGER_READ_H

#include "common/ledger.h"
#include "common/ledger_record.h"
#include "common/note.h"
#include "open/ledger_files.h"

enum { LEDGER_HEADS_MAX = 8 };

/* What is known of a ledger besides its entries. */
struct ledger_known {
    bool has_seal;
    struct ledger_seal seal;
    /* Heads that were signed: the folder's own first (if has_head), then those held elsewhere. */
    bool has_head;
    uint32_t head_count;
    struct {
        uint64_t size;
        struct merkle_hash root;
    } heads[LEDGER_HEADS_MAX];
    /* The owner's key: MACs from its entry on are checked until `owner.index` passes
     * `owner_end`. */
    bool has_owner;
    struct ledger_seal owner;
    uint64_t owner_end;
};

/* Where reading has come to, and what it met. */
struct ledger_tail {
    struct ledger_files files;
    struct ledger_chain chain;
    uint64_t bytes;              /* good bytes of the newest segment */
    uint64_t torn;               /* bytes behind them that an interrupted write left */
    uint64_t kept;               /* index of the first entry that is there whole */
    uint64_t retention;          /* what the newest retention leaf allows to be dropped */
    uint64_t last_s, clock_back; /* time of the newest entry; the first entry older than its
                                    predecessor, LEDGER_NONE */
    uint64_t owner_checked;
};

/* Called for each whole entry. May be NULL. `hash_only` gets those whose text was dropped. */
struct ledger_visit {
    void *ctx;
    enum err (*leaf)(void *ctx, const struct ledger_record *r, const struct ledger_leaf *leaf,
                     struct why *why);
    enum err (*hash)(void *ctx, uint64_t index, const struct merkle_hash *hash, struct why *why);
};

/* A ledger's folder for reading, under its lock where that may be taken, so that no writer is half
 * way. Close both (lock may be -1). ERR_USAGE when there is none. */
enum err ledger_read_open(const char *folder, int *dir, int *lock, struct why *why);
/* The folder's key, head and seal; verifies the head's signature. *key may be NULL. ERR_LEDGER when
 * one is damaged; ERR_USAGE when there is no ledger. */
enum err ledger_read_known(int dir, struct ledger_known *out, struct note_key *key,
                           char key_text[256], struct why *why);
/* A head from elsewhere: the note must be signed by `key`. */
enum err ledger_read_add_head(struct ledger_known *known, const struct note_key *key,
                              struct span note, struct why *why);
/* Everything there is. ERR_LEDGER names the entry. O(size). */
enum err ledger_read_all(int dir, struct ledger_known *known, const struct ledger_visit *visit,
                         struct ledger_tail *out, struct why *why);
/* The newest segment only, as one does before appending. */
enum err ledger_read_newest(int dir, struct ledger_known *known, struct ledger_tail *out,
                            struct why *why);

#endif
