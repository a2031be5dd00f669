/* The ledger's files, as bytes: segments of sealed records, and the seal. doc/ledger.md.
 *
 * A record carries the leaf, a MAC under a key that is hashed one step forward after each record
 * (the old one is erased, so who comes later cannot make earlier MACs), and a link, the hash of all
 * records so far, which says where an edit happened to everyone who has no key. */
#ifndef CANDOR_LEDGER_RECORD_H
#define CANDOR_LEDGER_RECORD_H

#include "common/buf.h"
#include "common/err.h"
#include "common/merkle.h"

enum { LEDGER_KEY_BYTES = 32, LEDGER_SEGMENT_MOST = 8 << 20, LEDGER_SEAL_BYTES = 88 };

/* Where a ledger stands: the tree and the link after `range.size` entries. */
struct ledger_chain {
    struct merkle_range range;
    uint8_t link[32];
};

/* `index`: the entry that `key` seals. Bytes of the file include a check of their own. */
struct ledger_seal {
    uint64_t index, head_size; /* size of the last signed head */
    uint8_t key[LEDGER_KEY_BYTES];
};

struct ledger_record {
    uint64_t index;
    struct span leaf; /* borrowed */
    struct merkle_hash hash;
    uint8_t mac[32];
};

enum ledger_next { LEDGER_NEXT_ONE, LEDGER_NEXT_END, LEDGER_NEXT_TORN, LEDGER_NEXT_BAD };

void ledger_record_start(struct ledger_chain *c);
/* Appends a leaf's record; moves chain and seal on. False when libcrypto or memory failed: then
 * neither may be used any more. leaf: 1..TLOG_ENTRY_MAX bytes. */
bool ledger_record_put(struct ledger_chain *c, struct ledger_seal *s, struct span leaf,
                       struct buf *out);
/* Reads the next record and moves the chain on. TORN: the file ends inside a record, as an
 * interrupted write leaves it. BAD: this is not what followed the entry before. */
enum ledger_next ledger_record_next(struct ledger_chain *c, struct reader *r,
                                    struct ledger_record *out);
/* True when the seal's key made this record's MAC; moves the seal on. The record must be number
 * s->index. */
bool ledger_record_is_sealed(struct ledger_seal *s, const struct ledger_record *r);
/* Hashes the key forward to entry `index`; false backwards. O(index - s->index). */
bool ledger_record_advance(struct ledger_seal *s, uint64_t index);

/* A segment's head: its number, and where the ledger stood. */
void ledger_record_put_header(struct buf *out, uint32_t number, const struct ledger_chain *c);
enum err ledger_record_header(struct reader *r, uint32_t *number, struct ledger_chain *c,
                              struct why *why);
void ledger_record_put_seal(struct buf *out, const struct ledger_seal *s);
enum err ledger_record_seal(struct span bytes, struct ledger_seal *out, struct why *why);

#endif
