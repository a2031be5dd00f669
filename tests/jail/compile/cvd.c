/* Containers of databases: a genuine one is trusted, and no bit of it may change. */
#include "jail/compile/cvd.h"

#include "common/crypto.h"
#include "jail/compile/cvd_sign.h"
#include "test.h"

#define GENUINE TEST_ROOT "/../shared/data/bytecode.cvd"

static uint8_t *genuine;
static size_t genuine_len;

static void judge(const char *name, struct span bytes, char *out, size_t size);

/* False: it is not there; the case is skipped with its reason. Trusted as it is, or refusals would
 * mean nothing. */
static bool load_genuine(void)
{
    char says[400];
    FILE *f = genuine ? NULL : fopen(GENUINE, "rb");
    if (f) {
        genuine = calloc(1, 1 << 20);
        genuine_len = genuine ? fread(genuine, 1, 1 << 20, f) : 0;
        (void)fclose(f);
    }
    if (!genuine) {
        print_message("skipped: ../shared/data/bytecode.cvd is not here\n");
        return false;
    }
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    judge("bytecode.cvd", test_guarded(span_make(genuine, genuine_len)), says, sizeof says);
    assert_string_equal(says, "");
    return true;
}

/* What cvd_open thinks of these bytes: "" for trusted, else why not. */
static void judge(const char *name, struct span bytes, char *out, size_t size)
{
    struct arena *a = arena_new(0);
    struct source_file f = {.name = span_text(name), .bytes = bytes};
    struct cvd cvd;
    struct why why = {0};
    enum err err = cvd_open(&f, a, &cvd, &why);
    (void)snprintf(out, size, "%s", err != ERR_NONE ? why.text : cvd.distrust ? cvd.distrust : "");
    arena_free(a);
}

TEST(genuine_is_trusted)
{
    char says[400];
    if (!load_genuine())
        skip();
    judge("bytecode.cud", span_make(genuine, genuine_len), says, sizeof says);
    assert_string_equal(says, "it is unsigned");
}

static void expect_refused(size_t byte, unsigned bit)
{
    char says[400];
    genuine[byte] ^= (uint8_t)(1u << bit);
    judge("bytecode.cvd", span_make(genuine, genuine_len), says, sizeof says);
    genuine[byte] ^= (uint8_t)(1u << bit);
    if (says[0] == 0)
        TEST_FAIL("bit %u of byte %zu does not matter\n", bit, byte);
}

TEST(no_bit_of_the_body_may_change)
{
    if (!load_genuine())
        skip();
    for (int i = 0; i < 1000; i++) {
        uint64_t r = test_random();
        expect_refused(512 + (size_t)(r >> 3) % (genuine_len - 512), (unsigned)(r & 7));
    }
}

TEST(no_bit_of_the_header_may_change) /* every other one: it takes seconds */
{
    if (!load_genuine())
        skip();
    for (size_t byte = 0; byte < 512; byte++)
        for (unsigned bit = byte & 1; bit < 8; bit += 2)
            expect_refused(byte, bit);
}

TEST(cut_or_longer_is_refused)
{
    char says[400];
    if (!load_genuine())
        skip();
    for (size_t len = 0; len < genuine_len; len += 1 + len / 3) {
        judge("x.cvd", test_guarded(span_make(genuine, len)), says, sizeof says);
        assert_true(says[0] != 0);
    }
    judge("x.cvd", span_make(genuine, genuine_len + 1), says, sizeof says); /* a zero byte more */
    assert_true(says[0] != 0);
}

TEST(what_was_changed_is_judged_anew)
{
    struct source_file f = {.name = SPAN_OF("bytecode.cvd")};
    struct cvd cvd;
    if (!load_genuine())
        skip();
    struct arena *a = arena_new(0);
    f.bytes = span_make(genuine, genuine_len);
    assert_int_equal(cvd_open(&f, a, &cvd, NULL), ERR_NONE);
    assert_null(cvd_judge_changed(&cvd, 268));
    assert_string_equal(cvd_judge_changed(&cvd, 269),
                        "its manifest is not of the version that its differences make");
    cvd.members[1].bytes.len--;
    assert_string_equal(cvd_judge_changed(&cvd, 268), "a file in it is not what its manifest says");
    cvd.manifest.len--;
    assert_non_null(cvd_judge_changed(&cvd, 268));
    cvd.manifest.len = 0;
    assert_non_null(cvd_judge_changed(&cvd, 268));
    arena_free(a);
}

TEST(signatures_are_numbers_of_one_spelling)
{
    uint8_t md5[16] = {0};
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    assert_false(cvd_sign_is_body(md5, span_text("")));
    assert_false(cvd_sign_is_body(md5, span_text("a")));
    assert_false(cvd_sign_is_body(md5, span_text("not a number!")));
    md5[15] = 1; /* 1 to any power */
    assert_true(cvd_sign_is_body(md5, span_text("b")));
    assert_false(cvd_sign_is_body(md5, span_text("ba")));
    assert_false(cvd_sign_is_manifest(span_text("x"), span_text("b")));
    assert_false(cvd_sign_is_difference(span_text("x"), span_text("b")));
    assert_false(cvd_sign_is_difference(span_text("x"), span_text("")));
}

TEST(what_is_no_container)
{
    char says[400];
    char head[1200];
    judge("x.cvd", span_text("ClamAV-VDB:"), says, sizeof says);
    assert_string_equal(says, "it does not begin as a container of ClamAV");
    memset(head, ' ', sizeof head);
    memcpy(head, "ClamAV-VDB:t:1:1:1:x:x:b:1", 26);
    judge("x.cvd", test_guarded(span_make(head, 512)), says, sizeof says);
    assert_string_equal(says, "what it holds is damaged (gzip)");
    judge("x.cld", test_guarded(span_make(head, 1100)), says, sizeof says);
    assert_string_equal(says, "what it holds is damaged (tar)");
    judge("x.cld", test_guarded(span_make(head, 512)), says, sizeof says);
    assert_string_equal(says, "its manifest is missing or not signed");
}
