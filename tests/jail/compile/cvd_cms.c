/* Signature files beside containers: whom they must be by, of what, and how they are written. */
#include "jail/compile/cvd_cms.h"

#include "make_cms.h"
#include "test.h"

#include "common/crypto.h"

#ifdef CANDOR_ASAN
#include <sanitizer/lsan_interface.h>
#endif

struct pair {
    struct buf base64, root;
};

static void make(struct pair *p, const char *whole, unsigned flags)
{
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    buf_init(&p->base64, 0);
    buf_init(&p->root, 0);
    make_cms(&p->base64, &p->root, span_text(whole), flags);
}

static void done(struct pair *p)
{
    buf_done(&p->base64);
    buf_done(&p->root);
}

/* "" when right, else the reason. before, behind: what stands around the base 64. */
static const char *ask(const struct pair *p, const char *before, const char *behind,
                       const char *whole)
{
    static struct cvd_cms got;
    struct buf sign;
    struct source_file cert = {
        .name = SPAN_OF("r.pem"), .bytes = buf_get(&p->root), .kind = SOURCE_CERTIFICATES};
    struct compile_input in = {.files = &cert, .file_count = 1};
    struct why why = {0};
    buf_init(&sign, 0);
    buf_text(&sign, before);
    buf_span(&sign, buf_get(&p->base64));
    buf_text(&sign, behind);
#ifdef CANDOR_ASAN
    __lsan_disable(); /* OpenSSL 3.0's PKCS7_verify forgets a BIO where it refuses */
#endif
    assert_int_equal(cvd_cms_check(&in, test_guarded(buf_get(&sign)), span_text(whole), &got, &why),
                     ERR_NONE);
#ifdef CANDOR_ASAN
    __lsan_enable();
#endif
    buf_done(&sign);
    if (got.is_right)
        assert_string_equal(got.signer, "Signer");
    else
        assert_string_equal(got.signer, "");
    return got.is_right ? "" : got.reason;
}

#define HEAD "#clamsign-1.0\n"
#define NOT_BY                                                                                     \
    "its .sign file is of other bytes, or by somebody whom your certificates do not vouch for"
#define NOT_READ "a line of its .sign file cannot be read"
#define NOT_FOR_US "no signature in its .sign file is for us"

TEST(right_and_nearly_right)
{
    struct pair p;
    make(&p, "the container", 0);
    assert_string_equal(ask(&p, HEAD "220::pkcs7-pem:", "\n", "the container"), "");
    assert_string_equal(ask(&p, HEAD "\n# a word\n 1:300:pkcs7-pem:", "", "the container"), "");
    assert_string_equal(ask(&p, HEAD "300::pkcs7-pem:x\n220::pkcs7-pem:", "", "the container"), "");
    assert_string_equal(ask(&p, HEAD "220::pkcs7-pem:", "", "the containeR"), NOT_BY);
    assert_string_equal(ask(&p, HEAD "220::pkcs7-pem:", "", "the containe"), NOT_BY);
    assert_string_equal(ask(&p, HEAD "221::pkcs7-pem:", "", "the container"), NOT_FOR_US);
    assert_string_equal(ask(&p, HEAD "1:219:pkcs7-pem:", "", "the container"), NOT_FOR_US);
    assert_string_equal(ask(&p, HEAD "x::pkcs7-pem:", "", "the container"), NOT_FOR_US);
    assert_string_equal(ask(&p, HEAD "220::pkcs7-pem:AAAA", "", "the container"), NOT_READ);
    assert_string_equal(ask(&p, HEAD "220::pkcs7-pem:", "!", "the container"), NOT_READ);
    assert_string_equal(ask(&p, HEAD "220::pkcs7-pem:!", "", "the container"), NOT_READ);
    assert_string_equal(ask(&p, HEAD "220::cms:", "", "the container"), NOT_READ);
    assert_string_equal(ask(&p, HEAD "220:", "", "the container"), NOT_READ);
    assert_string_equal(ask(&p, HEAD, "", "the container"), NOT_READ);
    assert_string_equal(ask(&p, "#clamsign-1.1\n220::pkcs7-pem:", "", "the container"),
                        "its .sign file is not of the kind clamsign-1.0");
    p.base64.len = 0;
    assert_string_equal(ask(&p, HEAD, "", "the container"), NOT_FOR_US);
    assert_string_equal(ask(&p, "", "", "the container"),
                        "its .sign file is not of the kind clamsign-1.0");
    done(&p);
}

TEST(whom_the_owner_does_not_know)
{
    static const struct {
        unsigned flags;
        const char *says;
    } cases[] = {
        {CMS_OTHER_ROOT, NOT_BY},
        {CMS_NO_CHAIN, NOT_BY},
        {CMS_NOT_FOR_MAIL, NOT_BY},
        {CMS_OLD, ""}, /* no clock */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair p;
        make(&p, "the container", cases[i].flags);
        assert_string_equal(ask(&p, HEAD "220::pkcs7-pem:", "", "the container"), cases[i].says);
        done(&p);
    }
}

/* Not each byte of PKCS#7 is signed (its own list of algorithms, say), but all that counts is. */
TEST(what_is_changed_is_refused)
{
    struct pair p;
    int passed = 0;
    make(&p, "the container", 0);
    for (int i = 0; i < 300; i++) {
        size_t at = (size_t)(test_random() % p.base64.len);
        uint8_t was = p.base64.at[at];
        p.base64.at[at] = was == 'A' ? 'B' : 'A';
        passed += ask(&p, HEAD "220::pkcs7-pem:", "", "the container")[0] == 0;
        p.base64.at[at] = was;
    }
    assert_in_range(passed, 0, 15);
    done(&p);
}

TEST(certificates_that_are_none)
{
    struct pair p;
    struct why why = {0};
    struct cvd_cms got;
    struct source_file cert = {
        .name = SPAN_OF("r.pem"), .bytes = SPAN_OF("no"), .kind = SOURCE_CERTIFICATES};
    struct compile_input in = {.files = &cert, .file_count = 1};
    make(&p, "x", 0);
    assert_int_equal(cvd_cms_check(&in, SPAN_OF(HEAD), SPAN_OF("x"), &got, &why), ERR_RULES);
    assert_string_equal(why.text, "r.pem: no certificate in PEM in it");
    done(&p);
}
