/* Time stamps on Authenticode signatures, of the old kind (PKCS#9 countersignature: a signer info)
 * and of the new one (RFC 3161: a signed time-stamp token). libcrypto parses the hostile bytes.
 * What is shown and when it counts as verified: YARA 4.5. */
#include "jail/facts/pe_pkcs7.h"

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ts.h>

#define OID_COUNTERSIGNATURE "1.2.840.113549.1.9.6"
#define OID_MS_COUNTERSIGNATURE "1.3.6.1.4.1.311.3.3.1"

enum { COUNTERS_MOST = 16, MODULUS_BYTES = 2048 };

struct counter {
    struct pe_signing *s;
    const ASN1_STRING *signature; /* the bytes that are countersigned */
    struct fact *f;
};

static void set_algorithm(const struct counter *c, int nid)
{
    const char *name = OBJ_nid2ln(nid);
    if (name)
        fact_set_span(fact_item(c->f, PE_COUNTERSIGNATURE_DIGEST_ALG), span_text(name));
}

/* Shows the digest, and compares it with that of the countersigned bytes. */
static bool check_digest(const struct counter *c, const ASN1_STRING *digest, const EVP_MD *md)
{
    uint8_t have[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    struct span want = span_make(ASN1_STRING_get0_data(digest), (size_t)ASN1_STRING_length(digest));
    if (want.len == 0 || !md)
        return false;
    if (!EVP_Digest(ASN1_STRING_get0_data(c->signature), (size_t)ASN1_STRING_length(c->signature),
                    have, &len, md, NULL))
        return false;
    return span_equal(want, span_make(have, len));
}

static void show_digest(const struct counter *c, const ASN1_STRING *digest)
{
    struct span s = span_make(ASN1_STRING_get0_data(digest), (size_t)ASN1_STRING_length(digest));
    if (s.len > 0)
        fact_set_hex(fact_item(c->f, PE_COUNTERSIGNATURE_DIGEST), c->s->p->arena, s);
}

/* The digest inside a recovered signature: plain, or in a DigestInfo, whose digest ends it. */
static bool holds_digest(struct span recovered, struct span digest)
{
    if (recovered.len < digest.len)
        return false;
    size_t at = recovered.len - digest.len;
    bool plain = at == 0, wrapped = at >= 2 && span_byte(recovered, 0) == 0x30 &&
                                    span_byte(recovered, at - 2) == 0x04 &&
                                    span_byte(recovered, at - 1) == digest.len;
    return (plain || wrapped) && span_equal(span_cut(recovered, at, digest.len), digest);
}

/* The signature over the signed attributes, opened with the signer's public key. */
static bool check_attributes(const PKCS7_SIGNER_INFO *si, X509 *signer, const EVP_MD *md)
{
    uint8_t digest[EVP_MAX_MD_SIZE], recovered[MODULUS_BYTES], *der = NULL;
    unsigned int digest_len = 0;
    size_t len = sizeof recovered;
    int der_len =
        ASN1_item_i2d((const ASN1_VALUE *)si->auth_attr, &der, ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
    bool ok = der_len > 0 && EVP_Digest(der, (size_t)der_len, digest, &digest_len, md, NULL);
    EVP_PKEY *key = X509_get0_pubkey(signer);
    EVP_PKEY_CTX *ctx =
        key && EVP_PKEY_get_size(key) <= MODULUS_BYTES ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    ok = ok && ctx && EVP_PKEY_verify_recover_init(ctx) == 1 &&
         EVP_PKEY_verify_recover(ctx, recovered, &len, ASN1_STRING_get0_data(si->enc_digest),
                                 (size_t)ASN1_STRING_length(si->enc_digest)) == 1 &&
         holds_digest(span_make(recovered, len), span_make(digest, digest_len));
    EVP_PKEY_CTX_free(ctx);
    OPENSSL_free(der);
    return ok;
}

/* Facts of one old time stamp; returns whether it is right. */
static bool read_signer(const struct counter *c, const PKCS7_SIGNER_INFO *si,
                        STACK_OF(X509) * certs)
{
    PKCS7_SIGNER_INFO *info = (PKCS7_SIGNER_INFO *)(uintptr_t)si;
    int nid = OBJ_obj2nid(si->digest_alg->algorithm);
    set_algorithm(c, nid);
    const ASN1_TYPE *time = PKCS7_get_signed_attribute(info, NID_pkcs9_signingTime);
    if (!time || (time->type != V_ASN1_UTCTIME && time->type != V_ASN1_GENERALIZEDTIME))
        return false;
    fact_set_int(fact_item(c->f, PE_COUNTERSIGNATURE_SIGN_TIME),
                 pe_cert_time(time->value.asn1_string));
    X509 *signer = X509_find_by_issuer_and_serial(certs, si->issuer_and_serial->issuer,
                                                  si->issuer_and_serial->serial);
    if (!signer)
        return false;
    pe_cert_set_chain(c->s, signer, certs, fact_item(c->f, PE_COUNTERSIGNATURE_LENGTH_OF_CHAIN),
                      fact_item(c->f, PE_COUNTERSIGNATURE_CHAIN));
    const ASN1_TYPE *digest = PKCS7_get_signed_attribute(info, NID_pkcs9_messageDigest);
    const EVP_MD *md = EVP_get_digestbynid(nid);
    if (!digest || digest->type != V_ASN1_OCTET_STRING || !md)
        return false;
    show_digest(c, digest->value.octet_string);
    return check_attributes(si, signer, md) && check_digest(c, digest->value.octet_string, md);
}

static void read_pkcs9(const struct counter *c, const ASN1_STRING *der, STACK_OF(X509) * certs)
{
    const uint8_t *at = ASN1_STRING_get0_data(der);
    PKCS7_SIGNER_INFO *si = d2i_PKCS7_SIGNER_INFO(NULL, &at, ASN1_STRING_length(der));
    bool ok = si && read_signer(c, si, certs);
    fact_set_int(fact_item(c->f, PE_COUNTERSIGNATURE_VERIFIED), ok);
    PKCS7_SIGNER_INFO_free(si);
}

/* A time-stamp token: PKCS#7 where libcrypto's older reader understands it, CMS (RFC 5652)
 * otherwise. */
struct token {
    PKCS7 *p7;
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certs; /* owned when cms is set, else p7's */
    X509 *signer;           /* borrowed from certs */
    TS_TST_INFO *info;
};

static void close_token(struct token *t)
{
    if (t->cms)
        sk_X509_pop_free(t->certs, X509_free);
    TS_TST_INFO_free(t->info);
    CMS_ContentInfo_free(t->cms);
    PKCS7_free(t->p7);
}

static void open_pkcs7(struct token *t)
{
    if (!PKCS7_type_is_signed(t->p7) || !t->p7->d.sign)
        return;
    t->certs = t->p7->d.sign->cert;
    t->info = PKCS7_to_TS_TST_INFO(t->p7);
    STACK_OF(X509) *signers = PKCS7_get0_signers(t->p7, t->certs, 0);
    t->signer = sk_X509_value(signers, 0);
    sk_X509_free(signers);
}

static void open_cms(struct token *t)
{
    const ASN1_OBJECT *type = CMS_get0_eContentType(t->cms);
    ASN1_OCTET_STRING **content = CMS_get0_content(t->cms);
    if (!type || OBJ_obj2nid(type) != NID_id_smime_ct_TSTInfo || !content || !*content)
        return;
    const uint8_t *at = ASN1_STRING_get0_data(*content);
    t->info = d2i_TS_TST_INFO(NULL, &at, ASN1_STRING_length(*content));
    t->certs = CMS_get1_certs(t->cms);
    CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(t->cms), 0);
    for (int i = 0; si && !t->signer && i < sk_X509_num(t->certs); i++)
        if (CMS_SignerInfo_cert_cmp(si, sk_X509_value(t->certs, i)) == 0)
            t->signer = sk_X509_value(t->certs, i);
}

static void open_token(struct token *t, const ASN1_STRING *der)
{
    const uint8_t *at = ASN1_STRING_get0_data(der);
    *t = (struct token){.p7 = d2i_PKCS7(NULL, &at, ASN1_STRING_length(der))};
    if (t->p7) {
        open_pkcs7(t);
        return;
    }
    at = ASN1_STRING_get0_data(der);
    t->cms = d2i_CMS_ContentInfo(NULL, &at, ASN1_STRING_length(der));
    if (t->cms)
        open_cms(t);
}

/* libcrypto's verdict on the token: for PKCS#7 its signature, for CMS only that the signed digest
 * fits the content, as YARA asks. */
static bool verify_token(const struct token *t)
{
    uint8_t buffer[4096];
    BIO *chain = t->p7 ? PKCS7_dataInit(t->p7, NULL) : CMS_dataInit(t->cms, NULL);
    while (chain && BIO_read(chain, buffer, sizeof buffer) > 0)
        ; /* as many bytes as the token has */
    bool ok = false;
    if (chain && t->p7) {
        PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(t->p7), 0);
        ok = si && PKCS7_signatureVerify(chain, t->p7, si, t->signer) == 1;
    } else if (chain) {
        CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(t->cms), 0);
        ok = si && CMS_SignerInfo_verify_content(si, chain) == 1;
    }
    BIO_free_all(chain);
    return ok;
}

