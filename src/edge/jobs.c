/* Queue, turns and shifts. Sees sizes and ids, never bytes. */
#include "edge/jobs.h"

#include "open/pool.h"
#include "open/slot.h"
#include "sandbox/spawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SHIFTS_MAX = 4, WAIT_MOST_MS = 300000 };

/* One zygote's time of service. */
struct shift {
    struct pool *pool; /* NULL: the place is free */
    struct jobs *jobs;
    unsigned places;
};

struct jobs {
    struct jobs_sink sink;
    struct shift shifts[SHIFTS_MAX];
    struct shift *now;
    struct job *waiting, **waiting_end;
    struct job *active;
    unsigned waiting_count, active_count;
};

struct job *job_new(struct client *client, struct peer *peer, struct ledger *ledger)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->client = client;
    j->peer = peer;
    j->peer->held++;
    j->fd = -1;
    stream_init(&j->stream, ledger);
    return j;
}

void job_free(struct job *j)
{
    if (!j)
        return;
    if (j->fd >= 0)
        (void)close(j->fd);
    stream_done(&j->stream);
    j->peer->held--;
    free(j);
}

enum err jobs_new(struct jobs **out, const struct jobs_sink *sink, struct why *why)
{
    struct jobs *q = calloc(1, sizeof *q);
    if (!q)
        return fail(why, ERR_NOMEM, "jobs");
    q->sink = *sink;
    q->waiting_end = &q->waiting;
    *out = q;
    return ERR_NONE;
}

static void finish(struct jobs *q, struct job *j, const struct report *report, const char *text)
{
    q->sink.answer(q->sink.ctx, j, report, text);
    job_free(j);
}

/* Takes a running job off the list by the report it was handed over with. */
static struct job *take_active(struct jobs *q, const struct report *report,
                               const struct shift *shift)
{
    for (struct job **p = &q->active; *p; p = &(*p)->next)
        if (report ? (*p)->report == report : (*p)->shift == shift) {
            struct job *j = *p;
            *p = j->next;
            q->active_count--;
            j->peer->running--;
            return j;
        }
    return NULL;
}

static void on_done(void *ctx, struct report *report)
{
    struct shift *shift = ctx;
    struct job *j = take_active(shift->jobs, report, NULL);
    must(j != NULL);
    finish(shift->jobs, j, report, NULL);
    report_free(report);
}

static void close_shift(struct shift *shift)
{
    pool_close(shift->pool);
    shift->pool = NULL;
    if (shift->jobs->now == shift)
        shift->jobs->now = NULL;
}

/* Its zygote is dead or silent. */
static void lose_shift(struct shift *shift, const struct why *why)
{
    struct jobs *q = shift->jobs;
    (void)fprintf(stderr, "candor-door: a zygote is lost: %s\n", why->text);
    struct job *j;
    while ((j = take_active(q, NULL, shift)))
        finish(q, j, NULL, "The scan failed. ERROR");
    close_shift(shift);
}

void jobs_free(struct jobs *q)
{
    if (!q)
        return;
    for (unsigned i = 0; i < SHIFTS_MAX; i++)
        if (q->shifts[i].pool)
            close_shift(&q->shifts[i]);
    for (struct job *j = q->waiting, *next; j; j = next) {
        next = j->next;
        job_free(j);
    }
    for (struct job *j = q->active, *next; j; j = next) {
        next = j->next;
        job_free(j);
    }
    free(q);
}

enum err jobs_use(struct jobs *q, struct spawn *zygote, const struct door_options *options,
                  struct why *why)
{
    struct shift *shift = NULL;
    for (unsigned i = 0; i < SHIFTS_MAX && !shift; i++)
        if (!q->shifts[i].pool)
            shift = &q->shifts[i];
    must(shift != NULL); /* jobs_may_use was asked */
    *shift = (struct shift){.jobs = q};
    struct pool_options o = {.image_fd = -1,
                             .isolate = true,
                             .timeout_s = options->scan_s,
                             .total_bytes = options->total_bytes,
                             .object_bytes = options->object_bytes,
                             .depth = options->depth,
                             .done = on_done,
                             .ctx = shift,
                             .spawn = zygote};
    TRY(pool_open(&shift->pool, &o, why));
    shift->places = pool_places(shift->pool);
    q->now = shift;
    return ERR_NONE;
}

