/* The sample is drawn by chance, on this machine, so that nobody who writes rules knows it. */
#include "user/trial.h"

#include "common/arena.h"
#include "common/text.h"
#include "open/pool.h"
#include "open/walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    SAMPLE = 250,
    FILE_MOST = 8 << 20, /* larger ones cost the owner too much time */
    SEEN_MOST = 400000,  /* a look at more changes nothing */
    TIMEOUT_S = 30,      /* one file */
    TIMES_SLOWER = 10,
    GRACE_MS = 1000, /* starting jails, noise */
    NAMES_SHOWN = 3
};

struct sample {
    struct span path; /* in the arena */
    bool is_clean;    /* under the old rules */
};

struct trial {
    const struct trial_options *options;
    struct arena *arena;
    struct sample files[SAMPLE];
    uint32_t count, at; /* at: number of the file that is being added */
    uint64_t seen;
    struct pool *pool;
    bool is_new; /* which rules are at work */
    struct trial_result *out;
    uint64_t lost; /* clean files that the new rules could not look at */
    struct buf names;
    uint32_t name_count;
};

static uint64_t chance(uint64_t below)
{
    uint64_t r = 0;
    return getrandom(&r, sizeof r, 0) == sizeof r ? r % below : 0;
}

/* Every file has the same chance to be among the sample, however many there are. */
static enum err draw(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct trial *t = ctx;
    if (fd >= 0)
        (void)close(fd);
    if (++t->seen > SEEN_MOST)
        return fail(why, ERR_LIMIT, "enough");
    if (st->st_size == 0 || st->st_size > FILE_MOST)
        return ERR_NONE;
    uint64_t place = t->count < SAMPLE ? t->count : chance(t->seen);
    if (place >= SAMPLE)
        return ERR_NONE;
    t->files[place] = (struct sample){.path = arena_copy(t->arena, path)};
    t->count += place == t->count;
    return t->files[place].path.at ? ERR_NONE : fail(why, ERR_NOMEM, "trial");
}

static enum err pass_gap(void *ctx, struct span path, enum gap_kind kind, struct span detail,
                         struct why *why)
{
    (void)ctx, (void)path, (void)kind, (void)detail, (void)why;
    return ERR_NONE;
}

static void pass_pseudo(void *ctx, struct span path, const char *type)
{
    (void)ctx, (void)path, (void)type;
}

static enum err draw_all(struct trial *t, struct why *why)
{
    struct walk_options options = {.count_only = true};
    struct walk_sink sink = {t, draw, pass_gap, pass_pseudo, NULL};
    struct walk *w = NULL;
    TRY(walk_new(&w, &options, &sink, why));
    enum err err = ERR_NONE;
    for (uint32_t i = 0; i < t->options->path_count && err == ERR_NONE; i++)
        err = walk_path(w, t->options->paths[i], why);
    walk_free(w);
    return err == ERR_LIMIT ? ERR_NONE : err;
}

/* --- scanning --- */

static void keep_name(struct trial *t, struct span name)
{
    if (t->name_count >= NAMES_SHOWN || span_find(buf_get(&t->names), name, 0) != SIZE_MAX)
        return;
    buf_text(&t->names, t->name_count++ ? ", " : "");
    text_escape(&t->names, name);
}

static void on_report(void *ctx, struct report *r)
{
    struct trial *t = ctx;
    uint64_t i = 0;
    bool is_known = text_u64(r->path, &i) && i < t->count;
    bool lost = r->failed || r->gaps_len > 0;
    if (is_known && !t->is_new) {
        t->files[i].is_clean = r->findings_len == 0 && !lost;
        t->out->clean += t->files[i].is_clean;
    } else if (is_known && t->files[i].is_clean) {
        t->out->matched += r->findings_len > 0;
        t->lost += lost && r->findings_len == 0;
        for (uint32_t k = 0; k < r->findings_len; k++)
            keep_name(t, r->findings[k].name);
    }
    report_free(r);
}

