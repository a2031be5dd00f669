/* The jail's end of the channel. The window is the opener's, so it is believed; nothing else is. */
#include "jail/session.h"

#include <string.h>

/* Asking for a few bytes brings this much, so that header reads do not cost a round trip each. */
enum { VIEW_LEAST = 256 * 1024 };

void session_init(struct session *s, void *window, void *ring, uint64_t window_bytes)
{
    *s = (struct session){.window = window, .ring = ring, .window_bytes = window_bytes};
}

static uint32_t load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void ring_bell(struct session *s)
{
    __atomic_add_fetch(&s->ring->bell, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&s->window->opener_sleeps, __ATOMIC_SEQ_CST))
        channel_wake(&s->ring->bell);
}

const struct order *session_wait(struct session *s, uint32_t *seen)
{
    for (;;) {
        uint32_t go = load(&s->window->go);
        if (go != *seen && load(&s->window->order.kind) != 0) {
            *seen = go;
            return &s->window->order;
        }
        channel_wait(&s->window->go, go);
    }
}

void session_send(struct session *s, const struct record *r)
{
    for (;;) {
        uint32_t go = load(&s->window->go);
        if (s->head - load(&s->window->tail) < RECORD_RING)
            break;
        ring_bell(s);
        channel_wait(&s->window->go, go);
    }
    memcpy(&s->ring->records[s->head % RECORD_RING], r, sizeof *r);
    s->head++;
    __atomic_store_n(&s->ring->head, s->head, __ATOMIC_RELEASE);
    ring_bell(s);
}

void session_send_text(struct session *s, struct record *r, struct span text)
{
    while (text.len > RECORD_TEXT) {
        struct record more = {.kind = MSG_TEXT, .file = r->file};
        size_t n = channel_put(&more, 0, span_cut(text, 0, RECORD_TEXT));
        session_send(s, &more);
        text = span_cut(text, n, SIZE_MAX);
    }
    (void)channel_put(r, 0, text);
    session_send(s, r);
}

struct span session_data(const struct session *s, uint64_t at, uint64_t len)
{
    struct span data = span_make((const uint8_t *)s->window + WINDOW_DATA, (size_t)s->window_bytes);
    if (at > data.len)
        return (struct span){NULL, 0};
    return span_cut(data, (size_t)at, (size_t)len);
}

struct span session_ask(struct session *s, struct record *r, bool *ok)
{
    s->asked++;
    r->parent = s->asked;
    session_send(s, r);
    for (;;) {
        uint32_t go = load(&s->window->go);
        if (load(&s->window->reply.seq) == s->asked)
            break;
        channel_wait(&s->window->go, go);
    }
    const struct reply *reply = &s->window->reply;
    *ok = reply->ok != 0;
    return *ok ? session_data(s, reply->at, reply->len) : (struct span){NULL, 0};
}

struct span session_fetch(struct session *s, const struct session_piece *piece)
{
    struct record r = {.kind = MSG_NEED,
                       .file = piece->file,
                       .at = piece->at,
                       .len = piece->len,
                       .code = piece->to};
    bool ok = false;
    struct span got = session_ask(s, &r, &ok);
    return ok ? got : (struct span){NULL, 0};
}

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct session *s = ctx;
    if (s->view_len == 0 || at < s->view_at || at + len > s->view_at + s->view_len) {
        struct session_piece piece = {
            .file = s->file, .at = at, .len = len < VIEW_LEAST ? VIEW_LEAST : len};
        struct span got = session_fetch(s, &piece);
        s->view_at = at;
        s->view_len = got.len;
    }
    return session_data(s, at - s->view_at,
                        len < s->view_len - (at - s->view_at) ? len
                                                              : s->view_len - (at - s->view_at));
}

struct source session_source(struct session *s, uint64_t size)
{
    s->view_len = 0;
    return (struct source){.size = size, .fetch = fetch, .ctx = s};
}
