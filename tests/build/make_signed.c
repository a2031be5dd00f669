/* Authenticode signatures for tests, with libcrypto. Format: Microsoft, "Windows Authenticode
 * Portable Executable Signature Format". */
#include "make_signed.h"

#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "common/err.h"

struct identity {
    EVP_PKEY *key;
    X509 *cert;
};

static struct identity make_identity(const char *name, const struct identity *issuer, long serial)
{
    struct identity id = {EVP_RSA_gen(2048), X509_new()};
    must(id.key && id.cert);
    X509_NAME *subject = X509_get_subject_name(id.cert);
    must(X509_set_version(id.cert, 2) && ASN1_INTEGER_set(X509_get_serialNumber(id.cert), serial));
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1, 0));
    must(X509_set_issuer_name(id.cert, issuer ? X509_get_subject_name(issuer->cert) : subject));
    must(ASN1_TIME_set_string(X509_getm_notBefore(id.cert), "190101000000Z"));
    must(ASN1_TIME_set_string(X509_getm_notAfter(id.cert), "390101000000Z"));
    must(X509_set_pubkey(id.cert, id.key));
    must(X509_sign(id.cert, issuer ? issuer->key : id.key, EVP_sha256()));
    return id;
}

static void free_identity(struct identity *id)
{
    EVP_PKEY_free(id->key);
    X509_free(id->cert);
}

static void put_der(struct buf *out, uint8_t tag, struct span value)
{
    buf_byte(out, tag);
    must(value.len < 128);
    buf_byte(out, (uint8_t)value.len);
    buf_span(out, value);
}

/* The digest of a file whose certificate directory is empty and at its end, as Authenticode counts.
 */
static void digest_file(struct span pe, uint32_t header_at, uint8_t out[32])
{
    uint16_t magic;
    must(span_u16le(pe, header_at + 24, &magic));
    size_t sum = header_at + 0x58, dir = header_at + (magic == 0x20b ? 0xa8 : 0x98);
    struct span parts[] = {span_cut(pe, 0, sum), span_cut(pe, sum + 4, dir - sum - 4),
                           span_cut(pe, dir + 8, SIZE_MAX)};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
    for (int i = 0; i < 3; i++)
        must(EVP_DigestUpdate(ctx, parts[i].at, parts[i].len));
    must(EVP_DigestFinal_ex(ctx, out, NULL));
    EVP_MD_CTX_free(ctx);
}

/* SpcIndirectDataContent over a digest: the value without the outer SEQUENCE. */
static void put_content(struct buf *out, const uint8_t digest[32])
{
    static const uint8_t data[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01,
                                   0x82, 0x37, 0x02, 0x01, 0x0f, 0x30, 0x00};
    static const uint8_t sha256[] = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00};
    struct buf info;
    buf_init(&info, 0);
    buf_put(&info, sha256, sizeof sha256);
    put_der(&info, 0x04, span_make(digest, 32));
    put_der(out, 0x30, span_make(data, sizeof data));
    put_der(out, 0x30, buf_get(&info));
    buf_done(&info);
}

static ASN1_TYPE *sequence_type(struct span der)
{
    ASN1_TYPE *t = ASN1_TYPE_new();
    ASN1_STRING *s = ASN1_STRING_new();
    must(t && s && ASN1_STRING_set(s, der.at, (int)der.len));
    ASN1_TYPE_set(t, V_ASN1_SEQUENCE, s);
    return t;
}

static void set_digest_attribute(PKCS7_SIGNER_INFO *si, struct span signed_bytes)
{
    uint8_t digest[32];
    must(EVP_Digest(signed_bytes.at, signed_bytes.len, digest, NULL, EVP_sha256(), NULL));
    ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
    must(s && ASN1_OCTET_STRING_set(s, digest, 32));
    must(PKCS7_add_signed_attribute(si, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, s));
}

