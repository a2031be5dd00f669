/* "#clamsign-1.0", then lines "min level:max level:pkcs7-pem:base 64", of which the first for our
 * level that can be read is the one. Hostile bytes: the file's; the certificates are the owner's.
 * Facts: ClamAV 1.5's codesign.rs and its pull request 1417; RFC 2315 by libcrypto's PKCS7_verify,
 * as ClamAV uses it: detached, binary, a chain to one of the roots, made for signing mail. */
#include "jail/compile/cvd_cms.h"

#include "common/text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

enum { SIGN_MOST = 1 << 20, FILE_MOST = 1 << 20, LINES_MOST = 1000, NAME_BYTES = 96 };

/* --- the file --- */

/* NULL: not base 64, or no PKCS#7 in DER. */
static PKCS7 *decode(struct span text)
{
    uint8_t *der = text.len && text.len % 4 == 0 ? OPENSSL_malloc(text.len) : NULL;
    int len = der ? EVP_DecodeBlock(der, text.at, (int)text.len) : -1;
    for (size_t i = text.len; len > 0 && i-- > 0 && span_byte(text, i) == '=';)
        len--;
    const uint8_t *at = der;
    PKCS7 *p7 = len > 0 ? d2i_PKCS7(NULL, &at, len) : NULL;
    if (p7 && (at != der + len || !PKCS7_type_is_signed(p7))) {
        PKCS7_free(p7);
        p7 = NULL;
    }
    OPENSSL_free(der);
    return p7;
}

static bool is_for_us(struct span min, struct span max)
{
    uint64_t low, high = UINT64_MAX;
    return text_u64(min, &low) && (max.len == 0 || text_u64(max, &high)) && low <= CVD_CMS_LEVEL &&
           CVD_CMS_LEVEL <= high;
}

/* NULL, with the reason. */
static PKCS7 *find_signature(struct span sign, const char **reason)
{
    struct span line, min, max, kind;
    *reason = "its .sign file is not of the kind clamsign-1.0";
    if (sign.len > SIGN_MOST || !text_line(&sign, &line) ||
        !span_equal(text_trim(line), SPAN_OF("#clamsign-1.0")))
        return NULL;
    *reason = "no signature in its .sign file is for us";
    for (int i = 0; i < LINES_MOST && text_line(&sign, &line); i++) {
        line = text_trim(line);
        if (line.len == 0 || span_byte(line, 0) == '#')
            continue;
        *reason = "a line of its .sign file cannot be read";
        if (!text_field(&line, ':', &min) || !text_field(&line, ':', &max) ||
            !text_field(&line, ':', &kind) || !span_equal(kind, SPAN_OF("pkcs7-pem")))
            return NULL;
        if (is_for_us(min, max))
            return decode(line);
        *reason = "no signature in its .sign file is for us";
    }
    return NULL;
}

/* --- the owner's certificates --- */

static enum err add_file(X509_STORE *store, const struct source_file *f, struct why *why)
{
    char name[200];
    text_escape_into(name, sizeof name, f->name);
    BIO *in = f->bytes.len <= FILE_MOST ? BIO_new_mem_buf(f->bytes.at, (int)f->bytes.len) : NULL;
    uint32_t count = 0;
    X509 *cert;
    while (in && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        count += X509_STORE_add_cert(store, cert) == 1;
        X509_free(cert);
    }
    ERR_clear_error(); /* the end of a PEM file is an error to libcrypto */
    BIO_free(in);
    return count ? ERR_NONE : fail(why, ERR_RULES, "%s: no certificate in PEM in it", name);
}

static enum err make_store(const struct compile_input *in, X509_STORE **out, struct why *why)
{
    X509_STORE *store = X509_STORE_new();
    if (!store)
        return fail(why, ERR_NOMEM, "certificates");
    enum err err = ERR_NONE;
    for (uint32_t i = 0; err == ERR_NONE && i < in->file_count; i++)
        if (in->files[i].kind == SOURCE_CERTIFICATES)
            err = add_file(store, &in->files[i], why);
    (void)X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME);
    *out = store;
    if (err == ERR_NONE)
        return ERR_NONE;
    X509_STORE_free(store);
    return err;
}

/* --- both together --- */

static void put_signer(struct cvd_cms *out, X509 *cert)
{
    char name[NAME_BYTES];
    int len =
        X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name);
    size_t used = strlen(out->signer);
    if (used && used + 2 < sizeof out->signer)
        used += (size_t)snprintf(out->signer + used, sizeof out->signer - used, ", ");
    struct span text = len > 0 ? span_make(name, strlen(name)) : SPAN_OF("somebody without a name");
    text_escape_into(out->signer + used, sizeof out->signer - used, text);
}

static void put_signers(struct cvd_cms *out, PKCS7 *p7)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(p7, NULL, 0);
    for (int i = 0; i < sk_X509_num(signers); i++)
        put_signer(out, sk_X509_value(signers, i));
    sk_X509_free(signers);
}

enum err cvd_cms_check(const struct compile_input *in, struct span sign, struct span whole,
                       struct cvd_cms *out, struct why *why)
{
    *out = (struct cvd_cms){.is_right = false};
    X509_STORE *store = NULL;
    TRY(make_store(in, &store, why));
    PKCS7 *p7 = find_signature(sign, &out->reason);
    BIO *data = p7 && whole.len <= INT32_MAX ? BIO_new_mem_buf(whole.at, (int)whole.len) : NULL;
    if (data) {
        out->is_right =
            PKCS7_verify(p7, NULL, store, data, NULL, PKCS7_DETACHED | PKCS7_BINARY) == 1;
        out->reason = "its .sign file is of other bytes, or by somebody whom your certificates do "
                      "not vouch for";
    }
    if (out->is_right)
        put_signers(out, p7);
    ERR_clear_error();
    BIO_free(data);
    PKCS7_free(p7);
    X509_STORE_free(store);
    return ERR_NONE;
}
