/* A jail's views of a file that is fetched: the right bytes whatever is asked for in whatever
 * order, and few questions where headers and contents are asked for in turn. */
#include "jail/session.h"

#include "common/channel.h"
#include "test.h"

#include <pthread.h>

enum { FILE_BYTES = 40 << 20 };

static struct window *window;
static struct ring *ring;
static unsigned asked;

static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 131 + (i >> 9));
}

/* The opener: answers NEED, as slot_serve does, until END. */
static void *serve(void *arg)
{
    uint8_t *data = (uint8_t *)window + WINDOW_DATA;
    for (uint32_t taken = 0;;) {
        uint32_t bell = __atomic_load_n(&ring->bell, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) == taken) {
            channel_wait(&ring->bell, bell);
            continue;
        }
        struct record r = ring->records[taken++ % RECORD_RING];
        if (r.kind == MSG_END)
            return arg;
        asked++;
        uint64_t left = FILE_BYTES - r.at, len = r.len < left ? r.len : left;
        for (uint64_t i = 0; i < len; i++)
            data[r.code + i] = byte_at(r.at + i);
        window->reply.ok = 1;
        window->reply.at = r.code;
        window->reply.len = len;
        __atomic_store_n(&window->tail, taken, __ATOMIC_RELEASE);
        __atomic_store_n(&window->reply.seq, r.parent, __ATOMIC_RELEASE);
        __atomic_add_fetch(&window->go, 1, __ATOMIC_SEQ_CST);
        channel_wake(&window->go);
    }
}

static pthread_t opener;
static struct session session;

static struct source open_file(void)
{
    window = calloc(1, WINDOW_DATA + LIMIT_WINDOW_BYTES);
    ring = calloc(1, sizeof *ring);
    assert_true(window && ring);
    window->opener_sleeps = 1;
    asked = 0;
    session_init(&session, window, ring, LIMIT_WINDOW_BYTES);
    assert_int_equal(pthread_create(&opener, NULL, serve, NULL), 0);
    return session_source(&session, FILE_BYTES);
}

static void close_file(void)
{
    struct record end = {.kind = MSG_END};
    session_send(&session, &end);
    assert_int_equal(pthread_join(opener, NULL), 0);
    free(window);
    free(ring);
}

static void look(struct source *s, uint64_t at, uint64_t len)
{
    struct span v = source_view(s, at, len);
    uint64_t want = FILE_BYTES - at < len ? FILE_BYTES - at : len;
    assert_int_equal(v.len, want < LIMIT_VIEW_BYTES ? want : LIMIT_VIEW_BYTES);
    size_t step = v.len > 3000 ? v.len / 1000 : 1;
    for (size_t i = 0; i < v.len; i += step)
        assert_int_equal(v.at[i], byte_at(at + i));
    if (v.len)
        assert_int_equal(v.at[v.len - 1], byte_at(at + v.len - 1));
}

TEST(any_order_any_length)
{
    struct source s = open_file();
    for (int i = 0; i < 600; i++) {
        uint64_t len = test_random() % (i % 7 == 0 ? 9 << 20 : i % 3 ? 64 : 300000) + 1;
        uint64_t at = test_random() % (i % 2 ? FILE_BYTES : 600000);
        look(&s, at, len);
    }
    look(&s, FILE_BYTES - 1, 1);
    look(&s, 0, LIMIT_VIEW_BYTES);
    assert_false(s.failed);
    close_file();
}

/* As an archive's directory, its entries' headers and their contents. */
TEST(headers_tables_and_contents_in_turn)
{
    struct source s = open_file();
    for (uint64_t i = 0; i < 4000; i++) {
        look(&s, FILE_BYTES - 300000 + i * 46, 46);
        look(&s, i * 2500, 30);
        look(&s, i * 2500 + 30, 1 << 20); /* unpackers ask for more than they need */
    }
    /* 11 MB were passed over */
    assert_true(asked < 80);
    close_file();
}