/* SpcSpOpusInfo { [0] { [0] "Tested" in UTF-16 } }. */
static void set_program_name(PKCS7_SIGNER_INFO *si)
{
    static const char name[] = "\0T\0e\0s\0t\0e\0d";
    struct buf text, choice, whole;
    buf_init(&text, 0);
    buf_init(&choice, 0);
    buf_init(&whole, 0);
    put_der(&text, 0x80, span_make(name, 12));
    put_der(&choice, 0xa0, buf_get(&text));
    put_der(&whole, 0x30, buf_get(&choice));
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.311.2.1.12", 1);
    ASN1_TYPE *t = sequence_type(buf_get(&whole));
    X509_ATTRIBUTE *a = X509_ATTRIBUTE_create_by_OBJ(
        NULL, oid, V_ASN1_SEQUENCE, t->value.sequence->data, t->value.sequence->length);
    must(oid && a && (si->auth_attr || (si->auth_attr = sk_X509_ATTRIBUTE_new_null())));
    must(sk_X509_ATTRIBUTE_push(si->auth_attr, a));
    ASN1_TYPE_free(t);
    ASN1_OBJECT_free(oid);
    buf_done(&text);
    buf_done(&choice);
    buf_done(&whole);
}

/* A PKCS#9 countersignature: a signer info over the signature's bytes, as an unsigned attribute. */
static void stamp_pkcs9(PKCS7_SIGNER_INFO *si, const struct identity *id)
{
    PKCS7_SIGNER_INFO *counter = PKCS7_SIGNER_INFO_new();
    ASN1_UTCTIME *time = ASN1_UTCTIME_new();
    must(counter && PKCS7_SIGNER_INFO_set(counter, id->cert, id->key, EVP_sha256()));
    must(time && ASN1_UTCTIME_set_string(time, "200102000000Z"));
    must(PKCS7_add_signed_attribute(counter, NID_pkcs9_signingTime, V_ASN1_UTCTIME, time));
    set_digest_attribute(counter, span_make(si->enc_digest->data, (size_t)si->enc_digest->length));
    must(PKCS7_SIGNER_INFO_sign(counter));
    uint8_t *der = NULL;
    int len = i2d_PKCS7_SIGNER_INFO(counter, &der);
    must(len > 0);
    ASN1_STRING *s = ASN1_STRING_new();
    must(s && ASN1_STRING_set(s, der, len));
    must(PKCS7_add_attribute(si, NID_pkcs9_countersignature, V_ASN1_SEQUENCE, s));
    OPENSSL_free(der);
    PKCS7_SIGNER_INFO_free(counter);
}

static void set_contents(PKCS7 *p7, struct span content)
{
    struct buf whole;
    buf_init(&whole, 0);
    put_der(&whole, 0x30, content);
    PKCS7 *inner = PKCS7_new();
    must(inner);
    inner->type = OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1);
    inner->d.other = sequence_type(buf_get(&whole));
    must(inner->type && PKCS7_set_content(p7, inner));
    buf_done(&whole);
}

void make_signed(struct buf *out, struct span pe, enum make_stamp stamp, bool spoil)
{
    struct identity root = make_identity("Root", NULL, 1),
                    id = make_identity("Signer", &root, 0x1234);
    struct buf content;
    uint8_t digest[32], *der = NULL;
    uint32_t header_at;
    uint16_t magic;
    must(span_u32le(pe, 60, &header_at) && span_u16le(pe, header_at + 24, &magic));
    digest_file(pe, header_at, digest);
    digest[0] ^= spoil;
    buf_init(&content, 0);
    put_content(&content, digest);
    PKCS7 *p7 = PKCS7_new();
    must(p7 && PKCS7_set_type(p7, NID_pkcs7_signed));
    set_contents(p7, buf_get(&content));
    PKCS7_SIGNER_INFO *si = PKCS7_add_signature(p7, id.cert, id.key, EVP_sha256());
    must(si && PKCS7_add_certificate(p7, id.cert) && PKCS7_add_certificate(p7, root.cert));
    set_digest_attribute(si, buf_get(&content));
    set_program_name(si);
    must(PKCS7_SIGNER_INFO_sign(si));
    if (stamp == MAKE_STAMP_PKCS9)
        stamp_pkcs9(si, &id);
    int len = i2d_PKCS7(p7, &der);
    must(len > 0);
    size_t start = out->len, dir = header_at + (magic == 0x20b ? 0xa8 : 0x98);
    buf_span(out, pe);
    buf_u32le(out, (uint32_t)len + 8);
    buf_u32le(out, 0x00020200);
    buf_put(out, der, (size_t)len);
    must(!out->bad);
    for (size_t i = 0; i < 4; i++) {
        out->at[start + dir + i] = (uint8_t)(pe.len >> (8 * i));
        out->at[start + dir + 4 + i] = (uint8_t)(((size_t)len + 8) >> (8 * i));
    }
    OPENSSL_free(der);
    PKCS7_free(p7);
    buf_done(&content);
    free_identity(&id);
    free_identity(&root);
}
