/* Accepting, handing events to clients, looking at jails while any work, reloading. */
#include "edge/loop.h"

#include "edge/client.h"
#include "edge/filesystems.h"
#include "edge/keeper.h"
#include "edge/socket.h"
#include "open/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, ACCEPTS = 64, TICK_MS = 1000 };
/* While jails work there is no descriptor to wait for (their bells are futexes): look again after
 * an eighth of the time since something happened, between these. */
enum { LOOK_MIN_US = 100, LOOK_MAX_US = 2000 };
/* A storm: one peer makes more connections a second than can be answered, and the kernel's queue is
 * never empty. It is over when a second had fewer; until then it gets only so many. */
enum { STORM_QUEUE = 32, STORM_MIN = 5000, STORM_GETS = 100 };

struct loop {
    struct hall hall;
    const struct loop_have *have;
    bool ends, is_reloading, is_full;
    uint64_t ticked_ms, moved_us;
};

static uint64_t now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

enum err loop_prepare(struct loop_have *have, struct why *why)
{
    sigset_t set;
    TRY(filesystems_open(&have->mounts_fd, why));
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR2); /* clamd's own signal for a reload */
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return fail_os(why, "signals");
    have->signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    have->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (have->signals_fd < 0 || have->epoll_fd < 0)
        return fail_os(why, "epoll");
    for (unsigned i = 0; i < have->listeners->count; i++)
        if (fcntl(have->listeners->fds[i], F_SETFL, O_RDWR | O_NONBLOCK) != 0)
            return fail_os(why, "a listening socket");
    return ERR_NONE;
}

/* --- peers --- */

static struct peer *find_peer(struct loop *l, uint32_t uid)
{
    for (struct peer *p = l->hall.peers; p; p = p->next)
        if (p->uid == uid)
            return p;
    struct peer *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->uid = uid;
    p->next = l->hall.peers;
    l->hall.peers = p;
    return p;
}

static void forget_peers(struct loop *l)
{
    for (struct peer **p = &l->hall.peers; *p;) {
        struct peer *old = *p;
        if (old->held > 0 || old->recent > 0 || old->storm_s > 0) {
            p = &old->next;
            continue;
        }
        *p = old->next;
        free(old);
    }
}

/* --- clients come and go --- */

static void sweep(struct loop *l)
{
    for (struct client **p = &l->hall.clients; *p;) {
        struct client *s = *p;
        if (!s->is_gone) {
            p = &s->next;
            continue;
        }
        *p = s->next;
        client_free(s);
    }
    forget_peers(l);
}

/* The peer with most clients gives the one that does least. False: all are at work. */
static bool make_place(struct loop *l)
{
    struct peer *most = NULL;
    for (struct peer *p = l->hall.peers; p; p = p->next)
        if (!most || p->clients > most->clients)
            most = p;
    struct client *best = NULL;
    for (struct client *s = l->hall.clients; s; s = s->next)
        if (s->peer == most && client_idleness(s) > (best ? client_idleness(best) : 0))
            best = s;
    if (!best)
        return false;
    best->is_gone = true;
    sweep(l);
    return true;
}

static void watch_listeners(struct loop *l, bool on)
{
    for (unsigned i = 0; i < l->have->listeners->count; i++) {
        struct epoll_event e = {.events = on ? (uint32_t)EPOLLIN : 0,
                                .data.ptr = &l->have->listeners->fds[i]};
        (void)epoll_ctl(l->hall.epoll, EPOLL_CTL_MOD, l->have->listeners->fds[i], &e);
    }
    l->is_full = !on;
}

static bool is_alone(const struct loop *l, const struct peer *peer)
{
    for (const struct peer *p = l->hall.peers; p; p = p->next)
        if (p != peer)
            return false;
    return true;
}

/* The kernel's queue before accept is one for all, so who fills it faster than it can be emptied
 * makes everybody wait. To turn such a peer away costs less than its next connection costs it.
 * Alone it harms only itself, and waits instead. `queue`: accepted in this round before it. */
static bool storms(const struct loop *l, struct peer *peer, unsigned queue)
{
    unsigned most = peer->storm_s > 0 ? STORM_GETS : STORM_MIN;
    peer->recent++;
    if (peer->recent <= most || (queue < STORM_QUEUE && peer->storm_s == 0) || is_alone(l, peer))
        return false;
    peer->turned_away++;
    return true;
}