/* Facts of one new time stamp; returns whether it is right. */
static bool show_token(const struct counter *c, const struct token *t,
                       struct fact_list *certificates)
{
    const ASN1_GENERALIZEDTIME *time = t->info ? TS_TST_INFO_get_time(t->info) : NULL;
    if (!time)
        return false;
    fact_set_int(fact_item(c->f, PE_COUNTERSIGNATURE_SIGN_TIME), pe_cert_time(time));
    if (!t->signer)
        return false;
    pe_cert_add_all(c->s, t->certs, certificates);
    pe_cert_set_chain(c->s, t->signer, t->certs,
                      fact_item(c->f, PE_COUNTERSIGNATURE_LENGTH_OF_CHAIN),
                      fact_item(c->f, PE_COUNTERSIGNATURE_CHAIN));
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(t->info);
    if (!imprint)
        return false;
    int nid = OBJ_obj2nid(TS_MSG_IMPRINT_get_algo(imprint)->algorithm);
    const ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);
    set_algorithm(c, nid);
    show_digest(c, digest);
    return check_digest(c, digest, EVP_get_digestbynid(nid)) &&
           TS_TST_INFO_get_version(t->info) == 1 && verify_token(t);
}

static void read_rfc3161(const struct counter *c, const ASN1_STRING *der,
                         struct fact_list *certificates)
{
    struct token t;
    open_token(&t, der);
    fact_set_int(fact_item(c->f, PE_COUNTERSIGNATURE_VERIFIED), show_token(c, &t, certificates));
    close_token(&t);
}

