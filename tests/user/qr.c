/* The QR encoder against codes that qrencode 4.1 made (its -8 -l L, its masks), and its limits.
 * That a camera reads it: tests/system/ledger.py asks zbar. */
#include "user/qr.h"

#include "test.h"

/* Rows as hexadecimal, most significant bit left. */
static void expect(const char *text, int side, const char *const *rows)
{
    static struct qr q;
    assert_true(qr_encode(&q, span_text(text)));
    assert_int_equal(q.side, side);
    for (int r = 0; r < side; r++) {
        char got[QR_SIDE_MAX + 1] = {0};
        for (int c = 0; c < side; c++)
            got[c] = q.dark[r][c] ? '#' : '.';
        assert_string_equal(got, rows[r]);
    }
}

static const char *const hello[] = {
#include "qr_hello.def"
};
static const char *const count[] = {
#include "qr_count.def"
};

TEST(the_same_as_qrencode)
{
    struct buf b;
    buf_init(&b, 0);
    for (int i = 1; i <= 62; i++)
        buf_print(&b, "%s%d", i > 1 ? "-" : "", i);
    buf_byte(&b, 0);
    expect("Hello", 21, hello);
    expect((const char *)b.at, 49, count);
    buf_done(&b);
}

TEST(as_large_as_it_must_be)
{
    static const int most[] = {17,  32,  53,  78,  106,
                               134, 154, 192, 230, 271}; /* Table 7, byte mode, L */
    static struct qr q;
    uint8_t text[QR_TEXT_MAX + 1];
    memset(text, 'x', sizeof text);
    for (int v = 1; v <= 10; v++) {
        assert_true(qr_encode(&q, span_make(text, (size_t)most[v - 1])));
        assert_int_equal(q.side, 17 + 4 * v);
        if (v < 10)
            assert_true(qr_encode(&q, span_make(text, (size_t)most[v - 1] + 1)) &&
                        q.side == 21 + 4 * v);
    }
    assert_false(qr_encode(&q, span_make(text, sizeof text)));
}
