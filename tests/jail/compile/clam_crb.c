/* .crb: blocked and trusted certificates of programs that are signed at test time. */
#include "make_pe.h"
#include "make_signed.h"
#include "scan_rules.h"
#include "test.h"

#include "common/crypto.h"
#include "common/text.h"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

struct fixture {
    struct buf exe, out;
    char root[2048], signer[2048]; /* lines from the subject on; '@' stands for the serial */
};

/* "subject;@;modulus;010001;" of one embedded certificate. */
static void describe(X509 *cert, char *out, size_t size)
{
    const uint8_t *der;
    size_t len;
    uint8_t digest[DIGEST_MAX_BYTES], modulus[512];
    BIGNUM *n = NULL;
    struct buf hex;
    buf_init(&hex, 0);
    assert_true(X509_NAME_get0_der(X509_get_subject_name(cert), &der, &len) && len < 130);
    assert_true(crypto_digest(DIGEST_SHA1, span_make(der + 2, len - 2), digest));
    text_hex(&hex, span_make(digest, 20));
    buf_text(&hex, ";@;");
    assert_true(EVP_PKEY_get_bn_param(X509_get0_pubkey(cert), "n", &n));
    text_hex(&hex, span_make(modulus, (size_t)BN_bn2bin(n, modulus)));
    buf_text(&hex, ";010001;");
    buf_byte(&hex, 0);
    (void)snprintf(out, size, "%s", (const char *)hex.at);
    BN_free(n);
    buf_done(&hex);
}

static void fixture_open(struct fixture *f, bool spoil)
{
    struct make_pe pe;
    struct buf plain;
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    buf_init(&plain, 0);
    buf_init(&f->exe, 0);
    buf_init(&f->out, 0);
    make_pe_init(&pe, false);
    (void)make_pe_add(&pe, SPAN_OF("a marker in a section"));
    make_pe_end(&pe, &plain);
    make_pe_done(&pe);
    make_signed(&f->exe, buf_get(&plain), MAKE_STAMP_NONE, spoil);
    struct span der = span_cut(buf_get(&f->exe), plain.len + 8, SIZE_MAX);
    const uint8_t *at = der.at;
    PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)der.len);
    assert_true(p7 && sk_X509_num(p7->d.sign->cert) == 2);
    for (int i = 0; i < 2; i++) {
        X509 *cert = sk_X509_value(p7->d.sign->cert, i);
        bool is_root = X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
        describe(cert, is_root ? f->root : f->signer, sizeof f->root);
    }
    PKCS7_free(p7);
    buf_done(&plain);
}

static void fixture_close(struct fixture *f)
{
    buf_done(&f->exe);
    buf_done(&f->out);
}

/* What is said of "name;trust;...;flags;0;" and found in the signed program with a marker's
 * signature beside it. */
static const char *try(struct fixture *f, const char *trust, const char *of, const char *flags,
                       const char *serial)
{
    struct compiled c;
    char line[4096];
    const char *mark = strchr(of, '@');
    (void)snprintf(line, sizeof line, "X;%s;%.*s%s%s%s;0;comment\n", trust, (int)(mark - of), of,
                   serial, mark + 1, flags);
    struct source_file files[2] = {
        {.name = SPAN_OF("t.crb"), .bytes = span_text(line)},
        {.name = SPAN_OF("t.ndb"), .bytes = SPAN_OF("M:1:*:61206d61726b6572\n")}};
    struct compile_input in = {.files = files, .file_count = 2};
    buf_clear(&f->out);
    rules_compile_input(&c, &in);
    buf_span(&f->out, buf_get(&c.diags));
    if (c.err == ERR_NONE)
        rules_scan(buf_get(&c.image), test_guarded(buf_get(&f->exe)), SCAN_UNPACK | SCAN_NOW,
                   &f->out);
    rules_done(&c);
    buf_byte(&f->out, 0);
    return (const char *)f->out.at;
}

/* Another digit in its place; the same call puts the first one back. */
static void swap_digit(char *at, char *kept)
{
    char now = *at;
    *at = *kept ? *kept : now == '0' ? '1' : '0';
    *kept = *kept ? 0 : now;
}

#define NO_SERIAL "0123456789012345678901234567890123456789"

