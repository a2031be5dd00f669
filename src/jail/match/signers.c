/* Authenticode's certificates against an image's list. Hostile bytes: the object's, which libcrypto
 * parses in the cage. Facts: PE/COFF specification, "The Attribute Certificate Table"; ClamAV's
 * manual, "Trusted and Revoked Certificates". *Observed* of clamscan 1.4.6: a subject is the SHA-1
 * of the name's DER without its head, a serial number that of its bytes; a blocked certificate
 * counts wherever it is embedded, whether or not the signature holds; a trusted one must sign
 * certificates to vouch for others and code to vouch for the file; a start of validity in the list
 * is ignored. */
#include "jail/match/signers.h"

#include "jail/facts/pe_functions.h"
#include "jail/match/clam_facts.h"

#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { TABLE_MOST = 4 << 20, HEAD = 8, REVISION = 0x200, KIND_PKCS7 = 2, SECURITY32 = 0x98 };
enum {
    SECURITY64 = 0xa8,
    CHAIN_MOST = 64 /* certificates of one signature that is to be trusted */
};

struct signer {
    uint8_t subject[IMAGE_SIGNER_HASH], serial[IMAGE_SIGNER_HASH];
    struct span modulus;
};

struct signers {
    struct signer *items;
    uint32_t count;
};

/* The PKCS#7 of the first entry; empty when there is none where it must be. */
static struct span table_of(struct object *o)
{
    struct source *s = &o->source;
    struct reader dos = reader_of(source_view(s, 0, 64));
    reader_skip(&dos, 60);
    uint64_t at = reader_u32le(&dos);
    struct reader pe = reader_of(source_view(s, at, SECURITY64 + 8));
    bool is_pe = !dos.bad && reader_u32le(&pe) == 0x4550;
    reader_skip(&pe, 20);
    uint16_t magic = reader_u16le(&pe);
    pe = reader_from(source_view(s, at, SECURITY64 + 8), magic == 0x20b ? SECURITY64 : SECURITY32);
    uint64_t table = reader_u32le(&pe), size = reader_u32le(&pe);
    if (!is_pe || pe.bad || table == 0 || size <= HEAD || size > TABLE_MOST ||
        table + size != s->size)
        return (struct span){NULL, 0};
    struct span all = source_view(s, table, size);
    struct reader entry = reader_of(all);
    uint32_t length = reader_u32le(&entry);
    if (reader_u16le(&entry) != REVISION || reader_u16le(&entry) != KIND_PKCS7 || length <= HEAD ||
        length > all.len)
        return (struct span){NULL, 0};
    return span_cut(all, HEAD, length - HEAD);
}

static PKCS7 *parse(struct span der)
{
    const uint8_t *at = der.at;
    PKCS7 *p7 = der.len ? d2i_PKCS7(NULL, &at, (long)der.len) : NULL;
    if (p7 && !(PKCS7_type_is_signed(p7) && p7->d.sign)) {
        PKCS7_free(p7);
        p7 = NULL;
    }
    return p7;
}

/* DER of a name without tag and length. */
static bool hash_name(const X509_NAME *name, uint8_t out[IMAGE_SIGNER_HASH])
{
    const uint8_t *der, *inner;
    size_t len;
    long content;
    int tag, class;
    if (!X509_NAME_get0_der((X509_NAME *)(uintptr_t)name, &der, &len))
        return false;
    inner = der;
    if (ASN1_get_object(&inner, &content, &tag, &class, (long)len) & 0x80)
        return false;
    return crypto_digest(DIGEST_SHA1, span_make(inner, (size_t)content), out);
}

static bool hash_serial(X509 *cert, uint8_t out[IMAGE_SIGNER_HASH])
{
    uint8_t *der = NULL;
    const uint8_t *inner;
    long content;
    int tag, class, len = i2d_ASN1_INTEGER(X509_get_serialNumber(cert), &der);
    inner = der;
    bool ok = len > 0 && !(ASN1_get_object(&inner, &content, &tag, &class, len) & 0x80) &&
              crypto_digest(DIGEST_SHA1, span_make(inner, (size_t)content), out);
    OPENSSL_free(der);
    return ok;
}

