/* The pool: which file goes where, and what happens when a jail ends. */
#include "open/pool.h"

#include "common/text.h"
#include "open/bells.h"
#include "open/intake.h"
#include "open/places.h"
#include "open/process.h"
#include "open/waiting.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A new jail is up within a millisecond; BORN_MS after its first order it must have said so. Each
 * of DEATHS_MAX jails died before it began with any file of a batch: then it is given up. */
enum { DEATHS_MAX = 5, BORN_MS = 5000 };

struct pool {
    struct pool_options options;
    struct spawn *spawn;
    struct slot slots[ZYGOTE_SLOTS_MAX];
    uint32_t slot_count;
    uint32_t filling; /* slot that takes small files, or SLOT_NONE */
    unsigned layers;
    uint64_t crashes;
    char failure[400]; /* what a jail without files said of the image */
    char death[96];    /* how it ended, when it did not say END */
    bool was_late;     /* it ended by its deadline */
    struct intake intake;
    struct waiting waiting; /* large files, with `regroups` */
};

static const struct confine_limits jail_limits = {
    .data_bytes = UINT64_C(1536) << 20,
    .address_bytes = UINT64_C(6) << 30, /* image, window and stacks count here */
};

static void give(void *ctx, struct slot_file *f);
static enum err see_one_live(struct pool *p, struct why *why);

static enum err start_zygote(struct pool *p, struct why *why)
{
    const struct pool_options *o = &p->options;
    struct zygote_setup setup = {.slots = p->slot_count,
                                 .window_bytes = slot_window_bytes(o),
                                 .ring_bytes = sizeof(struct ring),
                                 .keeps_memory = o->hands_over,
                                 .limits = jail_limits};
    return spawn_open(&p->spawn, o->jail_path, &setup, o->image_fd, why);
}

/* A zygote that another process started and tried. Asks the system for nothing. */
static void adopt(struct pool *p)
{
    p->spawn = p->options.spawn;
    p->slot_count = p->spawn->setup.slots;
    must(p->slot_count > PLACES_SPARE);
    p->options.jobs = p->slot_count - PLACES_SPARE;
}

enum err pool_open(struct pool **out, const struct pool_options *options, struct why *why)
{
    struct pool *p = calloc(1, sizeof *p);
    if (!p) {
        spawn_close(options->spawn);
        return fail(why, ERR_NOMEM, "pool");
    }
    p->options = *options;
    if (p->options.timeout_s == 0)
        p->options.timeout_s = LIMIT_TIMEOUT_S;
    p->intake = (struct intake){.give = give, .ctx = p, .timeout_s = p->options.timeout_s};
    p->intake.rule = p->options.rule;
    p->intake.rule_ctx = p->options.ctx;
    p->intake.about = p->options.about;
    p->filling = SLOT_NONE;
    enum err err = ERR_NONE;
    if (options->spawn) {
        adopt(p);
    } else {
        p->options.jobs = places_settle(p->options.jobs);
        p->slot_count = p->options.jobs + PLACES_SPARE;
        err = start_zygote(p, why);
    }
    for (uint32_t i = 0; err == ERR_NONE && i < p->slot_count; i++) {
        p->slots[i].memory = &p->spawn->slots[i];
        slot_place_modules(&p->slots[i], options);
        collect_init(&p->slots[i].collect);
    }
    if (err == ERR_NONE) {
        p->layers = p->spawn->layers;
        err = options->spawn ? ERR_NONE : see_one_live(p, why);
    }
    if (err != ERR_NONE) {
        pool_close(p);
        return err;
    }
    *out = p;
    return ERR_NONE;
}

void pool_close(struct pool *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->slot_count; i++) {
        slot_clear(&p->slots[i]);
        collect_done(&p->slots[i].collect);
    }
    waiting_clear(&p->waiting);
    spawn_close(p->spawn);
    free(p);
}

struct pool_cage pool_get_cage(const struct pool *p)
{
    return (struct pool_cage){p->layers, p->spawn->landlock_abi};
}

