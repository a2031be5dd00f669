/* Hashing and proofs over RFC 6962 trees. Proofs are strangers' bytes; every loop is bounded by 64
 * levels. */
#include "common/merkle.h"

#include "common/crypto.h"

#include <string.h>

static bool hash_of(uint8_t prefix, struct span a, struct span b, struct merkle_hash *out)
{
    struct hasher *h = crypto_hasher_new(DIGEST_SHA256);
    bool ok = h && crypto_hasher_add(h, span_make(&prefix, 1)) &&
              (a.len == 0 || crypto_hasher_add(h, a)) && (b.len == 0 || crypto_hasher_add(h, b)) &&
              crypto_hasher_end(h, out->bytes);
    crypto_hasher_free(h);
    return ok;
}

bool merkle_leaf(struct span entry, struct merkle_hash *out)
{
    return hash_of(0, entry, (struct span){NULL, 0}, out);
}

bool merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
                 struct merkle_hash *out)
{
    return hash_of(1, span_make(left->bytes, MERKLE_HASH_BYTES),
                   span_make(right->bytes, MERKLE_HASH_BYTES), out);
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, MERKLE_HASH_BYTES) == 0;
}

/* --- compact ranges --- */

void merkle_range_init(struct merkle_range *r)
{
    memset(r, 0, sizeof *r);
}

bool merkle_range_append(struct merkle_range *r, const struct merkle_hash *leaf)
{
    if (r->size == UINT64_MAX)
        return false;
    struct merkle_hash node = *leaf;
    uint32_t count = r->count;
    for (uint64_t bits = r->size; bits & 1; bits >>= 1) /* as a binary counter carries */
        if (!merkle_node(&r->nodes[--count], &node, &node))
            return false;
    r->nodes[count] = node;
    r->count = count + 1;
    r->size++;
    return true;
}

bool merkle_range_root(const struct merkle_range *r, struct merkle_hash *out)
{
    if (r->count == 0)
        return crypto_digest(DIGEST_SHA256, SPAN_OF(""), out->bytes);
    *out = r->nodes[r->count - 1];
    for (uint32_t i = r->count - 1; i > 0; i--)
        if (!merkle_node(&r->nodes[i - 1], out, out))
            return false;
    return true;
}

bool merkle_range_load(struct merkle_range *r, uint64_t size, const struct merkle_hash *nodes,
                       uint32_t count)
{
    if ((uint32_t)__builtin_popcountll(size) != count)
        return false;
    merkle_range_init(r);
    r->size = size;
    r->count = count;
    if (count)
        memcpy(r->nodes, nodes, count * sizeof *nodes);
    return true;
}

/* --- checking --- */

/* Goes up past levels where this side has no sibling. */
static void skip_even(uint64_t *fn, uint64_t *sn)
{
    while (!(*fn & 1) && *fn != 0) {
        *fn >>= 1;
        *sn >>= 1;
    }
}