static enum err add(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct trial *t = ctx;
    char number[16];
    (void)path;
    (void)snprintf(number, sizeof number, "%u", t->at);
    struct report *r = report_new(span_text(number));
    if (!r) {
        (void)close(fd);
        return fail(why, ERR_NOMEM, "trial");
    }
    r->size = (uint64_t)st->st_size;
    return pool_add(t->pool, fd, r, why);
}

static enum err scan_all(struct trial *t, struct why *why)
{
    struct walk_options options = {0};
    struct walk_sink sink = {t, add, pass_gap, pass_pseudo, NULL};
    struct walk *w = NULL;
    enum err err = ERR_NONE;
    for (t->at = 0; t->at < t->count && err == ERR_NONE; t->at++) {
        TRY(walk_new(&w, &options, &sink, why)); /* anew: a walk gives each file once */
        err = walk_path(w, (const char *)t->files[t->at].path.at, why);
        walk_free(w);
    }
    return err == ERR_NONE ? pool_flush(t->pool, why) : err;
}

static uint64_t children_ms(void)
{
    struct rusage u = {0};
    (void)getrusage(RUSAGE_CHILDREN, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* Processor time, so that a busy machine holds nothing back; the jails' is known once they and
 * their zygote have ended. */
static enum err scan_with(struct trial *t, int image_fd, uint64_t *ms, struct why *why)
{
    struct pool_options o = {.jail_path = t->options->jail_path,
                             .image_fd = image_fd,
                             .jobs = 1,
                             .timeout_s = TIMEOUT_S,
                             .done = on_report,
                             .ctx = t};
    uint64_t before_ms = children_ms();
    enum err err = pool_open(&t->pool, &o, why);
    if (err == ERR_NONE)
        err = pool_check_image(t->pool, why);
    if (err == ERR_NONE)
        err = scan_all(t, why);
    pool_close(t->pool);
    t->pool = NULL;
    *ms = children_ms() - before_ms;
    return err;
}

static enum err judge(const struct trial *t, struct why *why)
{
    const struct trial_result *r = t->out;
    if (r->matched * 100 > t->options->percent * r->clean)
        return fail(why, ERR_RULES,
                    "%" PRIu64 " of %" PRIu64 " clean files of this machine match (%.*s)",
                    r->matched, r->clean, (int)(t->names.len < 200 ? t->names.len : 200),
                    (const char *)t->names.at);
    if (r->new_ms > r->old_ms * TIMES_SLOWER + GRACE_MS)
        return fail(why, ERR_RULES,
                    "a scan of %" PRIu64 " files takes %" PRIu64
                    " ms of processor time, not %" PRIu64,
                    r->files, r->new_ms, r->old_ms);
    if (t->lost * 100 > t->options->percent * r->clean)
        return fail(why, ERR_RULES,
                    "%" PRIu64 " of %" PRIu64 " clean files can no longer be looked at", t->lost,
                    r->clean);
    return ERR_NONE;
}

static enum err run(struct trial *t, struct why *why)
{
    TRY(draw_all(t, why));
    t->out->files = t->count;
    TRY(scan_with(t, t->options->old_fd, &t->out->old_ms, why));
    t->is_new = true;
    enum err err = scan_with(t, t->options->new_fd, &t->out->new_ms, why);
    if (err == ERR_IMAGE || err == ERR_PEER)
        err = fail(why, ERR_RULES, "the jails refuse them");
    return err == ERR_NONE ? judge(t, why) : err;
}

enum err trial_run(const struct trial_options *o, struct trial_result *out, struct why *why)
{
    struct trial t = {.options = o, .out = out, .arena = arena_new(0)};
    *out = (struct trial_result){0};
    if (!t.arena)
        return fail(why, ERR_NOMEM, "trial");
    buf_init(&t.names, 0);
    enum err err = run(&t, why);
    buf_done(&t.names);
    arena_free(t.arena);
    return err;
}