int pool_zygote(const struct pool *p)
{
    return p->spawn->pid;
}

uint64_t pool_crashes(const struct pool *p)
{
    return p->crashes;
}

/* --- jails come and go --- */

static enum err renew(struct pool *p, struct slot *s, struct why *why)
{
    struct window *w = s->memory->window;
    w->order.kind = 0;
    w->tail = 0;
    w->reply.seq = 0;
    __atomic_store_n(&w->go, 0, __ATOMIC_RELEASE);
    s->taken = 0;
    s->bell_seen = 0;
    s->started = SLOT_NONE;
    s->ended = false;
    s->failure[0] = 0;
    collect_clear(&s->collect);
    s->state = SLOT_RENEWING;
    return spawn_order(p->spawn, (uint32_t)(s - p->slots), false, why);
}

/* Takes the zygote's next answer, whichever slot it is for. */
static enum err take_answer(struct pool *p, struct why *why)
{
    struct zygote_answer a;
    TRY(spawn_answer(p->spawn, &a, why));
    if (a.pid <= 0)
        return fail(why, ERR_CAGE, "the zygote cannot fork another jail");
    struct slot *s = &p->slots[a.slot];
    s->status = a.status;
    if (s->state == SLOT_RENEWING)
        s->state = SLOT_READY;
    return ERR_NONE;
}

static enum err await_ready(struct pool *p, struct slot *s, struct why *why)
{
    while (s->state == SLOT_RENEWING)
        TRY(take_answer(p, why));
    return ERR_NONE;
}

static void give(void *ctx, struct slot_file *f)
{
    struct pool *p = ctx;
    if (f->is_done)
        return;
    f->is_done = true;
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
    struct report *r = f->report;
    f->report = NULL;
    p->options.done(p->options.ctx, r);
}

/* Until the first START: files that are read before it have the time of all of them. */
static void arm(struct pool *p, struct slot *s)
{
    uint64_t files = 1;
    for (uint32_t i = 1; i < s->count; i++)
        files += s->files[i].fd >= 0;
    s->deadline_ms = slot_now_ms() + files * p->options.timeout_s * 1000;
    s->born_ms = slot_now_ms() + BORN_MS;
}

static void run_from(struct pool *p, struct slot *s, uint32_t first)
{
    s->state = SLOT_RUNNING;
    arm(p, s);
    slot_order(s, MSG_BATCH, first, &p->options);
}

/* The jail in `s` is dead, late or lying. The file at hand becomes a gap; the rest of its batch,
 * still in the window, goes to a new jail. */
static enum err replace(struct pool *p, struct slot *s, enum gap_kind kind, struct why *why)
{
    uint32_t at = s->started;
    p->crashes += kind == GAP_CRASHED;
    TRY(renew(p, s, why));
    TRY(await_ready(p, s, why));
    char detail[96];
    slot_describe_end(s, detail, sizeof detail);
    if (kind == GAP_TIMED_OUT)
        (void)snprintf(detail, sizeof detail, "after %llu s",
                       (unsigned long long)p->options.timeout_s);
    if (s->count == 0) {
        memcpy(p->death, detail, sizeof p->death);
        p->was_late = kind == GAP_TIMED_OUT;
    }
    /* Nothing was begun, or the jail hid what was. Jails do come up: pool_open saw it. */
    if (at == SLOT_NONE && ++s->attempts >= DEATHS_MAX) {
        s->attempts = 0;
        at = slot_first_left(s);
    }
    if (at < s->count && !s->files[at].is_done) {
        (void)report_add_gap(s->files[at].report, 0, kind, 0, span_text(detail));
        give(p, &s->files[at]);
    }
    uint32_t next = slot_first_left(s);
    if (next < s->count)
        run_from(p, s, next);
    else
        slot_clear(s);
    return ERR_NONE;
}

