/* With libcrypto; keys on P-256, which are made quickly. */
#include "make_cms.h"

#include "common/err.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

struct identity {
    EVP_PKEY *key;
    X509 *cert;
};

static void extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    must(e && X509_add_ext(cert, e, -1));
    X509_EXTENSION_free(e);
}

static struct identity make_identity(const char *name, const struct identity *issuer,
                                     unsigned flags)
{
    static long serial;
    struct identity id = {EVP_EC_gen("P-256"), X509_new()};
    must(id.key && id.cert);
    X509_NAME *subject = X509_get_subject_name(id.cert);
    must(X509_set_version(id.cert, 2) &&
         ASN1_INTEGER_set(X509_get_serialNumber(id.cert), ++serial));
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1, 0));
    must(X509_set_issuer_name(id.cert, issuer ? X509_get_subject_name(issuer->cert) : subject));
    must(ASN1_TIME_set_string(X509_getm_notBefore(id.cert), "000101000000Z"));
    must(ASN1_TIME_set_string(X509_getm_notAfter(id.cert),
                              flags & CMS_OLD ? "010101000000Z" : "390101000000Z"));
    must(X509_set_pubkey(id.cert, id.key));
    if (name[0] == 'S')
        extend(id.cert, NID_ext_key_usage,
               flags & CMS_NOT_FOR_MAIL ? "codeSigning" : "emailProtection");
    else
        extend(id.cert, NID_basic_constraints, "critical,CA:TRUE");
    must(X509_sign(id.cert, issuer ? issuer->key : id.key, EVP_sha256()));
    return id;
}

static void free_identity(struct identity *id)
{
    EVP_PKEY_free(id->key);
    X509_free(id->cert);
}

static void put_base64(struct buf *out, PKCS7 *p7)
{
    uint8_t *der = NULL;
    int len = i2d_PKCS7(p7, &der);
    must(len > 0);
    uint8_t *text = OPENSSL_malloc((size_t)len * 2);
    must(text);
    buf_put(out, text, (size_t)EVP_EncodeBlock(text, der, len));
    OPENSSL_free(text);
    OPENSSL_free(der);
}

static void put_pem(struct buf *out, X509 *cert)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *at;
    must(b && PEM_write_bio_X509(b, cert));
    long len = BIO_get_mem_data(b, &at);
    buf_put(out, at, (size_t)len);
    BIO_free(b);
}

void make_cms(struct buf *base64, struct buf *root, struct span whole, unsigned flags)
{
    struct identity top = make_identity("Root", NULL, flags);
    struct identity between = make_identity("Between", &top, flags);
    struct identity signer = make_identity("Signer", &between, flags);
    struct identity other = make_identity("Root", NULL, flags);
    STACK_OF(X509) *chain = sk_X509_new_null();
    must(chain && ((flags & CMS_NO_CHAIN) || sk_X509_push(chain, between.cert)));
    BIO *data = BIO_new_mem_buf(whole.at, (int)whole.len);
    PKCS7 *p7 = PKCS7_sign(signer.cert, signer.key, chain, data, PKCS7_DETACHED | PKCS7_BINARY);
    must(p7);
    put_base64(base64, p7);
    put_pem(root, flags & CMS_OTHER_ROOT ? other.cert : top.cert);
    PKCS7_free(p7);
    BIO_free(data);
    sk_X509_free(chain);
    free_identity(&top);
    free_identity(&between);
    free_identity(&signer);
    free_identity(&other);
}