TEST(blocked)
{
    struct fixture f;
    char kept = 0;
    fixture_open(&f, false);
    assert_string_equal(try(&f, "0", f.signer, "1;1;1", ""), "X M ");
    assert_string_equal(try(&f, "0", f.root, "0;0;0", ""), "X M ");
    assert_string_equal(try(&f, "0", f.signer, "1;1;1", NO_SERIAL), "M ");
    swap_digit(&f.signer[0], &kept);
    assert_string_equal(try(&f, "0", f.signer, "1;1;1", ""), "M ");
    swap_digit(&f.signer[0], &kept);
    swap_digit(&f.signer[60], &kept);
    assert_string_equal(try(&f, "0", f.signer, "1;1;1", ""), "M ");
    fixture_close(&f);
    fixture_open(&f, true); /* whether or not the signature holds */
    assert_string_equal(try(&f, "0", f.signer, "1;1;1", ""), "X M ");
    fixture_close(&f);
}

TEST(trusted)
{
    struct fixture f;
    char kept = 0;
    fixture_open(&f, false);
    assert_string_equal(try(&f, "1", f.root, "1;1;1", ""), "");
    assert_string_equal(try(&f, "1", f.root, "1;0;1", ""), "");
    assert_string_equal(try(&f, "1", f.signer, "1;0;0", ""), "");
    assert_string_equal(try(&f, "1", f.root, "0;1;1", ""), "M ");
    assert_string_equal(try(&f, "1", f.root, "1;1;0", ""), "M ");
    assert_string_equal(try(&f, "1", f.signer, "0;1;1", ""), "M ");
    assert_string_equal(try(&f, "1", f.signer, "1;1;1", NO_SERIAL), "M ");
    assert_string_equal(try(&f, "1", f.root, "1;1;1", NO_SERIAL), ""); /* its issuer's key is it */
    swap_digit(&f.root[60], &kept);
    assert_string_equal(try(&f, "1", f.root, "1;1;1", ""), "M ");
    swap_digit(&f.root[60], &kept);
    f.exe.at[f.exe.len - 1] ^= 1; /* padding, or the last byte of the signature */
    f.exe.at[700] ^= 1;
    assert_string_equal(try(&f, "1", f.root, "1;1;1", ""), "M ");
    fixture_close(&f);
    fixture_open(&f, true);
    assert_string_equal(try(&f, "1", f.root, "1;1;1", ""), "M ");
    fixture_close(&f);
}

TEST(a_signature_is_the_end_of_its_file)
{
    struct fixture f;
    fixture_open(&f, false);
    buf_byte(&f.exe, 0);
    assert_string_equal(try(&f, "1", f.root, "1;1;1", ""), "M ");
    assert_string_equal(try(&f, "0", f.root, "1;1;1", ""), "M ");
    fixture_close(&f);
}

TEST(refused_lines)
{
    static const struct {
        const char *trust, *of, *flags, *said;
    } cases[] = {
        {"2", "a;@;b;c;", "1;1;1", "t.crb:1:3: expected 0 or 1\nM "},
        {"1", "a;@;b;c;", "1;1;1", "t.crb:1:5: expected a SHA-1 in hexadecimal\nM "},
        {"1", "g123456789012345678901234567890123456789;@;b;c;", "1;1;1",
         "t.crb:1:5: expected hexadecimal digits\nM "},
        {"1", NO_SERIAL ";12@;b;c;", "1;1;1", "t.crb:1:46: expected a SHA-1 in hexadecimal\nM "},
        {"1", NO_SERIAL ";@;;c;", "1;1;1",
         "t.crb:1:47: expected a modulus in pairs of hexadecimal digits\nM "},
        {"1", NO_SERIAL ";@;abc;c;", "1;1;1",
         "t.crb:1:47: expected a modulus in pairs of hexadecimal digits\nM "},
        {"1", NO_SERIAL ";@;ag;c;", "1;1;1", "t.crb:1:47: expected hexadecimal digits\nM "},
        {"1", NO_SERIAL ";@;ab;c;", "1;2;1", "t.crb:1:54: expected 0 or 1\nM "},
        {"1", NO_SERIAL ";@;ab;c;", "1;1",
         "t.crb:1:1: expected name;trusted;subject;serial;modulus;exponent;code;time;cert;not "
         "before;comment and perhaps two levels\nM "},
        {"1", NO_SERIAL ";@;ab;c;", "1;1;1;0;c;300",
         "t.crb:1:1: expected name;trusted;subject;serial;modulus;exponent;code;time;cert;not "
         "before;comment and perhaps two levels\nM "},
    };
    struct fixture f;
    fixture_open(&f, false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(try(&f, cases[i].trust, cases[i].of, cases[i].flags, ""),
                            cases[i].said);
    fixture_close(&f);
}