static void admit(struct loop *l, int fd, uint32_t uid, unsigned queue)
{
    struct peer *peer = find_peer(l, uid);
    if (peer && storms(l, peer, queue)) {
        (void)close(fd);
        return;
    }
    /* Three quarters of the places are the most that one peer may have. */
    bool too_many =
        peer && peer->clients >= l->hall.options.connections / 4 * 3 + 1 && !make_place(l);
    if (!peer || too_many || !client_new(&l->hall, fd, peer))
        (void)close(fd);
}

static void accept_all(struct loop *l, int listener)
{
    for (unsigned i = 0; i < ACCEPTS; i++) {
        if (l->hall.client_count >= l->hall.options.connections && !make_place(l)) {
            watch_listeners(l, false); /* they wait in the kernel's queue */
            return;
        }
        uint32_t uid;
        int fd = socket_accept(listener, &uid);
        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0)
            return;
        admit(l, fd, uid, i);
    }
}

/* --- rules --- */

static enum err take_zygote(struct loop *l, struct why *why)
{
    struct spawn *zygote = NULL;
    struct keeper_note note = {0};
    l->is_reloading = false;
    TRY(keeper_take(l->have->keeper_fd, &zygote, &note, why));
    if (!zygote) {
        (void)fprintf(stderr, "candor-door: rules not loaded: %s\n", note.failure);
        if (!jobs_has_zygote(l->hall.jobs))
            return fail(why, ERR_RULES, "no rules, so nothing can be scanned");
        return ERR_NONE;
    }
    TRY(jobs_use(l->hall.jobs, zygote, &l->hall.options, why));
    l->hall.rules = note;
    (void)fprintf(stderr, "candor-door: rules %.16s in use (%llu)\n", note.head,
                  (unsigned long long)note.rules);
    listener_ready(l->have->listeners);
    return ERR_NONE;
}

static enum err reload(struct loop *l, struct why *why)
{
    bool wanted = l->hall.reload_wanted || !jobs_has_zygote(l->hall.jobs);
    if (l->is_reloading || !wanted || !jobs_may_use(l->hall.jobs))
        return ERR_NONE;
    l->hall.reload_wanted = false;
    l->is_reloading = true;
    return keeper_ask(l->have->keeper_fd, why);
}