static bool read_modulus(X509 *cert, struct arena *a, struct span *out)
{
    BIGNUM *n = NULL;
    EVP_PKEY *key = X509_get0_pubkey(cert);
    bool ok = key && EVP_PKEY_get_bn_param(key, "n", &n);
    size_t len = ok ? (size_t)BN_num_bytes(n) : 0;
    uint8_t *bytes = ok ? arena_alloc(a, len + 1, 1) : NULL;
    if (bytes)
        *out = span_make(bytes, (size_t)BN_bn2bin(n, bytes));
    BN_free(n);
    return bytes != NULL;
}

static bool read_signer(X509 *cert, struct arena *a, struct signer *out)
{
    return hash_name(X509_get_subject_name(cert), out->subject) && hash_serial(cert, out->serial) &&
           read_modulus(cert, a, &out->modulus);
}

struct signers *signers_read(struct object *o, struct arena *a)
{
    PKCS7 *p7 = parse(table_of(o));
    STACK_OF(X509) *certs = p7 ? p7->d.sign->cert : NULL;
    int count = sk_X509_num(certs);
    struct signers *s = count > 0 ? arena_new_of(a, struct signers) : NULL;
    if (s)
        s->items = arena_array(a, struct signer, LIMIT_PE_CERTIFICATES);
    for (int i = 0; s && s->items && i < count && s->count < LIMIT_PE_CERTIFICATES; i++)
        s->count += read_signer(sk_X509_value(certs, i), a, &s->items[s->count]);
    PKCS7_free(p7);
    ERR_clear_error();
    return s && s->items ? s : NULL;
}

/* --- against the list --- */

static bool is_row(const struct signer *s, const struct ruleset *r, const struct image_signer *row)
{
    return memcmp(s->subject, row->subject, IMAGE_SIGNER_HASH) == 0 &&
           (!(row->flags & IMAGE_SIGNER_SERIAL) ||
            memcmp(s->serial, row->serial, IMAGE_SIGNER_HASH) == 0) &&
           span_equal(s->modulus, ruleset_text(r, row->modulus));
}

bool signers_have(const struct signers *s, const struct ruleset *r, uint32_t index)
{
    struct image_signer row;
    if (!s || !ruleset_read(r, IMAGE_SIGNERS, index, &row))
        return false;
    for (uint32_t i = 0; i < s->count; i++)
        if (is_row(&s->items[i], r, &row))
            return true;
    return false;
}

bool signers_blocked(struct object *o, const struct ruleset *r, struct arena *a)
{
    const struct signers *s = signers_read(o, a);
    struct image_signer row;
    for (uint32_t i = 0; s && i < r->counts[IMAGE_SIGNERS]; i++)
        if (ruleset_read(r, IMAGE_SIGNERS, i, &row) && !(row.flags & IMAGE_SIGNER_TRUSTED) &&
            signers_have(s, r, i))
            return true;
    return false;
}

/* The embedded certificates, and what each may do once it is trusted. */
struct chain {
    STACK_OF(X509) * certs;
    const struct signers *signers;
    const struct ruleset *rules;
    uint32_t *flags; /* of each: IMAGE_SIGNER_TRUSTED when it is, with CODE and CERT */
};

static EVP_PKEY *key_of(struct span modulus)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL), *e = BN_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;
    if (b && n && e && ctx && BN_set_word(e, 65537) && OSSL_PARAM_BLD_push_BN(b, "n", n) &&
        OSSL_PARAM_BLD_push_BN(b, "e", e) && (params = OSSL_PARAM_BLD_to_param(b)) &&
        EVP_PKEY_fromdata_init(ctx) == 1 &&
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(ctx);
    BN_free(n);
    BN_free(e);
    return key;
}

/* What a row says of certificate i: that it is the one, or signed it. */
static uint32_t flags_by_row(const struct chain *c, uint32_t i, const struct image_signer *row)
{
    uint8_t issuer[IMAGE_SIGNER_HASH];
    X509 *cert = sk_X509_value(c->certs, (int)i);
    uint32_t flags = row->flags & (IMAGE_SIGNER_TRUSTED | IMAGE_SIGNER_CODE | IMAGE_SIGNER_CERT);
    if (!(row->flags & IMAGE_SIGNER_TRUSTED))
        return 0;
    if (is_row(&c->signers->items[i], c->rules, row))
        return flags;
    if (!(flags & IMAGE_SIGNER_CERT) || !hash_name(X509_get_issuer_name(cert), issuer) ||
        memcmp(issuer, row->subject, sizeof issuer) != 0)
        return 0;
    EVP_PKEY *key = key_of(ruleset_text(c->rules, row->modulus));
    bool signed_it = key && X509_verify(cert, key) == 1;
    EVP_PKEY_free(key);
    return signed_it ? flags : 0;
}

