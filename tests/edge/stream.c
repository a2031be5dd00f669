/* Streams and their ledger: what is given is kept, what is held is counted, and full memory always
 * lets one stream be finished. */
#include "edge/stream.h"

#include "build/test.h"

#include <unistd.h>

enum { LIMIT = 1 << 20, RESERVE = 1 << 20, PIECE = 64 << 10 };

static uint8_t piece[PIECE];

static bool fill(struct stream *s, uint64_t bytes)
{
    while (bytes > 0) {
        uint64_t room = stream_room(s), n = bytes < PIECE ? bytes : PIECE;
        if (room == 0)
            return false;
        n = n < room ? n : room;
        assert_true(stream_put(s, span_make(piece, (size_t)n)));
        bytes -= n;
    }
    return true;
}

TEST(small_stays_on_the_heap)
{
    struct ledger l = {.limit = LIMIT, .reserve = RESERVE};
    struct stream s;
    stream_init(&s, &l);
    assert_true(stream_put(&s, SPAN_OF("abc")));
    assert_true(stream_put(&s, SPAN_OF("def")));
    assert_int_equal(stream_take_fd(&s), -1);
    assert_true(span_equal(buf_get(&s.small), SPAN_OF("abcdef")));
    assert_int_equal(l.used, 6);
    stream_done(&s);
    assert_int_equal(l.used, 0);
}

TEST(large_is_whole_in_unnamed_memory)
{
    struct ledger l = {.limit = LIMIT, .reserve = RESERVE};
    struct stream s;
    stream_init(&s, &l);
    for (size_t i = 0; i < PIECE; i++)
        piece[i] = (uint8_t)(i * 7);
    assert_true(stream_put(&s, SPAN_OF("head")));
    assert_true(fill(&s, 3 * PIECE));
    int fd = stream_take_fd(&s);
    assert_true(fd >= 0);
    uint8_t got[8];
    assert_int_equal(pread(fd, got, 8, 0), 8);
    assert_memory_equal(got, "head", 4);
    assert_int_equal(got[5], 7);
    assert_int_equal(pread(fd, got, 8, 4 + 3 * PIECE - 1), 1);
    assert_int_equal(got[0], (uint8_t)((PIECE - 1) * 7));
    (void)close(fd);
    assert_int_equal(l.used, s.len);
    stream_done(&s);
    assert_int_equal(l.used, 0);
}

TEST(one_can_always_be_finished)
{
    struct ledger l = {.limit = LIMIT, .reserve = RESERVE};
    struct stream s[6];
    for (int i = 0; i < 6; i++)
        stream_init(&s[i], &l);
    /* Four fill what all may have; none is finished. */
    for (int i = 0; i < 4; i++)
        assert_true(fill(&s[i], LIMIT / 4));
    assert_int_equal(l.used, LIMIT);
    /* The next to ask becomes the elder, and may go on to the largest size there is. */
    assert_true(fill(&s[0], RESERVE - LIMIT / 4));
    assert_true(l.elder == &s[0]);
    assert_int_equal(stream_room(&s[0]), 0);
    /* Its own bytes are the reserve's now: others have their place, until that is full, too. */
    assert_true(fill(&s[4], LIMIT / 4));
    assert_int_equal(stream_room(&s[5]), 0);
    assert_int_equal(stream_room(&s[1]), 0);
    assert_true(l.is_short);
    uint64_t sum = 0;
    for (int i = 0; i < 6; i++)
        sum += s[i].len;
    assert_int_equal(sum, LIMIT + RESERVE); /* never more */
    /* When it is done, another is the elder. */
    stream_done(&s[0]);
    assert_true(stream_room(&s[1]) > 0);
    assert_true(l.elder == &s[1]);
    for (int i = 1; i < 6; i++)
        stream_done(&s[i]);
    assert_int_equal(l.used, 0);
    assert_null(l.elder);
}