/* END came: whatever was not finished by then was not looked at. */
static enum err finish(struct pool *p, struct slot *s, struct why *why)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->files[i].is_done)
            continue;
        if (s->failure[0])
            report_fail(s->files[i].report, span_text(s->failure));
        else
            (void)report_add_gap(s->files[i].report, 0, GAP_CRASHED, 0,
                                 SPAN_OF("the jail left it out"));
        give(p, &s->files[i]);
    }
    p->layers |= LAYER_WALL; /* a jail that could not raise it exits before it looks at anything */
    if (s->count == 0)
        memcpy(p->failure, s->failure, sizeof p->failure);
    slot_clear(s);
    return renew(p, s, why);
}

static bool is_dead(const struct slot *s)
{
    uint32_t life = __atomic_load_n(&s->memory->ring->life, __ATOMIC_ACQUIRE);
    return (life & FUTEX_OWNER_DIED) != 0;
}

/* Ended between its fork and its announcement: nobody was told. */
static bool is_unborn(const struct slot *s)
{
    return __atomic_load_n(&s->memory->ring->life, __ATOMIC_ACQUIRE) == 0 &&
           slot_now_ms() > s->born_ms;
}

/* One look at one running slot. *moved when something happened. */
static enum err attend(struct pool *p, struct slot *s, bool *moved, struct why *why)
{
    bool bad = false;
    bool dead = is_dead(s); /* before draining: what it wrote before dying counts */
    if (intake_drain(&p->intake, s, &bad))
        *moved = true;
    if (s->ended || bad || dead || slot_now_ms() > s->deadline_ms)
        *moved = true;
    if (s->ended && !bad)
        return finish(p, s, why);
    if (bad || dead)
        return replace(p, s, GAP_CRASHED, why);
    if (slot_now_ms() > s->deadline_ms)
        return replace(p, s, GAP_TIMED_OUT, why);
    if (is_unborn(s))
        return replace(p, s, GAP_CRASHED, why);
    return ERR_NONE;
}

/* --- waiting --- */

static unsigned running(const struct pool *p)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < p->slot_count; i++)
        n += p->slots[i].state == SLOT_RUNNING;
    return n;
}

/* Returns when something has moved. */
static enum err wait_for_news(struct pool *p, struct why *why)
{
    for (;;) {
        bool moved = false;
        for (uint32_t i = 0; i < p->slot_count; i++)
            if (p->slots[i].state == SLOT_RUNNING)
                TRY(attend(p, &p->slots[i], &moved, why));
        if (moved || running(p) == 0)
            return ERR_NONE;
        bells_sleep(p->slots, p->slot_count);
    }
}

/* --- files in --- */

static enum err acquire(struct pool *p, uint32_t *out, struct why *why)
{
    for (;;) {
        struct slot *best = NULL;
        for (uint32_t i = 0; i < p->slot_count; i++) {
            struct slot *s = &p->slots[i];
            if (i != p->filling && s->state != SLOT_RUNNING && (!best || s->state > best->state))
                best = s;
        }
        if (!best) {
            TRY(wait_for_news(p, why));
            continue;
        }
        if (best->state == SLOT_EMPTY)
            TRY(renew(p, best, why));
        TRY(await_ready(p, best, why));
        *out = (uint32_t)(best - p->slots);
        return ERR_NONE;
    }
}

static enum err dispatch(struct pool *p, uint32_t index, struct why *why)
{
    while (running(p) >= p->options.jobs)
        TRY(wait_for_news(p, why));
    if (p->filling == index)
        p->filling = SLOT_NONE;
    run_from(p, &p->slots[index], 0);
    return ERR_NONE;
}

static bool has_room(const struct pool *p, const struct slot *s, uint64_t size)
{
    return s->count < BATCH_MAX && !(p->options.isolate && s->count > 0) &&
           (s->count == 0 || s->filled + size + 1 <= LIMIT_BATCH_BYTES);
}

/* A slot into which a file of this size goes. */
static enum err slot_for(struct pool *p, uint64_t size, struct slot **out, struct why *why)
{
    if (p->filling != SLOT_NONE && !has_room(p, &p->slots[p->filling], size))
        TRY(dispatch(p, p->filling, why));
    if (p->filling == SLOT_NONE)
        TRY(acquire(p, &p->filling, why));
    *out = &p->slots[p->filling];
    return ERR_NONE;
}