/* One embedded certificate vouches for another: it is a CA, and trusted as one that signs. */
static uint32_t flags_by_other(const struct chain *c, uint32_t i)
{
    X509 *cert = sk_X509_value(c->certs, (int)i);
    for (int k = 0; k < sk_X509_num(c->certs); k++) {
        X509 *above = sk_X509_value(c->certs, k);
        EVP_PKEY *key = X509_get0_pubkey(above);
        if ((c->flags[k] & IMAGE_SIGNER_TRUSTED) && (c->flags[k] & IMAGE_SIGNER_CERT) &&
            X509_check_ca(above) && key &&
            X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(above)) == 0 &&
            X509_verify(cert, key) == 1)
            return c->flags[k];
    }
    return 0;
}

/* Rounds until nothing changes: each trusts one certificate more. */
static void spread(struct chain *c, uint32_t count)
{
    struct image_signer row;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < c->rules->counts[IMAGE_SIGNERS] && !c->flags[i]; k++) {
            (void)ruleset_read(c->rules, IMAGE_SIGNERS, k, &row);
            c->flags[i] = flags_by_row(c, i, &row);
        }
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < count; i++)
            if (!c->flags[i] && (c->flags[i] = flags_by_other(c, i)))
                more = true;
    }
}

static bool is_now(X509 *cert, int64_t now_s)
{
    time_t now = (time_t)now_s;
    return X509_cmp_time(X509_get0_notBefore(cert), &now) < 0 &&
           X509_cmp_time(X509_get0_notAfter(cert), &now) > 0;
}

static bool may_sign_code(X509 *cert)
{
    return (X509_get_extended_key_usage(cert) & XKU_CODE_SIGN) != 0;
}

static bool is_signer_trusted(const struct chain *c, PKCS7 *p7, int64_t now_s)
{
    STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(p7);
    PKCS7_SIGNER_INFO *info = sk_PKCS7_SIGNER_INFO_value(infos, 0);
    X509 *signer = info ? X509_find_by_issuer_and_serial(c->certs, info->issuer_and_serial->issuer,
                                                         info->issuer_and_serial->serial)
                        : NULL;
    for (int i = 0; signer && i < sk_X509_num(c->certs); i++)
        if (sk_X509_value(c->certs, i) == signer)
            return (c->flags[i] & IMAGE_SIGNER_CODE) && may_sign_code(signer) &&
                   is_now(signer, now_s);
    return false;
}

static bool has_trusted(const struct ruleset *r)
{
    struct image_signer row;
    for (uint32_t i = 0; i < r->counts[IMAGE_SIGNERS]; i++)
        if (ruleset_read(r, IMAGE_SIGNERS, i, &row) && (row.flags & IMAGE_SIGNER_TRUSTED))
            return true;
    return false;
}

/* The signature is right, and of the file as it is: the module pe has looked. */
static bool holds(struct object *o, struct arena *a)
{
    const struct module *pe = module_find(SPAN_OF("pe"));
    struct fact *root = pe ? module_struct(a, pe->fields) : NULL;
    return root && pe->load(o, a, root, (struct span){NULL, 0}) && pe_is_first_verified(root);
}

bool signers_trust(struct object *o, const struct ruleset *r, struct arena *a, int64_t now_s)
{
    if (!has_trusted(r) || clam_target_of(o) != CLAM_PE || table_of(o).len == 0 || !holds(o, a))
        return false;
    struct chain c = {.rules = r, .signers = signers_read(o, a)};
    PKCS7 *p7 = c.signers ? parse(table_of(o)) : NULL;
    bool trusted = false;
    c.certs = p7 ? p7->d.sign->cert : NULL;
    uint32_t count = (uint32_t)sk_X509_num(c.certs);
    if (c.certs && count <= CHAIN_MOST && count == c.signers->count &&
        (c.flags = arena_array(a, uint32_t, count))) {
        spread(&c, count);
        trusted = is_signer_trusted(&c, p7, now_s);
    }
    PKCS7_free(p7);
    ERR_clear_error();
    return trusted;
}
