/* X.509 certificates as facts. libcrypto reads hostile bytes.
 * How names, numbers and times are shown: YARA 4.5. */
#include "jail/facts/pe_pkcs7.h"

#include <openssl/objects.h>
#include <string.h>

enum {
    NAME_BYTES = 256, /* of a name with its NUL; a longer one is cut, as YARA */
    SERIAL_MOST = 22, /* DER: two bytes before at most 20 of the number */
    CHAIN_MOST = 100  /* libcrypto's own bound */
};

/* libcrypto 3 escapes a slash inside a name; YARA shows it plain. */
static struct span unescape(struct arena *a, const char *text)
{
    size_t len = strlen(text), n = 0;
    uint8_t *out = arena_alloc(a, len + 1, 1);
    for (size_t i = 0; out && i < len; i++) {
        if (text[i] == '\\' && text[i + 1] == '/')
            i++;
        out[n++] = (uint8_t)text[i];
    }
    return span_make(out, n);
}

static void set_text(struct arena *a, struct fact *f, const char *text)
{
    struct span s = unescape(a, text);
    if (s.at)
        fact_set_span(f, s);
}

static void set_name(struct arena *a, struct fact *f, const X509_NAME *name)
{
    char text[NAME_BYTES];
    if (X509_NAME_oneline(name, text, sizeof text))
        set_text(a, f, text);
}

static void set_serial(struct arena *a, struct fact *f, const ASN1_INTEGER *serial)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t der[SERIAL_MOST], text[3 * SERIAL_MOST], *end = der;
    int len = i2d_ASN1_INTEGER(serial, NULL);
    if (len < 2 || len > SERIAL_MOST || i2d_ASN1_INTEGER(serial, &end) != len)
        return;
    size_t n = 0;
    for (int i = 2; i < len; i++) {
        if (i > 2)
            text[n++] = ':';
        text[n++] = (uint8_t)digits[der[i] >> 4];
        text[n++] = (uint8_t)digits[der[i] & 15];
    }
    struct span copy = arena_copy(a, span_make(text, n));
    if (copy.at)
        fact_set_span(f, copy);
}

int64_t pe_cert_time(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_new();
    int days = 0, seconds = 0;
    bool ok = epoch && ASN1_TIME_set_string(epoch, "19700101000000Z") &&
              ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return ok ? (int64_t)days * 86400 + seconds : INT64_C(-2209075200); /* day 0 of 1900 */
}

void pe_cert_set(struct pe_signing *s, X509 *cert, const struct fact *f)
{
    struct arena *a = s->p->arena;
    uint8_t digest[EVP_MAX_MD_SIZE];
    char oid[NAME_BYTES];
    unsigned int len = 0;
    int nid = X509_get_signature_nid(cert);
    if (X509_digest(cert, EVP_sha1(), digest, &len))
        fact_set_hex(fact_item(f, PE_CERT_THUMBPRINT), a, span_make(digest, len));
    set_name(a, fact_item(f, PE_CERT_ISSUER), X509_get_issuer_name(cert));
    set_name(a, fact_item(f, PE_CERT_SUBJECT), X509_get_subject_name(cert));
    fact_set_int(fact_item(f, PE_CERT_VERSION), X509_get_version(cert) + 1);
    set_text(a, fact_item(f, PE_CERT_ALGORITHM), OBJ_nid2ln(nid));
    (void)OBJ_obj2txt(oid, sizeof oid, OBJ_nid2obj(nid), 1);
    set_text(a, fact_item(f, PE_CERT_ALGORITHM_OID), oid);
    set_serial(a, fact_item(f, PE_CERT_SERIAL), X509_get0_serialNumber(cert));
    fact_set_int(fact_item(f, PE_CERT_NOT_BEFORE), pe_cert_time(X509_get0_notBefore(cert)));
    fact_set_int(fact_item(f, PE_CERT_NOT_AFTER), pe_cert_time(X509_get0_notAfter(cert)));
}

static void add(struct pe_signing *s, X509 *cert, struct fact_list *list)
{
    if (s->certificates >= LIMIT_PE_CERTIFICATES)
        return;
    const struct fact *f = fact_list_add(list);
    if (f)
        pe_cert_set(s, cert, f);
    s->certificates++;
}

void pe_cert_add_all(struct pe_signing *s, const STACK_OF(X509) * certs, struct fact_list *list)
{
    for (int i = 0; i < sk_X509_num(certs) && i < (int)LIMIT_PE_CERTIFICATES; i++)
        add(s, sk_X509_value(certs, i), list);
}

/* True when `cert` is among the first `count` of a chain. */
static bool is_in(X509 *const *chain, uint32_t count, const X509 *cert)
{
    for (uint32_t i = 0; i < count; i++)
        if (X509_cmp(chain[i], cert) == 0)
            return true;
    return false;
}

/* Whoever issued the last of a chain: of several, the one that is valid longest, so that no clock
 * is asked. */
static X509 *find_issuer(STACK_OF(X509) * certs, X509 *const *chain, uint32_t count)
{
    X509 *best = NULL;
    for (int i = 0; i < sk_X509_num(certs) && i < (int)LIMIT_PE_CERTIFICATES; i++) {
        X509 *c = sk_X509_value(certs, i);
        if (X509_check_issued(c, chain[count - 1]) != X509_V_OK || is_in(chain, count, c))
            continue;
        if (!best || ASN1_TIME_compare(X509_get0_notAfter(c), X509_get0_notAfter(best)) > 0)
            best = c;
    }
    return best;
}

void pe_cert_set_chain(struct pe_signing *s, X509 *signer, STACK_OF(X509) * certs,
                       struct fact *length, struct fact *chain)
{
    X509 *found[CHAIN_MOST] = {signer};
    struct fact_list list = fact_list_new(s->p->arena, pe_certificate_fields);
    uint32_t count = 1;
    while (count < CHAIN_MOST && !(X509_get_extension_flags(found[count - 1]) & EXFLAG_SS)) {
        X509 *issuer = find_issuer(certs, found, count);
        if (!issuer)
            break;
        found[count++] = issuer;
    }
    for (uint32_t i = 0; i < count; i++)
        add(s, found[i], &list);
    fact_set_int(length, list.count);
    fact_list_end(&list, chain);
}
