/* The seam to libcrypto: digests (and, for the log, Ed25519). Warmed before a cage closes. */
#ifndef CANDOR_CRYPTO_H
#define CANDOR_CRYPTO_H

#include "common/err.h"
#include "common/reader.h"

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_COUNT };
enum { DIGEST_MAX_BYTES = 32 };

struct hasher; /* owned by its maker */

/* Fetches every algorithm once, so that later use makes no system call. Once per process. */
enum err crypto_warm(struct why *why);
/* 16, 20 or 32 bytes. */
size_t crypto_digest_bytes(enum digest d);
/* out: crypto_digest_bytes(d) bytes. False when libcrypto failed. */
bool crypto_digest(enum digest d, struct span s, uint8_t *out);
struct hasher *crypto_hasher_new(enum digest d);
void crypto_hasher_free(struct hasher *h);
bool crypto_hasher_add(struct hasher *h, struct span s);
/* Writes the digest and starts anew. */
bool crypto_hasher_end(struct hasher *h, uint8_t *out);

/* Ed25519, RFC 8032. Keys and signatures as raw bytes. Check refuses non-canonical points and
 * public keys of small order. Neither is for a jail: libcrypto may look for randomness. */
bool crypto_ed25519_check(const uint8_t key[32], struct span message, const uint8_t signature[64]);
bool crypto_ed25519_sign(const uint8_t seed[32], struct span message, uint8_t out[64]);
bool crypto_ed25519_public(const uint8_t seed[32], uint8_t key[32]);

#endif
