/* Random regular expressions over a small alphabet, so that they match now and then. */
#include "random_regex.h"

#include "test.h"

static uint32_t upto(uint32_t n)
{
    return (uint32_t)(test_random() >> 20) % n;
}

static void atom(struct buf *out, bool lazy, int depth);

static void alternatives(struct buf *out, bool lazy, int depth)
{
    uint32_t count = 1 + (upto(3) == 0) + (upto(8) == 0);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t atoms = i && upto(8) == 0 ? 0 : 1 + upto(depth > 1 ? 4 : 3);
        if (i)
            buf_byte(out, '|');
        for (uint32_t k = 0; k < atoms; k++)
            atom(out, lazy, depth);
    }
}

static bool thing(struct buf *out, bool lazy, int depth)
{
    static const char *const sets[] = {"[ab]", "[^a]",     "\\w", "\\d",     "[a-c]",
                                       "\\W",  "[^bc\\n]", "\\s", "[B\\d_]", "."};
    static const char *const borders[] = {"\\b", "\\B", "^", "$"};
    uint32_t kind = upto(20);
    if (kind < 9 || (kind < 13 && depth == 0))
        buf_byte(out, (uint8_t) "abcaB1_ "[upto(8)]);
    else if (kind < 13) {
        buf_byte(out, '(');
        alternatives(out, lazy, depth - 1);
        buf_byte(out, ')');
    } else if (kind < 19)
        buf_text(out, sets[upto(sizeof sets / sizeof *sets)]);
    else
        buf_text(out, borders[upto(4)]);
    return kind < 19;
}

static void atom(struct buf *out, bool lazy, int depth)
{
    static const char *const counts[] = {"*", "+", "?", "{2}", "{1,3}", "{,2}", "{2,}", "{0,4}"};
    if (!thing(out, lazy, depth) || upto(3) != 0)
        return;
    buf_text(out, counts[upto(sizeof counts / sizeof *counts)]);
    if (lazy)
        buf_byte(out, '?');
}

void random_regex(struct buf *out, bool lazy)
{
    alternatives(out, lazy, 3);
}

void random_text(struct buf *out, uint32_t len, bool is_wide)
{
    while (out->len < len) {
        buf_byte(out, (uint8_t) "aaabbcABC1_ \n-"[upto(14)]);
        if (is_wide && upto(10))
            buf_byte(out, 0);
    }
}