static enum err placed(struct pool *p, struct slot *s, uint64_t size, struct why *why)
{
    bool full = s->count == BATCH_MAX || size > LIMIT_BATCH_BYTES || p->options.isolate;
    return full ? dispatch(p, (uint32_t)(s - p->slots), why) : ERR_NONE;
}

static struct batch_file *add_entry(struct slot *s, int fd, struct report *report)
{
    struct batch_file *entry = &s->memory->window->order.files[s->count];
    s->files[s->count++] = (struct slot_file){.fd = fd, .report = report};
    *entry = (struct batch_file){.size = report->size, .at = s->filled, .is_whole = fd < 0};
    return entry;
}

static void advance(struct slot *s, uint64_t size)
{
    s->filled = (s->filled + size + 63) & ~UINT64_C(63);
}

static enum err add_whole(struct pool *p, struct slot *s, int fd, struct report *report,
                          struct why *why)
{
    bool changed = false;
    size_t got = slot_read(s, fd, report->size, &changed);
    int os = errno;
    (void)close(fd);
    if (got == SIZE_MAX) {
        (void)report_add_gap(report, 0, GAP_UNREADABLE, 0, span_text(strerror(os)));
        p->options.done(p->options.ctx, report);
        return ERR_NONE;
    }
    if (changed)
        (void)report_add_gap(report, 0, GAP_CHANGED, got, SPAN_OF("its size changed"));
    uint64_t size = report->size;
    report->size = got;
    (void)add_entry(s, -1, report);
    advance(s, got);
    return placed(p, s, size, why);
}

static enum err drop(int fd, struct report *report, enum err err)
{
    (void)close(fd);
    report_free(report);
    return err;
}

/* Every `parts`-th of the files that wait, to a jail. */
static enum err hand_out(struct pool *p, uint32_t parts, struct why *why)
{
    uint32_t index;
    TRY(acquire(p, &index, why));
    waiting_give(&p->waiting, parts, &p->slots[index]);
    return dispatch(p, index, why);
}

/* At the end, so that no jail is idle. */
static enum err hand_out_all(struct pool *p, struct why *why)
{
    uint32_t parts = p->options.jobs;
    for (; p->waiting.count > 0; parts -= parts > 1)
        TRY(hand_out(p, parts, why));
    return ERR_NONE;
}

enum err pool_add(struct pool *p, int fd, struct report *report, struct why *why)
{
    struct slot *s;
    if (p->options.regroups && waiting_takes(&p->waiting, report->size))
        return waiting_add(&p->waiting, fd, report) ? hand_out(p, 1, why) : ERR_NONE;
    enum err err = slot_for(p, report->size, &s, why);
    if (err != ERR_NONE)
        return drop(fd, report, err);
    if (report->size < LIMIT_WINDOW_BYTES)
        return add_whole(p, s, fd, report, why);
    struct stat st = {0};
    (void)fstat(fd, &st);
    (void)add_entry(s, fd, report);
    s->files[s->count - 1].mtime = st.st_mtim;
    s->files[s->count - 1].ctime = st.st_ctim;
    return placed(p, s, report->size, why);
}

enum err pool_add_bytes(struct pool *p, struct span bytes, struct report *report, struct why *why)
{
    struct slot *s;
    must(bytes.len < LIMIT_WINDOW_BYTES);
    report->size = bytes.len;
    enum err err = slot_for(p, bytes.len, &s, why);
    if (err != ERR_NONE) {
        report_free(report);
        return err;
    }
    if (bytes.len)
        memcpy((uint8_t *)s->memory->window + WINDOW_DATA + s->filled, bytes.at, bytes.len);
    (void)add_entry(s, -1, report);
    advance(s, bytes.len);
    return placed(p, s, bytes.len, why);
}