static void read_signals(struct loop *l)
{
    struct signalfd_siginfo info;
    while (read(l->have->signals_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            l->ends = true;
        else
            l->hall.reload_wanted = true;
    }
}

/* --- the loop --- */

/* Findings and gaps, one line each; the ways in which names are made fit are the answer's. */
static void log_report(const struct loop *l, const struct job *j, const struct report *report)
{
    struct buf line;
    buf_init(&line, 4096);
    if (report->findings_len > 0)
        answers_report(&line, j->label, report, &l->hall.options);
    else if (report->gaps_len > 0)
        buf_print(&line, "%s: gap: %s", j->label, gap_name(report->gaps[0].kind));
    if (line.len > 0 && !line.bad)
        (void)fprintf(stderr, "candor-door: uid %d: %.*s\n", (int)j->peer->uid, (int)line.len,
                      (const char *)line.at);
    buf_done(&line);
}

static void on_answer(void *ctx, struct job *j, const struct report *report, const char *text)
{
    struct loop *l = ctx;
    l->hall.has_freed = true;
    if (report)
        log_report(l, j, report);
    if (j->client)
        client_answer(j->client, j, report, text);
}

static void resume_all(struct loop *l)
{
    l->hall.has_freed = false;
    for (struct client *s = l->hall.clients; s; s = s->next)
        client_resume(s);
}

static void tick_peers(struct loop *l)
{
    for (struct peer *p = l->hall.peers; p; p = p->next) {
        if (p->turned_away > 0)
            (void)fprintf(stderr, "candor-door: uid %d: %u connections turned away in a second\n",
                          (int)p->uid, p->turned_away);
        p->storm_s = p->turned_away > 0 && p->recent > STORM_MIN ? p->storm_s + 1 : 0;
        p->recent = p->turned_away = 0;
    }
}

static void tick(struct loop *l)
{
    if (l->hall.now_ms < l->ticked_ms + TICK_MS)
        return;
    l->ticked_ms = l->hall.now_ms;
    tick_peers(l);
    for (struct client *s = l->hall.clients; s; s = s->next)
        client_tick(s);
    l->hall.ledger.is_short = false;
}

static struct timespec pause_for(const struct loop *l)
{
    uint64_t us = TICK_MS * 1000;
    if (jobs_running(l->hall.jobs) > 0 || jobs_waiting(l->hall.jobs) > 0) {
        us = (now_us() - l->moved_us) / 8;
        us = us < LOOK_MIN_US ? LOOK_MIN_US : us > LOOK_MAX_US ? LOOK_MAX_US : us;
    }
    if (l->hall.has_freed)
        us = 0;
    return (struct timespec){.tv_sec = (time_t)(us / 1000000),
                             .tv_nsec = (long)(us % 1000000) * 1000};
}

static enum err dispatch(struct loop *l, const struct epoll_event *e, struct why *why)
{
    const struct loop_have *h = l->have;
    if (e->data.ptr == &h->signals_fd)
        read_signals(l);
    else if (e->data.ptr == &h->keeper_fd)
        return take_zygote(l, why);
    else
        client_event(e->data.ptr, e->events);
    return ERR_NONE;
}

static bool is_listener(const struct loop *l, const struct epoll_event *e)
{
    const int *at = e->data.ptr;
    return at >= l->have->listeners->fds &&
           at < l->have->listeners->fds + l->have->listeners->count;
}

static enum err turn(struct loop *l, struct why *why)
{
    struct epoll_event events[EVENTS];
    struct timespec wait = pause_for(l);
    bool quiet = !l->hall.clients && jobs_running(l->hall.jobs) == 0 && !l->hall.reload_wanted;
    int n = epoll_pwait2(l->hall.epoll, events, EVENTS, quiet ? NULL : &wait, NULL);
    if (n < 0 && errno != EINTR)
        return fail_os(why, "epoll");
    l->hall.now_ms = slot_now_ms();
    /* Clients first: those that end here are freed only after all have been looked at. */
    for (int i = 0; i < n; i++)
        if (!is_listener(l, &events[i]))
            TRY(dispatch(l, &events[i], why));
    sweep(l);
    for (int i = 0; i < n; i++)
        if (is_listener(l, &events[i]))
            accept_all(l, *(const int *)events[i].data.ptr);
    bool moved = n > 0;
    jobs_turn(l->hall.jobs, &moved);
    if (moved)
        l->moved_us = now_us();
    if (l->hall.has_freed)
        resume_all(l);
    tick(l);
    sweep(l);
    if (l->is_full && l->hall.client_count < l->hall.options.connections)
        watch_listeners(l, true);
    return reload(l, why);
}

static enum err add_fd(struct loop *l, const int *fd, struct why *why)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = (void *)(uintptr_t)fd};
    if (epoll_ctl(l->hall.epoll, EPOLL_CTL_ADD, *fd, &e) != 0)
        return fail_os(why, "epoll");
    return ERR_NONE;
}

static enum err open_loop(struct loop *l, struct why *why)
{
    struct jobs_sink sink = {.answer = on_answer, .ctx = l};
    l->hall.scratch = malloc(HALL_SCRATCH);
    if (!l->hall.scratch)
        return fail(why, ERR_NOMEM, "door");
    TRY(jobs_new(&l->hall.jobs, &sink, why));
    TRY(take_zygote(l, why)); /* clients wait in the kernel's queue until rules are there */
    TRY(add_fd(l, &l->have->signals_fd, why));
    TRY(add_fd(l, &l->have->keeper_fd, why));
    for (unsigned i = 0; i < l->have->listeners->count; i++)
        TRY(add_fd(l, &l->have->listeners->fds[i], why));
    return ERR_NONE;
}

enum err loop_run(const struct door_options *options, const struct loop_have *have, struct why *why)
{
    struct loop l = {.have = have};
    l.hall.options = *options;
    l.hall.epoll = have->epoll_fd;
    l.hall.mounts_fd = have->mounts_fd;
    l.hall.ledger = (struct ledger){.limit = options->held_bytes - options->stream_bytes,
                                    .reserve = options->stream_bytes};
    enum err err = open_loop(&l, why);
    while (err == ERR_NONE && !l.ends)
        err = turn(&l, why);
    for (struct client *s = l.hall.clients; s; s = s->next)
        s->is_gone = true;
    sweep(&l);
    jobs_free(l.hall.jobs);
    forget_peers(&l);
    free(l.hall.scratch);
    return err;
}
