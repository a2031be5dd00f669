/* The jail's end of the channel. The window is the opener's, so it is believed; nothing else is. */
#include "jail/session.h"

#include "common/err.h"

#include <string.h>

/* Asking for a few bytes brings this much, so that header reads do not cost a round trip each.
 * Short looks lie behind the longest that there can be. */
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

static bool holds(const struct session_view *v, uint64_t at, size_t len)
{
    return v->len > 0 && at >= v->at && at - v->at <= v->len && len <= v->len - (at - v->at);
}

/* The view that has these bytes, or the one to be overwritten. */
static struct session_view *choose(struct session *s, uint64_t at, size_t len, bool *hit)
{
    struct session_view *oldest = &s->views[0];
    *hit = true;
    for (uint32_t i = 0; i <= SESSION_LOOKS; i++)
        if (holds(&s->views[i], at, len))
            return &s->views[i];
    *hit = false;
    for (uint32_t i = 1; i < SESSION_LOOKS; i++)
        if (s->views[i].used < oldest->used)
            oldest = &s->views[i];
    return len > VIEW_LEAST ? &s->views[SESSION_LOOKS] : oldest;
}

static uint32_t place_of(const struct session *s, const struct session_view *v)
{
    uint32_t i = (uint32_t)(v - s->views);
    return i == SESSION_LOOKS ? 0 : (uint32_t)LIMIT_VIEW_BYTES + i * VIEW_LEAST;
}

/* How much to ask for. Who reads on where the last long look was reads on again: ever more. */
static uint64_t want(const struct session_view *v, bool is_long, uint64_t at, size_t len)
{
    if (!is_long)
        return VIEW_LEAST;
    bool reads_on = v->len > 0 && at >= v->at && at - v->at <= v->len;
    uint64_t more = 2 * (uint64_t)v->len;
    if (!reads_on || more <= len)
        return len;
    return more < LIMIT_VIEW_BYTES ? more : LIMIT_VIEW_BYTES;
}

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct session *s = ctx;
    bool hit;
    struct session_view *v = choose(s, at, len, &hit);
    v->used = ++s->uses;
    if (!hit) {
        struct session_piece piece = {.file = s->file, .to = place_of(s, v), .at = at};
        piece.len = want(v, v == &s->views[SESSION_LOOKS], at, len);
        v->at = at;
        v->len = session_fetch(s, &piece).len;
    }
    size_t from = (size_t)(at - v->at), left = v->len - from;
    return session_data(s, place_of(s, v) + from, len < left ? len : left);
}

struct source session_source(struct session *s, uint64_t size)
{
    must(LIMIT_VIEW_BYTES + SESSION_LOOKS * VIEW_LEAST <= s->window_bytes);
    memset(s->views, 0, sizeof s->views);
    return (struct source){.size = size, .fetch = fetch, .ctx = s};
}
