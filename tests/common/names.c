/* The .def lists, errors, records, digests. */
#include "common/channel.h"
#include "common/crypto.h"
#include "common/err.h"
#include "common/gaps.h"
#include "common/types.h"
#include "test.h"

TEST(every_row_has_a_name_and_none_is_twice)
{
    for (int i = 0; i < GAP_COUNT; i++) {
        enum gap_kind back;
        assert_true(gap_find(span_text(gap_name((enum gap_kind)i)), &back));
        assert_int_equal(back, i);
        assert_true(strlen(gap_meaning((enum gap_kind)i)) > 10);
    }
    enum gap_kind none;
    assert_false(gap_find(SPAN_OF("all"), &none));
    assert_string_equal(gap_name((enum gap_kind)999), "unknown");
    assert_string_equal(type_name((enum object_type)999), "unknown");
    for (int i = 0; i < TYPE_COUNT; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(type_name((enum object_type)i), type_name((enum object_type)k));
    assert_string_equal(channel_name(MSG_START), "start");
    assert_string_equal(channel_name(12345), "unknown");
    assert_true(GAP_COUNT <= 64); /* --accept is a 64-bit set */
}

TEST(the_first_trouble_is_kept)
{
    struct why why = {0};
    assert_int_equal(fail(&why, ERR_USAGE, "first %d", 1), ERR_USAGE);
    assert_int_equal(fail(&why, ERR_NOMEM, "second"), ERR_NOMEM);
    assert_string_equal(why.text, "first 1");
    assert_int_equal(why.code, ERR_USAGE);
    assert_int_equal(fail(NULL, ERR_PEER, "nobody asks"), ERR_PEER);
}

TEST(a_record_holds_what_fits_and_clips_what_lies)
{
    struct record r = {0};
    uint8_t big[400];
    memset(big, 'x', sizeof big);
    assert_int_equal(channel_put(&r, 0, SPAN_OF("one")), 3);
    assert_true(channel_put(&r, 1, span_make(big, sizeof big)) < sizeof big);
    assert_true(span_equal(channel_text(&r, 0), SPAN_OF("one")));
    for (unsigned i = 0; i < 4; i++)
        r.text_len[i] = 0xffff; /* a hostile record */
    for (unsigned i = 0; i < 6; i++) {
        struct span s = channel_text(&r, i);
        assert_true(s.len <= sizeof r.text);
        assert_true(s.len == 0 || (s.at >= r.text && s.at + s.len <= r.text + sizeof r.text));
    }
}

TEST(digests_of_abc) /* FIPS 180-4 and RFC 1321 examples */
{
    static const char *const want[DIGEST_COUNT] = {
        [DIGEST_MD5] = "\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72",
        [DIGEST_SHA1] =
            "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d",
        [DIGEST_SHA256] =
            ("\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96"
             "\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad")};
    struct why why = {0};
    assert_int_equal(crypto_warm(&why), ERR_NONE);
    for (int d = 0; d < DIGEST_COUNT; d++) {
        uint8_t out[DIGEST_MAX_BYTES], again[DIGEST_MAX_BYTES];
        size_t n = crypto_digest_bytes((enum digest)d);
        assert_true(crypto_digest((enum digest)d, SPAN_OF("abc"), out));
        assert_memory_equal(out, want[d], n);
        struct hasher *h = crypto_hasher_new((enum digest)d);
        for (int round = 0; round < 2; round++) { /* end starts anew */
            assert_true(crypto_hasher_add(h, SPAN_OF("a")) && crypto_hasher_add(h, SPAN_OF("bc")));
            assert_true(crypto_hasher_end(h, again));
            assert_memory_equal(again, want[d], n);
        }
        crypto_hasher_free(h);
    }
}
