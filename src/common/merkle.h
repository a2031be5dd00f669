/* The Merkle tree of RFC 6962, section 2.1: leaf = SHA-256(0 || entry), node = SHA-256(1 || left ||
 * right), split at the largest power of two below the size. Proofs as RFC 9162, 2.1.3 and 2.1.4. */
#ifndef CANDOR_MERKLE_H
#define CANDOR_MERKLE_H

#include "common/reader.h"

enum { MERKLE_HASH_BYTES = 32, MERKLE_PROOF_MAX = 64 };

struct merkle_hash {
    uint8_t bytes[MERKLE_HASH_BYTES];
};

/* crypto_warm first. False only when libcrypto fails. */
bool merkle_leaf(struct span entry, struct merkle_hash *out);
bool merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                 struct merkle_hash *out);
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/* All of a tree that is needed to append to it and to know its root: one hash per set bit of
 * `size`, the largest subtree first. Appending what a stranger sent and comparing roots is a
 * consistency check. */
struct merkle_range {
    uint64_t size;
    uint32_t count;
    struct merkle_hash nodes[64];
};

void merkle_range_init(struct merkle_range *r);
bool merkle_range_append(struct merkle_range *r, const struct merkle_hash *leaf);
/* SHA-256 of nothing for size 0. */
bool merkle_range_root(const struct merkle_range *r, struct merkle_hash *out);
/* From stored hashes: `count` must be the number of set bits of `size`. */
bool merkle_range_load(struct merkle_range *r, uint64_t size, const struct merkle_hash *nodes,
                       uint32_t count);

struct merkle_proof {
    struct merkle_hash hashes[MERKLE_PROOF_MAX];
    uint32_t count;
};

/* True when `leaf` is number `index` of the tree of `size` leaves with this root. O(log size). */
bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
                            const struct merkle_proof *proof, const struct merkle_hash *root);
/* True when the tree of `size` leaves begins with that of `old` leaves. From size 0 only to
 * size 0. */
bool merkle_check_consistency(uint64_t old, uint64_t size, const struct merkle_proof *proof,
                              const struct merkle_hash *old_root, const struct merkle_hash *root);

/* Proofs from all leaf hashes, for publishers and tests. O(size). False: no such leaf, or libcrypto
 * failed. */
bool merkle_root(const struct merkle_hash *leaves, uint64_t size, struct merkle_hash *out);
bool merkle_prove_inclusion(const struct merkle_hash *leaves, uint64_t size, uint64_t index,
                            struct merkle_proof *out);
bool merkle_prove_consistency(const struct merkle_hash *leaves, uint64_t size, uint64_t old,
                              struct merkle_proof *out);

#endif
