/* Signatures of PE files: made in code, read by the module pe. */
#include "make_pe.h"
#include "make_signed.h"
#include "test.h"

#include "common/crypto.h"
#include "facts.h"

static struct span made(struct buf *b, enum make_stamp stamp, bool spoil)
{
    struct buf plain;
    buf_init(&plain, 0);
    buf_init(b, 0);
    make_pe_full(&plain, stamp != MAKE_STAMP_NONE);
    make_signed(b, buf_get(&plain), stamp, spoil);
    buf_done(&plain);
    assert_int_equal(crypto_warm(NULL), ERR_NONE);
    return buf_get(b);
}

TEST(signed_and_verified)
{
    struct buf b;
    struct loaded l = facts_load("pe", test_guarded(made(&b, MAKE_STAMP_NONE, false)));
    facts_int(&l, "is_signed", 1);
    facts_int(&l, "number_of_signatures", 1);
    facts_int(&l, "signatures[0].verified", 1);
    facts_text(&l, "signatures[0].issuer", "/CN=Root");
    facts_text(&l, "signatures[0].subject", "/CN=Signer");
    facts_text(&l, "signatures[0].serial", "12:34");
    facts_int(&l, "signatures[0].version", 3);
    facts_text(&l, "signatures[0].algorithm", "sha256WithRSAEncryption");
    facts_text(&l, "signatures[0].algorithm_oid", "1.2.840.113549.1.1.11");
    facts_int(&l, "signatures[0].not_before", 1546300800);
    facts_int(&l, "signatures[0].not_after", 2177452800);
    facts_text(&l, "signatures[0].digest_alg", "sha256");
    facts_int(&l, "signatures[0].number_of_certificates", 2);
    facts_text(&l, "signatures[0].signer_info.program_name", "Tested");
    facts_int(&l, "signatures[0].signer_info.length_of_chain", 2);
    facts_text(&l, "signatures[0].signer_info.chain[1].subject", "/CN=Root");
    facts_int(&l, "signatures[0].number_of_countersignatures", 0);
    struct fact when = {.kind = FACT_INT, .i = 1600000000};
    assert_int_equal(facts_call(&l, "signatures[0]", "valid_on", "i>i", &when).i, 1);
    when.i = 1;
    assert_int_equal(facts_call(&l, "signatures[0]", "valid_on", "i>i", &when).i, 0);
    facts_done(&l);
    buf_done(&b);
}

TEST(wrong_digest_is_not_verified)
{
    struct buf b;
    struct loaded l = facts_load("pe", test_guarded(made(&b, MAKE_STAMP_NONE, true)));
    facts_int(&l, "is_signed", 0);
    facts_int(&l, "signatures[0].verified", 0);
    assert_false(span_equal(facts_at(&l, "signatures[0].digest")->s,
                            facts_at(&l, "signatures[0].file_digest")->s));
    facts_done(&l);
    buf_done(&b);
}

TEST(one_changed_byte_is_not_verified)
{
    struct buf b;
    made(&b, MAKE_STAMP_NONE, false);
    b.at[MAKE_PE_FILE + 3] ^= 1;
    struct loaded l = facts_load("pe", buf_get(&b));
    facts_int(&l, "is_signed", 0);
    facts_int(&l, "number_of_signatures", 1);
    facts_done(&l);
    buf_done(&b);
}

TEST(old_time_stamp)
{
    struct buf b;
    struct loaded l = facts_load("pe", test_guarded(made(&b, MAKE_STAMP_PKCS9, false)));
    facts_int(&l, "is_signed", 1);
    facts_int(&l, "signatures[0].number_of_countersignatures", 1);
    facts_int(&l, "signatures[0].countersignatures[0].verified", 1);
    facts_int(&l, "signatures[0].countersignatures[0].sign_time", 1577923200);
    facts_text(&l, "signatures[0].countersignatures[0].digest_alg", "sha256");
    facts_int(&l, "signatures[0].countersignatures[0].length_of_chain", 2);
    facts_done(&l);
    buf_done(&b);
}

/* Every third length of the certificate table, and damage in it. */
TEST(damaged_signatures)
{
    struct buf b;
    struct span whole = made(&b, MAKE_STAMP_PKCS9, false);
    size_t table = MAKE_PE_FILE;
    for (size_t len = whole.len - 3000; len < whole.len; len += 3) {
        struct loaded l = facts_load("pe", test_guarded(span_cut(whole, 0, len)));
        facts_done(&l);
    }
    for (int round = 0; round < 1000; round++) {
        struct buf copy;
        buf_init(&copy, 0);
        buf_span(&copy, whole);
        for (int i = 0; i < 1 + round % 4; i++)
            copy.at[table + test_random() % (copy.len - table)] = (uint8_t)test_random();
        struct loaded l = facts_load("pe", buf_get(&copy));
        facts_done(&l);
        buf_done(&copy);
    }
    buf_done(&b);
}
