/* The seam between Authenticode and libcrypto: signatures (PKCS#7), certificates (X.509) and
 * countersignatures become facts. libcrypto parses hostile bytes here, in the cage; nothing of it
 * is visible outside. */
#ifndef CANDOR_PE_PKCS7_H
#define CANDOR_PE_PKCS7_H

#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "jail/facts/pe_parts.h"

/* What all signatures of a file share. */
struct pe_signing {
    struct pe_load *p;
    struct fact_list signatures;
    struct span *waiting; /* room for LIMIT_PE_SIGNATURES; to be parsed, the next one last */
    uint32_t waiting_count, seen;
    uint32_t certificates; /* made into facts so far, of LIMIT_PE_CERTIFICATES */
};

/* One signature: adds its facts, pushes those nested in it. `valid` says whether libcrypto found it
 * right; the digest of the file is the caller's to compare. *f is NULL when YARA would not list it.
 * False: out of memory. */
struct pe_signature {
    struct fact *f;
    struct span digest; /* of the file, as signed; in the arena */
    const EVP_MD *algorithm;
    bool valid;
};
bool pe_pkcs7_read(struct pe_signing *s, struct span bytes, struct pe_signature *out);

/* Fills the nine certificate fields that begin `f`. */
void pe_cert_set(struct pe_signing *s, X509 *cert, const struct fact *f);
/* Adds every certificate of a set to a list. */
void pe_cert_add_all(struct pe_signing *s, const STACK_OF(X509) * certs, struct fact_list *list);
/* From the signer up to the last issuer that `certs` holds; sets the length and the array. */
void pe_cert_set_chain(struct pe_signing *s, X509 *signer, STACK_OF(X509) * certs,
                       struct fact *length, struct fact *chain);
/* Seconds since 1970, or the time that YARA makes of an unreadable one. */
int64_t pe_cert_time(const ASN1_TIME *time);
/* The i-th value of an attribute when it is a SEQUENCE, else NULL. */
const ASN1_STRING *pe_pkcs7_sequence(X509_ATTRIBUTE *attribute, int i);
/* The unsigned attribute with this object identifier, or NULL. */
X509_ATTRIBUTE *pe_pkcs7_unsigned(const PKCS7_SIGNER_INFO *si, const char *oid);

/* Countersignatures of both kinds, and the certificates that those of the second kind bring along.
 */
void pe_counter_set(struct pe_signing *s, PKCS7 *p7, struct fact *signature,
                    struct fact_list *certificates);

#endif