enum err pool_add_memory(struct pool *p, const struct process *process, struct report *report,
                         struct why *why)
{
    struct slot *s;
    report->size = process->bytes;
    enum err err = slot_for(p, LIMIT_WINDOW_BYTES, &s, why);
    if (err != ERR_NONE)
        return drop(process->fd, report, err);
    slot_add_process(s, process, report);
    return dispatch(p, (uint32_t)(s - p->slots), why);
}

enum err pool_flush(struct pool *p, struct why *why)
{
    TRY(hand_out_all(p, why));
    if (p->filling != SLOT_NONE && p->slots[p->filling].count > 0)
        TRY(dispatch(p, p->filling, why));
    while (running(p) > 0)
        TRY(wait_for_news(p, why));
    return ERR_NONE;
}

static enum err run_once(struct pool *p, uint32_t kind, struct why *why)
{
    uint32_t index;
    TRY(acquire(p, &index, why));
    struct slot *s = &p->slots[index];
    p->failure[0] = p->death[0] = 0;
    s->state = SLOT_RUNNING;
    arm(p, s);
    slot_order(s, kind, 0, &p->options);
    while (s->state == SLOT_RUNNING)
        TRY(wait_for_news(p, why));
    return ERR_NONE;
}

/* An order without files: to check the image, or to see that jails come up. One that is killed from
 * outside is no answer, so it is asked again; one that is late would be late again. */
static enum err run_alone(struct pool *p, uint32_t kind, struct why *why)
{
    TRY(pool_flush(p, why));
    unsigned tries = 0;
    do
        TRY(run_once(p, kind, why));
    while (p->death[0] && !p->was_late && ++tries < DEATHS_MAX);
    if (p->failure[0])
        return fail(why, ERR_IMAGE, "the rule image is refused: %s", p->failure);
    return ERR_NONE;
}

static enum err ask(struct pool *p, uint32_t kind, const char *failure, struct why *why)
{
    TRY(run_alone(p, kind, why));
    if (p->death[0])
        return fail(why, ERR_IMAGE, "%s: %s", failure, p->death);
    return ERR_NONE;
}

enum err pool_check_image(struct pool *p, struct why *why)
{
    return ask(p, MSG_CHECK, "the rule image is refused: its checker", why);
}

enum err pool_list(struct pool *p, struct why *why)
{
    return ask(p, MSG_LIST, "the rules cannot be listed", why);
}

/* Before any file is touched, so that no file can make it look as if the cage were at fault. */
static enum err see_one_live(struct pool *p, struct why *why)
{
    TRY(run_alone(p, MSG_BATCH, why));
    if (p->death[0])
        return fail(why, ERR_CAGE, "jails do not come up: %s", p->death);
    return ERR_NONE;
}

enum err pool_describe(struct pool *p, struct why *why)
{
    return ask(p, MSG_DESCRIBE, "the rules cannot be told", why);
}

/* --- for a caller that must not wait --- */

enum err pool_take_spawn(struct pool *p, struct spawn **out, struct why *why)
{
    TRY(pool_flush(p, why));
    for (uint32_t i = 0; i < p->slot_count; i++)
        TRY(await_ready(p, &p->slots[i], why));
    *out = p->spawn;
    (*out)->layers = p->layers;
    p->spawn = NULL;
    return ERR_NONE;
}

enum err pool_poll(struct pool *p, bool *moved, struct why *why)
{
    for (uint32_t i = 0; i < p->slot_count; i++) {
        if (p->slots[i].state == SLOT_RUNNING)
            TRY(attend(p, &p->slots[i], moved, why));
        else if (p->slots[i].state == SLOT_EMPTY)
            TRY(renew(p, &p->slots[i], why));
    }
    while (spawn_has_answer(p->spawn))
        TRY(take_answer(p, why));
    return ERR_NONE;
}

unsigned pool_running(const struct pool *p)
{
    return running(p);
}

unsigned pool_places(const struct pool *p)
{
    return p->options.jobs;
}

bool pool_has_room(const struct pool *p)
{
    bool ready = false;
    for (uint32_t i = 0; i < p->slot_count; i++)
        ready = ready || p->slots[i].state == SLOT_READY;
    return ready && running(p) < p->options.jobs;
}
