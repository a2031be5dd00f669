/* One client's state. Its bytes go to the machine and to the stream; nothing else looks at them. */
#include "edge/client.h"

#include "edge/filesystems.h"
#include "edge/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Answers not read yet stop the reading; memory short: a stream must move every EVICT_IDLE_MS and
 * the elder must end after EVICT_ELDER_MS; DRAIN_MS for a client that still sends. */
enum {
    OUT_MOST = 16 << 10,
    TURNS = 4,
    EVICT_IDLE_MS = 5000,
    EVICT_ELDER_MS = 30000,
    DRAIN_MS = 2000,
    SEND_MS = 10000
};

struct client *client_new(struct hall *hall, int fd, struct peer *peer)
{
    struct client *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->hall = hall;
    s->fd = fd;
    s->peer = peer;
    s->moved_ms = hall->now_ms;
    protocol_init(&s->protocol, hall->options.stream_bytes);
    buf_init(&s->out, 1 << 20);
    s->watched = EPOLLIN;
    struct epoll_event e = {.events = s->watched, .data.ptr = s};
    if (epoll_ctl(hall->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
        free(s);
        return NULL;
    }
    peer->clients++;
    peer->held++;
    s->next = hall->clients;
    hall->clients = s;
    hall->client_count++;
    return s;
}

static void drop_gathering(struct client *s)
{
    if (s->gathering)
        s->hall->has_freed = true;
    job_free(s->gathering);
    s->gathering = NULL;
    s->elder_ms = 0;
}

static void drop_fds(struct client *s)
{
    while (s->fd_count > 0)
        (void)close(s->fds[--s->fd_count]);
}

void client_free(struct client *s)
{
    drop_gathering(s);
    drop_fds(s);
    jobs_leave(s->hall->jobs, s);
    buf_done(&s->out);
    (void)close(s->fd);
    s->peer->clients--;
    s->peer->held--;
    s->hall->client_count--;
    free(s);
}

/* --- out --- */

static void say(struct client *s, uint32_t id, char end_mark, const char *text)
{
    if (id)
        buf_print(&s->out, "%u: ", id);
    buf_text(&s->out, text);
    buf_byte(&s->out, (uint8_t)end_mark);
}

static void reply(struct client *s, uint32_t id, const char *text)
{
    say(s, id, protocol_end_mark(&s->protocol), text);
}

static void flush(struct client *s)
{
    s->is_gone = s->is_gone || s->out.bad; /* an answer was lost: better none than a wrong one */
    while (s->out_at < s->out.len && !s->is_gone) {
        struct span left = span_cut(buf_get(&s->out), s->out_at, SIZE_MAX);
        ssize_t n = socket_write(s->fd, left);
        if (n == 0) {
            memmove(s->out.at, left.at, left.len);
            s->out.len = left.len;
            s->out_at = 0;
            return;
        }
        if (n < 0) {
            s->is_gone = true;
            return;
        }
        s->out_at += (size_t)n;
        s->moved_ms = s->hall->now_ms;
    }
    buf_clear(&s->out);
    s->out_at = 0;
}

/* Nothing more is taken from it. */
static void end_after(struct client *s, bool drains)
{
    drop_gathering(s);
    s->is_last = true;
    s->drains = drains;
    s->pending_len = 0;
    s->moved_ms = s->hall->now_ms;
}

/* --- what it said --- */

static void submit(struct client *s, struct job *j)
{
    s->jobs++;
    s->is_last = s->is_last || !s->protocol.in_session;
    jobs_add(s->hall->jobs, j);
}

static struct job *new_job(struct client *s, uint32_t id)
{
    struct job *j = job_new(s, s->peer, &s->hall->ledger);
    if (!j) {
        reply(s, id, "Out of memory. ERROR");
        end_after(s, true);
        return NULL;
    }
    j->id = id;
    j->end_mark = protocol_end_mark(&s->protocol);
    return j;
}

static void begin_stream(struct client *s, uint32_t id)
{
    drop_gathering(s);
    s->gathering = new_job(s, id);
    s->began_ms = s->hall->now_ms;
    if (s->gathering)
        memcpy(s->gathering->label, "stream", sizeof "stream");
}

static void end_stream(struct client *s)
{
    struct job *j = s->gathering;
    s->gathering = NULL;
    s->elder_ms = 0;
    j->size = j->stream.len;
    submit(s, j);
}

static void take_descriptor(struct client *s, uint32_t id)
{
    if (s->fd_count == 0) {
        reply(s, id, "No file descriptor received. ERROR");
        end_after(s, true);
        return;
    }
    int fd = s->fds[0];
    s->fd_count--;
    memmove(s->fds, s->fds + 1, s->fd_count * sizeof s->fds[0]);
    char text[120];
    uint64_t size = 0;
    const char *refusal = filesystems_refuse(s->hall->mounts_fd, fd, &size);
    if (refusal) {
        (void)snprintf(text, sizeof text, "fd[%d]: %s ERROR", fd, refusal);
        (void)close(fd);
        reply(s, id, text);
        s->is_last = s->is_last || !s->protocol.in_session;
        return;
    }
    struct job *j = new_job(s, id);
    if (!j) {
        (void)close(fd);
        return;
    }
    (void)snprintf(j->label, sizeof j->label, "fd[%d]", fd);
    j->fd = fd;
    j->size = size;
    submit(s, j);
}

static void answer_stats(struct client *s, uint32_t id)
{
    struct hall *h = s->hall;
    struct answers_counts c = {.clients = h->client_count,
                               .running = jobs_running(h->jobs),
                               .jobs = jobs_places(h->jobs),
                               .waiting = jobs_waiting(h->jobs),
                               .held_bytes = h->ledger.used,
                               .held_max = h->options.held_bytes};
    if (h->ledger.elder)
        c.held_bytes += h->ledger.elder->len;
    if (id)
        buf_print(&s->out, "%u: ", id);
    answers_stats(&s->out, &c);
    buf_byte(&s->out, (uint8_t)protocol_end_mark(&s->protocol));
}

static void answer_version(struct client *s, uint32_t id, bool with_commands)
{
    if (id)
        buf_print(&s->out, "%u: ", id);
    if (with_commands)
        answers_commands(&s->out, &s->hall->rules);
    else
        answers_version(&s->out, &s->hall->rules);
    buf_byte(&s->out, (uint8_t)protocol_end_mark(&s->protocol));
}

/* Only who owns the door, or root; by the kernel's word. */
static void ask_reload(struct client *s, uint32_t id)
{
    bool may = s->peer->uid == 0 || s->peer->uid == s->hall->options.owner;
    if (s->peer->uid == UINT32_MAX)
        may = false;
    s->hall->reload_wanted = s->hall->reload_wanted || may;
    reply(s, id, may ? "RELOADING" : "COMMAND UNAVAILABLE. ERROR");
}

static void on_command(struct client *s, const struct protocol_told *t)
{
    bool goes_on = false; /* outside a session the first answer is the last */
    switch (t->verb) {
    case VERB_PING:
        reply(s, t->id, "PONG");
        break;
    case VERB_VERSION:
        answer_version(s, t->id, false);
        break;
    case VERB_VERSIONCOMMANDS:
        answer_version(s, t->id, true);
        break;
    case VERB_STATS:
        answer_stats(s, t->id);
        break;
    case VERB_RELOAD:
        ask_reload(s, t->id);
        break;
    case VERB_INSTREAM:
        begin_stream(s, t->id);
        goes_on = true;
        break;
    case VERB_FILDES:
    case VERB_IDSESSION:
        goes_on = true;
        break;
    case VERB_END:
        end_after(s, false);
        break;
    case VERB_UNAVAILABLE:
        reply(s, t->id, "COMMAND UNAVAILABLE. ERROR");
        break;
    default:
        reply(s, t->id, "UNKNOWN COMMAND");
    }
    if (!goes_on && !s->protocol.in_session)
        end_after(s, true);
}

static void put_bytes(struct client *s, struct span bytes)
{
    if (stream_put(&s->gathering->stream, bytes))
        return;
    reply(s, s->gathering->id, "No memory for the stream. ERROR");
    end_after(s, true);
}

static void act(struct client *s, const struct protocol_told *t)
{
    switch (t->event) {
    case PROTOCOL_COMMAND:
        on_command(s, t);
        break;
    case PROTOCOL_BYTES:
        put_bytes(s, t->bytes);
        break;
    case PROTOCOL_STREAM_END:
        end_stream(s);
        break;
    case PROTOCOL_DESCRIPTOR:
        take_descriptor(s, t->id);
        break;
    case PROTOCOL_TOO_BIG:
        reply(s, s->gathering->id, "INSTREAM size limit exceeded. ERROR");
        end_after(s, true);
        break;
    case PROTOCOL_NOT_INSIDE:
        reply(s, t->id, "Command invalid inside IDSESSION. ERROR");
        end_after(s, true);
        break;
    case PROTOCOL_NOT_FRAMED:
        reply(s, t->id, "Only nCMDS\\n and zCMDS\\0 are accepted inside IDSESSION. ERROR");
        reply(s, t->id, "Error processing command. ERROR");
        end_after(s, true);
        break;
    default:
        break;
    }
}

/* --- in --- */

/* May the next byte be taken? If not, who is waited for is noted. */
static bool may_take(struct client *s)
{
    if (s->is_gone || s->is_last)
        return false;
    bool full = s->gathering ? stream_room(&s->gathering->stream) == 0
                             : s->jobs >= s->hall->options.in_flight;
    s->waits = full || s->out.len - s->out_at > OUT_MOST;
    if (full) /* the wait is ours: its clock stands still */
        s->moved_ms = s->hall->now_ms;
    return !s->waits;
}

static void feed(struct client *s, struct span in)
{
    while (in.len > 0 && may_take(s)) {
        struct span part = in;
        if (protocol_left(&s->protocol) > 0) {
            uint64_t room = stream_room(&s->gathering->stream);
            part = span_cut(in, 0, room < in.len ? (size_t)room : in.len);
        }
        struct protocol_told told;
        size_t n = protocol_take(&s->protocol, part, &told);
        in = span_cut(in, n, SIZE_MAX);
        act(s, &told);
    }
    if (s->is_last || s->is_gone)
        in.len = 0;
    must(in.len <= sizeof s->pending);
    if (in.len > 0)
        memmove(s->pending, in.at, in.len);
    s->pending_len = (uint16_t)in.len;
}

/* At most what can be taken whole: the chunk at hand, or so little that it can be kept. */
static size_t wanted(struct client *s)
{
    uint64_t left = protocol_left(&s->protocol);
    if (left == 0)
        return sizeof s->pending;
    uint64_t room = stream_room(&s->gathering->stream);
    left = left < room ? left : room;
    return left < HALL_SCRATCH ? (size_t)left : HALL_SCRATCH;
}

/* False: nothing more can be read now. */
static bool read_some(struct client *s)
{
    size_t want = wanted(s);
    struct socket_got got = {.fds = s->fds, .fd_count = s->fd_count, .fd_room = CLIENT_FDS};
    ssize_t n = socket_read(s->fd, s->hall->scratch, want, &got);
    s->fd_count = got.fd_count;
    if (n == SOCKET_LATER)
        return false;
    if (n <= 0) { /* half a stream, half a command: nobody is answered, as clamd */
        end_after(s, false);
        s->is_gone = n < 0;
        return false;
    }
    s->moved_ms = s->hall->now_ms;
    feed(s, span_make(s->hall->scratch, (size_t)n));
    struct protocol_told told;
    if (!s->is_last && (size_t)n < want && protocol_pause(&s->protocol, &told))
        act(s, &told);
    if (protocol_is_idle(&s->protocol) && s->pending_len == 0)
        drop_fds(s); /* no FILDES asked for them */
    return (size_t)n == want;
}

static void drain(struct client *s)
{
    struct socket_got none = {0};
    for (unsigned i = 0; i < TURNS; i++) {
        ssize_t n = socket_read(s->fd, s->hall->scratch, HALL_SCRATCH, &none);
        if (n == SOCKET_LATER)
            return;
        if (n <= 0) {
            s->drains = false;
            return;
        }
    }
}

/* Flushes, closes when all is done, tells epoll what is wanted next. */
static void settle(struct client *s)
{
    flush(s);
    bool out = s->out_at < s->out.len;
    if (s->is_last && !out && s->jobs == 0) {
        socket_end(s->fd);
        s->is_gone = s->is_gone || !s->drains;
    }
    if (s->is_gone)
        return;
    bool in = s->is_last ? s->drains && s->jobs == 0 : may_take(s);
    if (in && !s->is_last &&
        s->pending_len > 0) { /* no event will come for what was read already */
        s->waits = true;
        s->hall->has_freed = true;
    }
    uint32_t mask = (in ? (uint32_t)EPOLLIN : 0) | (out ? (uint32_t)EPOLLOUT : 0);
    if (mask == s->watched)
        return;
    struct epoll_event e = {.events = mask, .data.ptr = s};
    s->watched = mask;
    if (epoll_ctl(s->hall->epoll, EPOLL_CTL_MOD, s->fd, &e) != 0)
        s->is_gone = true;
}

static void pump(struct client *s)
{
    for (unsigned i = 0; i < TURNS; i++) {
        if (s->pending_len > 0) {
            feed(s, span_make(s->pending, s->pending_len));
            if (s->pending_len > 0)
                break;
        }
        if (!may_take(s) || !read_some(s))
            break;
    }
    settle(s);
}

void client_event(struct client *s, uint32_t events)
{
    if (s->is_gone)
        return;
    if (events & (EPOLLHUP | EPOLLERR)) { /* nobody is there to be answered */
        s->is_gone = true;
        return;
    }
    if (s->is_last && s->drains && events & EPOLLIN)
        drain(s);
    if (s->is_last)
        settle(s);
    else
        pump(s);
}

void client_resume(struct client *s)
{
    if (!s->is_gone && s->waits)
        pump(s);
}

void client_answer(struct client *s, const struct job *j, const struct report *report,
                   const char *text)
{
    must(s->jobs > 0);
    s->jobs--;
    s->moved_ms = s->hall->now_ms;
    struct buf line;
    buf_init(&line, 4096);
    if (report)
        answers_report(&line, j->label, report, &s->hall->options);
    else
        buf_print(&line, "%s: %s", j->label, text);
    buf_byte(&line, 0);
    say(s, j->id, j->end_mark, line.bad ? "Out of memory. ERROR" : (const char *)line.at);
    buf_done(&line);
    s->hall->has_freed = true;
    settle(s);
}

/* --- time --- */

static void evict(struct client *s, const char *text)
{
    reply(s, s->gathering ? s->gathering->id : 0, text);
    end_after(s, true);
    settle(s);
}

static void tick_stream(struct client *s, uint64_t still_ms)
{
    const struct hall *h = s->hall;
    bool is_elder = h->ledger.elder == &s->gathering->stream;
    if (!is_elder)
        s->elder_ms = 0;
    else if (s->elder_ms == 0)
        s->elder_ms = h->now_ms;
    if (h->ledger.is_short && still_ms > EVICT_IDLE_MS && s->gathering->stream.len > 0)
        evict(s, "Too slow while memory is short. ERROR");
    else if (h->ledger.is_short && is_elder && h->now_ms - s->elder_ms > EVICT_ELDER_MS)
        evict(s, "Too slow while memory is short. ERROR");
    else if (still_ms > h->options.read_s * 1000ull ||
             h->now_ms - s->began_ms > h->options.stream_s * 1000ull)
        evict(s, "Reading the stream timed out. ERROR");
}

void client_tick(struct client *s)
{
    const struct hall *h = s->hall;
    if (s->is_gone)
        return;
    if (s->waits) { /* for memory or a place: it is our turn, not the client's */
        client_resume(s);
        if (s->waits && s->out_at == s->out.len)
            return;
    }
    uint64_t still_ms = h->now_ms > s->moved_ms ? h->now_ms - s->moved_ms : 0;
    if (s->out_at < s->out.len)
        s->is_gone = still_ms > SEND_MS;
    else if (s->is_last)
        s->is_gone = s->jobs == 0 && still_ms > DRAIN_MS;
    else if (s->gathering)
        tick_stream(s, still_ms);
    else if (s->jobs == 0 && still_ms > h->options.command_s * 1000ull)
        evict(s, "COMMAND READ TIMED OUT");
}

uint64_t client_idleness(const struct client *s)
{
    uint64_t still_ms = s->hall->now_ms - s->moved_ms, age = s->hall->now_ms - s->began_ms;
    if (s->is_gone || s->jobs > 0 || s->waits)
        return 0;
    if (!s->gathering)
        return still_ms;
    /* A trickle: ten seconds and less than a KiB for each. */
    return age > 10000 && s->gathering->stream.len < age ? age : 0;
}