bool merkle_check_inclusion(uint64_t index, uint64_t size, const struct merkle_hash *leaf,
                            const struct merkle_proof *proof, const struct merkle_hash *root)
{
    if (index >= size || proof->count > MERKLE_PROOF_MAX)
        return false;
    uint64_t fn = index, sn = size - 1;
    struct merkle_hash r = *leaf;
    for (uint32_t i = 0; i < proof->count; i++) {
        const struct merkle_hash *p = &proof->hashes[i];
        if (sn == 0)
            return false;
        bool is_right = (fn & 1) || fn == sn;
        if (!(is_right ? merkle_node(p, &r, &r) : merkle_node(&r, p, &r)))
            return false;
        if (is_right)
            skip_even(&fn, &sn);
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && merkle_equal(&r, root);
}

/* The walk of RFC 9162, 2.1.4.2, from the hash both trees share. */
static bool walk_up(uint64_t old, uint64_t size, const struct merkle_hash *start,
                    const struct merkle_proof *proof, uint32_t first,
                    const struct merkle_hash roots[2])
{
    uint64_t fn = old - 1, sn = size - 1;
    while (fn & 1) {
        fn >>= 1;
        sn >>= 1;
    }
    struct merkle_hash fr = *start, sr = *start;
    for (uint32_t i = first; i < proof->count; i++) {
        const struct merkle_hash *c = &proof->hashes[i];
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            if (!merkle_node(c, &fr, &fr) || !merkle_node(c, &sr, &sr))
                return false;
            skip_even(&fn, &sn);
        } else if (!merkle_node(&sr, c, &sr)) {
            return false;
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && merkle_equal(&fr, &roots[0]) && merkle_equal(&sr, &roots[1]);
}

bool merkle_check_consistency(uint64_t old, uint64_t size, const struct merkle_proof *proof,
                              const struct merkle_hash *old_root, const struct merkle_hash *root)
{
    if (old > size || proof->count > MERKLE_PROOF_MAX)
        return false;
    if (old == size)
        return proof->count == 0 && merkle_equal(old_root, root);
    if (old == 0)
        return false; /* says nothing: every tree begins with the empty one */
    bool is_power = (old & (old - 1)) == 0;
    if (proof->count == 0)
        return false;
    struct merkle_hash roots[2] = {*old_root, *root};
    return is_power ? walk_up(old, size, old_root, proof, 0, roots)
                    : walk_up(old, size, &proof->hashes[0], proof, 1, roots);
}

/* --- making --- */

/* The root of leaves [from, from+count). */
static bool subtree(const struct merkle_hash *leaves, uint64_t from, uint64_t count,
                    struct merkle_hash *out)
{
    struct merkle_range r;
    merkle_range_init(&r);
    for (uint64_t i = 0; i < count; i++)
        if (!merkle_range_append(&r, &leaves[from + i]))
            return false;
    return merkle_range_root(&r, out);
}

bool merkle_root(const struct merkle_hash *leaves, uint64_t size, struct merkle_hash *out)
{
    return subtree(leaves, 0, size, out);
}

/* Largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static void reverse(struct merkle_proof *p)
{
    for (uint32_t i = 0; i < p->count / 2; i++) {
        struct merkle_hash swap = p->hashes[i];
        p->hashes[i] = p->hashes[p->count - 1 - i];
        p->hashes[p->count - 1 - i] = swap;
    }
}

bool merkle_prove_inclusion(const struct merkle_hash *leaves, uint64_t size, uint64_t index,
                            struct merkle_proof *out)
{
    out->count = 0;
    if (index >= size)
        return false;
    uint64_t from = 0;
    while (size > 1) { /* from the root down; the proof wants it from the leaf up */
        uint64_t k = split(size);
        bool right = index >= k;
        struct merkle_hash *h = &out->hashes[out->count++];
        if (!(right ? subtree(leaves, from, k, h) : subtree(leaves, from + k, size - k, h)))
            return false;
        from += right ? k : 0;
        index -= right ? k : 0;
        size = right ? size - k : k;
    }
    reverse(out);
    return true;
}

bool merkle_prove_consistency(const struct merkle_hash *leaves, uint64_t size, uint64_t old,
                              struct merkle_proof *out)
{
    out->count = 0;
    if (old > size || (old == 0 && size > 0))
        return false;
    if (old == size)
        return true;
    uint64_t from = 0;
    bool whole = true; /* the old tree is a subtree whose root the other side knows */
    while (old != size) {
        uint64_t k = split(size);
        struct merkle_hash *h = &out->hashes[out->count++];
        if (old <= k) {
            if (!subtree(leaves, from + k, size - k, h))
                return false;
            size = k;
        } else {
            if (!subtree(leaves, from, k, h))
                return false;
            from += k;
            old -= k;
            size -= k;
            whole = false;
        }
    }
    if (!whole && !subtree(leaves, from, size, &out->hashes[out->count++]))
        return false;
    reverse(out);
    return true;
}