/* A new entry with the values that an unreadable time stamp has. */
static bool add_counter(struct counter *c, struct fact_list *list)
{
    c->f = fact_list_add(list);
    if (!c->f)
        return false;
    fact_set_int(fact_item(c->f, PE_COUNTERSIGNATURE_SIGN_TIME), 0);
    fact_set_int(fact_item(c->f, PE_COUNTERSIGNATURE_LENGTH_OF_CHAIN), 0);
    return true;
}

static int value_count(const X509_ATTRIBUTE *a)
{
    int count = a ? X509_ATTRIBUTE_count(a) : 0;
    return count < COUNTERS_MOST ? count : COUNTERS_MOST;
}

void pe_counter_set(struct pe_signing *s, PKCS7 *p7, struct fact *signature,
                    struct fact_list *certificates)
{
    const PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
    struct fact_list list = fact_list_new(s->p->arena, pe_countersignature_fields);
    struct counter c = {.s = s, .signature = si->enc_digest};
    X509_ATTRIBUTE *old = pe_pkcs7_unsigned(si, OID_COUNTERSIGNATURE);
    X509_ATTRIBUTE *new = pe_pkcs7_unsigned(si, OID_MS_COUNTERSIGNATURE);
    for (int i = 0; i < value_count(old); i++) {
        const ASN1_STRING *der = pe_pkcs7_sequence(old, i);
        if (der && add_counter(&c, &list))
            read_pkcs9(&c, der, p7->d.sign->cert);
    }
    for (int i = 0; i < value_count(new); i++) {
        const ASN1_STRING *der = pe_pkcs7_sequence(new, i);
        if (der && add_counter(&c, &list))
            read_rfc3161(&c, der, certificates);
    }
    fact_set_int(fact_item(signature, PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES), list.count);
    fact_list_end(&list, fact_item(signature, PE_SIGNATURE_COUNTERSIGNATURES));
}