bool jobs_may_use(const struct jobs *q)
{
    unsigned used = 0;
    for (unsigned i = 0; i < SHIFTS_MAX; i++)
        used += q->shifts[i].pool != NULL;
    return used < SHIFTS_MAX;
}

bool jobs_has_zygote(const struct jobs *q)
{
    return q->now != NULL;
}

void jobs_add(struct jobs *q, struct job *j)
{
    j->next = NULL;
    j->ready_ms = slot_now_ms();
    *q->waiting_end = j;
    q->waiting_end = &j->next;
    q->waiting_count++;
}

static struct job *take_waiting(struct jobs *q, struct job **place)
{
    struct job *j = *place;
    *place = j->next;
    if (!j->next)
        q->waiting_end = place;
    q->waiting_count--;
    j->next = NULL;
    return j;
}

/* The job of the peer that has least running; of several the oldest. One place is always left for
 * other peers. */
static struct job **choose(struct jobs *q)
{
    unsigned most = q->now->places > 1 ? q->now->places - 1 : 1;
    struct job **best = NULL;
    for (struct job **p = &q->waiting; *p; p = &(*p)->next)
        if ((*p)->peer->running < most && (!best || (*p)->peer->running < (*best)->peer->running))
            best = p;
    return best;
}

static enum err hand_out(struct jobs *q, struct job *j, struct why *why)
{
    struct report *r = report_new(span_text(j->label));
    if (!r) {
        finish(q, j, NULL, "Out of memory. ERROR");
        return ERR_NONE;
    }
    j->report = r;
    j->shift = q->now;
    j->next = q->active;
    q->active = j;
    q->active_count++;
    j->peer->running++;
    r->size = j->size;
    int fd = j->fd >= 0 ? j->fd : stream_take_fd(&j->stream);
    j->fd = -1;
    if (fd < 0)
        return pool_add_bytes(q->now->pool, buf_get(&j->stream.small), r, why);
    return pool_add(q->now->pool, fd, r, why);
}

static void hand_out_all(struct jobs *q, bool *moved)
{
    while (q->now && q->waiting && pool_has_room(q->now->pool)) {
        struct job **place = choose(q);
        if (!place)
            return;
        struct why why = {0};
        struct shift *shift = q->now;
        *moved = true;
        if (hand_out(q, take_waiting(q, place), &why) != ERR_NONE)
            lose_shift(shift, &why);
    }
}

static void drop_late(struct jobs *q)
{
    uint64_t now = slot_now_ms();
    while (q->waiting && now > q->waiting->ready_ms + WAIT_MOST_MS)
        finish(q, take_waiting(q, &q->waiting), NULL, "No jail was free in time. ERROR");
}

void jobs_turn(struct jobs *q, bool *moved)
{
    for (unsigned i = 0; i < SHIFTS_MAX; i++) {
        struct shift *shift = &q->shifts[i];
        struct why why = {0};
        if (!shift->pool)
            continue;
        if (pool_poll(shift->pool, moved, &why) != ERR_NONE)
            lose_shift(shift, &why);
        else if (shift != q->now && pool_running(shift->pool) == 0)
            close_shift(shift);
    }
    hand_out_all(q, moved);
    drop_late(q);
}

void jobs_leave(struct jobs *q, struct client *client)
{
    for (struct job *j = q->active; j; j = j->next)
        if (j->client == client)
            j->client = NULL;
    for (struct job **p = &q->waiting; *p;) {
        if ((*p)->client == client)
            job_free(take_waiting(q, p));
        else
            p = &(*p)->next;
    }
}

unsigned jobs_running(const struct jobs *q)
{
    return q->active_count;
}

unsigned jobs_waiting(const struct jobs *q)
{
    return q->waiting_count;
}

unsigned jobs_places(const struct jobs *q)
{
    return q->now ? q->now->places : 0;
}
