/* libcrypto behind a seam. Algorithms are fetched once and kept: a later fetch would read files. */
#include "common/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

static EVP_MD *fetched[DIGEST_COUNT]; /* set once by crypto_warm, then only read */

static const struct {
    const char *name;
    size_t bytes;
} digests[DIGEST_COUNT] = {
    [DIGEST_MD5] = {"MD5", 16},
    [DIGEST_SHA1] = {"SHA1", 20},
    [DIGEST_SHA256] = {"SHA256", 32},
};

struct hasher {
    EVP_MD_CTX *ctx;
    enum digest digest;
};

enum err crypto_warm(struct why *why)
{
    /* No configuration file is read: an owner's openssl.cnf may name engines to load. */
    if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL))
        return fail(why, ERR_SYSTEM, "libcrypto does not start");
    for (int d = 0; d < DIGEST_COUNT; d++) {
        if (!fetched[d])
            fetched[d] = EVP_MD_fetch(NULL, digests[d].name, NULL);
        if (!fetched[d])
            return fail(why, ERR_SYSTEM, "libcrypto has no %s", digests[d].name);
    }
    uint8_t out[DIGEST_MAX_BYTES];
    for (int d = 0; d < DIGEST_COUNT; d++)
        if (!crypto_digest((enum digest)d, SPAN_OF("warm"), out))
            return fail(why, ERR_SYSTEM, "libcrypto cannot compute %s", digests[d].name);
    return ERR_NONE;
}

size_t crypto_digest_bytes(enum digest d)
{
    return digests[d].bytes;
}

bool crypto_digest(enum digest d, struct span s, uint8_t *out)
{
    struct hasher *h = crypto_hasher_new(d);
    bool ok = h && crypto_hasher_add(h, s) && crypto_hasher_end(h, out);
    crypto_hasher_free(h);
    return ok;
}

struct hasher *crypto_hasher_new(enum digest d)
{
    if (!fetched[d])
        return NULL;
    struct hasher *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->digest = d;
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx || EVP_DigestInit_ex2(h->ctx, fetched[d], NULL) != 1) {
        crypto_hasher_free(h);
        return NULL;
    }
    return h;
}

void crypto_hasher_free(struct hasher *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

bool crypto_hasher_add(struct hasher *h, struct span s)
{
    return EVP_DigestUpdate(h->ctx, s.at, s.len) == 1;
}

bool crypto_hasher_end(struct hasher *h, uint8_t *out)
{
    return EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 &&
           EVP_DigestInit_ex2(h->ctx, fetched[h->digest], NULL) == 1;
}
