/* One Authenticode signature. libcrypto parses the hostile PKCS#7; the small DER inside its content
 * and its attributes is read here. Format: Microsoft, "Windows Authenticode Portable Executable
 * Signature Format"; PKCS#7, RFC 2315. What is listed and when it counts as verified: YARA 4.5. */
#include "jail/facts/pe_pkcs7.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <string.h>

#define OID_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"
#define OID_OPUS_INFO "1.3.6.1.4.1.311.2.1.12"
#define OID_NESTED "1.3.6.1.4.1.311.2.4.1"

enum { NESTED_MOST = 16, TAG_SEQUENCE = 0x30, TAG_OID = 0x06, TAG_OCTETS = 0x04, TAG_0 = 0xa0 };

/* Cuts one DER element off *rest: its value when it has the tag, else false. X.690, 8.1. */
static bool take_der(struct span *rest, uint8_t tag, struct span *value)
{
    struct reader r = reader_of(*rest);
    uint8_t have = reader_u8(&r);
    uint64_t len = reader_u8(&r);
    if (len > 0x80 && len <= 0x84) {
        uint32_t bytes = (uint32_t)len - 0x80;
        for (len = 0; bytes > 0; bytes--)
            len = len << 8 | reader_u8(&r);
    } else if (len >= 0x80) {
        return false; /* indefinite or absurd */
    }
    *value = reader_take(&r, len);
    *rest = reader_rest(&r);
    return !r.bad && have == tag;
}

static bool is_object(const ASN1_OBJECT *object, const char *oid)
{
    char text[64];
    int len = OBJ_obj2txt(text, sizeof text, object, 1);
    return len > 0 && (size_t)len == strlen(oid) && strcmp(text, oid) == 0;
}

static X509_ATTRIBUTE *find_attribute(const STACK_OF(X509_ATTRIBUTE) * attributes, const char *oid)
{
    for (int i = 0; i < X509at_get_attr_count(attributes) && i < (int)LIMIT_PE_CERTIFICATES; i++) {
        X509_ATTRIBUTE *a = X509at_get_attr(attributes, i);
        if (is_object(X509_ATTRIBUTE_get0_object(a), oid))
            return a;
    }
    return NULL;
}

X509_ATTRIBUTE *pe_pkcs7_unsigned(const PKCS7_SIGNER_INFO *si, const char *oid)
{
    return find_attribute(si->unauth_attr, oid);
}

const ASN1_STRING *pe_pkcs7_sequence(X509_ATTRIBUTE *attribute, int i)
{
    const ASN1_TYPE *t = attribute ? X509_ATTRIBUTE_get0_type(attribute, i) : NULL;
    return t && t->type == V_ASN1_SEQUENCE ? t->value.sequence : NULL;
}

