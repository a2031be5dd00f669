/* The ledger on disk: append-only segments in a folder of the owner's. Several commands may use one
 * at a time; a lock is held only while entries are written. */
#ifndef CANDOR_LEDGER_STORE_H
#define CANDOR_LEDGER_STORE_H

#include "open/ledger_read.h"

struct ledger_store;

/* Opens the ledger in `folder`, or makes one: a key to sign heads with, a seal, an empty tree.
 * ERR_LEDGER when the one there is damaged; ERR_SYSTEM when it cannot be written. */
enum err ledger_store_open(struct ledger_store **out, const char *folder, struct why *why);
/* NULL is fine. What was added and not committed is lost. */
void ledger_store_close(struct ledger_store *s);
/* Makes a leaf ready to be written. The time is set here. */
enum err ledger_store_add(struct ledger_store *s, struct ledger_leaf *leaf, struct why *why);

enum ledger_commit {
    LEDGER_WRITE, /* written: outlives this process */
    LEDGER_SYNC,  /* outlives a power cut */
    LEDGER_SIGN   /* and the head over it is signed */
};
/* Writes what was added, all or nothing, after whatever others wrote meanwhile. One fdatasync; with
 * LEDGER_SIGN one fsync more. *first (may be NULL): index of the first leaf written. */
enum err ledger_store_commit(struct ledger_store *s, enum ledger_commit how, uint64_t *first,
                             struct why *why);
/* Entries so far and the root over them. */
bool ledger_store_get_head(const struct ledger_store *s, uint64_t *size, struct merkle_hash *root);
/* Gives the seal a new random key from the next entry on, and says that in an entry. What it hands
 * out is all that can check the MACs to come; nobody keeps it but the owner. */
enum err ledger_store_reseal(struct ledger_store *s, struct ledger_seal *out, struct why *why);
/* Whole segments to keep, newest included; older ones become lists of hashes. 0: the default. */
void ledger_store_keep(struct ledger_store *s, uint32_t segments, uint64_t segment_bytes);

#endif
