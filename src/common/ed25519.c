/* Ed25519 (RFC 8032) by libcrypto: the half of crypto.h that signs and checks. Strictness is
 * OpenSSL's: cofactorless, s < L and canonical A wanted; points of small order are refused here,
 * because a signature by one says nothing. */
#include "common/crypto.h"

#include <openssl/evp.h>
#include <string.h>

/* Canonical encodings of the eight points of small order (RFC 8032's curve; y and the sign bit of
 * x), sign bit masked. */
static bool is_small_order(const uint8_t key[32])
{
    static const uint8_t points[5][32] = {
        {0},
        {1},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
         0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
         0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
         0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
         0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    };
    uint8_t y[32];
    memcpy(y, key, 32);
    y[31] &= 0x7f;
    for (int i = 0; i < 5; i++)
        if (memcmp(y, points[i], 32) == 0)
            return true;
    return false;
}

/* y < 2^255 - 19. */
static bool is_canonical(const uint8_t key[32])
{
    if ((key[31] & 0x7f) != 0x7f)
        return true;
    for (int i = 30; i > 0; i--)
        if (key[i] != 0xff)
            return true;
    return key[0] < 0xed;
}

bool crypto_ed25519_check(const uint8_t key[32], struct span message, const uint8_t signature[64])
{
    if (!is_canonical(key) || is_small_order(key) || !is_canonical(signature))
        return false;
    EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = k && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k) == 1 &&
              EVP_DigestVerify(ctx, signature, 64, message.at, message.len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(k);
    return ok;
}

bool crypto_ed25519_sign(const uint8_t seed[32], struct span message, uint8_t out[64])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = 64;
    bool ok = k && ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, k) == 1 &&
              EVP_DigestSign(ctx, out, &len, message.at, message.len) == 1 && len == 64;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(k);
    return ok;
}

bool crypto_ed25519_public(const uint8_t seed[32], uint8_t key[32])
{
    EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    size_t len = 32;
    bool ok = k && EVP_PKEY_get_raw_public_key(k, key, &len) == 1 && len == 32;
    EVP_PKEY_free(k);
    return ok;
}