static struct span string_span(const ASN1_STRING *s)
{
    return span_make(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static void set_algorithm(struct fact *f, int nid)
{
    const char *name = OBJ_nid2ln(nid);
    if (name)
        fact_set_span(f, span_text(name)); /* libcrypto's table outlives us */
}

/* The content: SEQUENCE as DER with its header, or NULL when it is not SpcIndirectDataContent. */
static const ASN1_STRING *content_of(const PKCS7 *p7)
{
    const PKCS7 *inner = p7->d.sign->contents;
    if (!inner || !is_object(inner->type, OID_INDIRECT_DATA) || !inner->d.other ||
        inner->d.other->type != V_ASN1_SEQUENCE)
        return NULL;
    return inner->d.other->value.sequence;
}

/* Cuts any DER element off *rest. */
static bool skip_der(struct span *rest)
{
    struct span value;
    uint8_t tag = span_byte(*rest, 0);
    return tag != 0 && take_der(rest, tag, &value);
}

/* An object identifier and at most one element more, nothing else: an AlgorithmIdentifier, or the
 * type and value that begin SpcIndirectDataContent. */
static bool is_typed(struct span body)
{
    struct span oid;
    return take_der(&body, TAG_OID, &oid) && oid.len > 0 && (body.len == 0 || skip_der(&body)) &&
           body.len == 0;
}

/* SpcIndirectDataContent: data, then DigestInfo of an algorithm and the digest of the file. */
static bool read_content(struct pe_signing *s, struct span der, struct pe_signature *out)
{
    struct span body, data, info, whole, digest;
    if (!take_der(&der, TAG_SEQUENCE, &body) || !take_der(&body, TAG_SEQUENCE, &data) ||
        !take_der(&body, TAG_SEQUENCE, &info) || !take_der(&info, TAG_SEQUENCE, &whole) ||
        !take_der(&info, TAG_OCTETS, &digest) || body.len > 0 || info.len > 0 || !is_typed(data) ||
        !is_typed(whole))
        return false;
    const uint8_t *at = whole.at;
    ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &at, (long)whole.len);
    int nid = OBJ_obj2nid(object);
    ASN1_OBJECT_free(object);
    if (!object)
        return false;
    set_algorithm(fact_item(out->f, PE_SIGNATURE_DIGEST_ALG), nid);
    out->algorithm = EVP_get_digestbynid(nid);
    out->digest = arena_copy(s->p->arena, digest);
    if (digest.len > 0)
        fact_set_hex(fact_item(out->f, PE_SIGNATURE_DIGEST), s->p->arena, digest);
    return true;
}

/* SpcSpOpusInfo: [0] { [0] BMPString or [1] IA5String }. */
static void set_program_name(struct pe_signing *s, struct span der, struct fact *f)
{
    struct span rest = der, body, name, text;
    if (!take_der(&rest, TAG_SEQUENCE, &body) || !take_der(&body, TAG_0, &name))
        return;
    struct span again = name;
    bool is_wide = take_der(&name, 0x80, &text);
    if (!is_wide) {
        name = again;
        if (!take_der(&name, 0x81, &text))
            return;
    }
    if (name.len > 0)
        return; /* libcrypto's reader is as strict */
    ASN1_STRING *string = ASN1_STRING_type_new(is_wide ? V_ASN1_BMPSTRING : V_ASN1_IA5STRING);
    uint8_t *utf8 = NULL;
    int len = -1;
    if (string && text.len <= INT32_MAX && ASN1_STRING_set(string, text.at, (int)text.len))
        len = ASN1_STRING_to_UTF8(&utf8, string);
    if (len >= 0 && (size_t)len < der.len) {
        struct span shown = span_make(utf8, (size_t)len);
        shown = arena_copy(s->p->arena, span_cut(shown, 0, span_find_byte(shown, 0, 0)));
        if (shown.at)
            fact_set_span(f, shown);
    }
    OPENSSL_free(utf8);
    ASN1_STRING_free(string);
}

/* Nested signatures wait behind this one, before whatever waits already. */
static bool push_nested(struct pe_signing *s, const PKCS7_SIGNER_INFO *si)
{
    X509_ATTRIBUTE *a = pe_pkcs7_unsigned(si, OID_NESTED);
    int count = a ? X509_ATTRIBUTE_count(a) : 0;
    for (int i = count < NESTED_MOST ? count : NESTED_MOST; i-- > 0;) {
        const ASN1_STRING *der = pe_pkcs7_sequence(a, i);
        if (!der || s->waiting_count == LIMIT_PE_SIGNATURES)
            continue;
        struct span copy = arena_copy(s->p->arena, string_span(der));
        if (!copy.at)
            return false;
        s->waiting[s->waiting_count++] = copy;
    }
    return true;
}

/* libcrypto's verdict on the signature over the content. */
static bool verify(PKCS7 *p7, PKCS7_SIGNER_INFO *si, X509 *signer)
{
    struct span der = string_span(content_of(p7)), body = der, rest = der;
    uint64_t version = 0;
    uint8_t buffer[4096];
    if (ASN1_INTEGER_get_uint64(&version, p7->d.sign->version) && version == 1 &&
        take_der(&rest, TAG_SEQUENCE, &body))
        der = body;
    BIO *content = BIO_new_mem_buf(der.at, (int)der.len);
    BIO *chain = content ? PKCS7_dataInit(p7, content) : NULL;
    if (!chain) {
        BIO_free_all(content);
        return false;
    }
    /* Reading moves the content through the digests: as many bytes as there are. */
    while (BIO_read(chain, buffer, sizeof buffer) > 0)
        ;
    bool ok = PKCS7_signatureVerify(chain, p7, si, signer) == 1;
    BIO_free_all(chain);
    return ok;
}

/* What the first signer says. False: a signature that YARA does not list. */
static bool read_signer(struct pe_signing *s, PKCS7 *p7, PKCS7_SIGNER_INFO *si,
                        struct pe_signature *out)
{
    const struct fact *info = fact_item(out->f, PE_SIGNATURE_SIGNER_INFO);
    STACK_OF(X509) *certs = p7->d.sign->cert;
    STACK_OF(X509) *signers = PKCS7_get0_signers(p7, certs, 0);
    X509 *signer = sk_X509_value(signers, 0);
    sk_X509_free(signers);
    if (!signer)
        return false;
    pe_cert_set(s, signer, out->f);
    pe_cert_set_chain(s, signer, certs, fact_item(info, PE_SIGNER_LENGTH_OF_CHAIN),
                      fact_item(info, PE_SIGNER_CHAIN));
    const ASN1_TYPE *digest = PKCS7_get_signed_attribute(si, NID_pkcs9_messageDigest);
    if (!digest || digest->type != V_ASN1_OCTET_STRING)
        return true;
    set_algorithm(fact_item(info, PE_SIGNER_DIGEST_ALG), OBJ_obj2nid(si->digest_alg->algorithm));
    if (ASN1_STRING_length(digest->value.octet_string) > 0)
        fact_set_hex(fact_item(info, PE_SIGNER_DIGEST), s->p->arena,
                     string_span(digest->value.octet_string));
    const ASN1_STRING *opus = pe_pkcs7_sequence(find_attribute(si->auth_attr, OID_OPUS_INFO), 0);
    if (opus)
        set_program_name(s, string_span(opus), fact_item(info, PE_SIGNER_PROGRAM_NAME));
    out->valid = verify(p7, si, signer);
    return true;
}

static bool read_signed(struct pe_signing *s, PKCS7 *p7, struct pe_signature *out, bool *listed)
{
    struct fact_list certs = fact_list_new(s->p->arena, pe_certificate_fields);
    const ASN1_STRING *content = content_of(p7);
    fact_set_int(fact_item(out->f, PE_SIGNATURE_NUMBER_OF_COUNTERSIGNATURES), 0);
    pe_cert_add_all(s, p7->d.sign->cert, &certs);
    bool ok = true;
    if (content && read_content(s, string_span(content), out)) {
        PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
        *listed = si != NULL;
        if (si) {
            ok = push_nested(s, si);
            pe_counter_set(s, p7, out->f, &certs);
            *listed = read_signer(s, p7, si, out);
        }
    }
    fact_set_int(fact_item(out->f, PE_SIGNATURE_NUMBER_OF_CERTIFICATES), certs.count);
    fact_list_end(&certs, fact_item(out->f, PE_SIGNATURE_CERTIFICATES));
    return ok && !certs.bad;
}

bool pe_pkcs7_read(struct pe_signing *s, struct span bytes, struct pe_signature *out)
{
    *out = (struct pe_signature){.f = NULL};
    const uint8_t *at = bytes.at;
    PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)bytes.len);
    bool ok = true, listed = true;
    if (p7 && PKCS7_type_is_signed(p7) && p7->d.sign) {
        out->f = fact_list_add(&s->signatures);
        ok = out->f && read_signed(s, p7, out, &listed);
        if (out->f && !listed) {
            s->signatures.count--;
            out->f = NULL;
        }
    }
    PKCS7_free(p7);
    ERR_clear_error();
    return ok;
}
