/* candor scan: walks, hands files to jails, shows what they say. */
#include "common/channel.h"
#include "common/limits.h"
#include "open/pool.h"
#include "open/stdin.h"
#include "open/walk.h"
#include "sandbox/policy.h"
#include "user/command.h"
#include "user/progress.h"
#include "user/render.h"
#include "user/scan_cache.h"
#include "user/scan_ledger.h"
#include "user/scan_options.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scan {
    struct scan_options options;
    struct ruleset_choice rules;
    struct pool *pool;
    struct walk *walk;
    struct render_options render;
    const struct renderer *renderer;
    struct summary summary;
    struct progress progress;
    uint64_t results;
    struct scan_cache cache;
    struct scan_ledger ledger;
    struct why unrecorded; /* the ledger's failure: no verdict is given after it */
};

static void show(void *ctx, struct report *r)
{
    struct scan *s = ctx;
    render_count(&s->summary, r);
    progress_add(&s->progress, r->size, r->findings_len > 0);
    if (r->findings_len || r->gaps_len || r->failed)
        progress_clear(&s->progress);
    s->renderer->report(&s->render, r);
    report_free(r);
}

static void on_report(void *ctx, struct report *r)
{
    struct scan *s = ctx;
    scan_cache_keep(&s->cache, r);
    if (s->unrecorded.code != ERR_NONE)
        report_free(r);
    else
        (void)scan_ledger_take(&s->ledger, r, &s->unrecorded); /* asked for below */
}

static enum err check_recorded(const struct scan *s, struct why *why)
{
    const struct why *u = &s->unrecorded;
    if (u->code == ERR_NONE)
        return ERR_NONE;
    return fail(why, u->code, "%s; verdicts that could not be recorded are not given", u->text);
}

static enum err on_file(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct scan *s = ctx;
    struct report *r = s->unrecorded.code == ERR_NONE ? report_new(path) : NULL;
    if (!r) {
        (void)close(fd);
        TRY(check_recorded(s, why));
        return fail(why, ERR_NOMEM, "report");
    }
    r->size = (uint64_t)st->st_size;
    scan_cache_note(&s->cache, fd, st, r);
    return pool_add(s->pool, fd, r, why);
}

/* A report is made only where one is shown: a scan of a tree that is known is a walk. */
static bool on_known(void *ctx, struct span path, const struct stat *st)
{
    struct scan *s = ctx;
    if (!scan_cache_has(&s->cache, path, st))
        return false;
    struct report *r = s->render.all ? report_new(path) : NULL;
    if (s->render.all && !r)
        return false;
    s->summary.cached++;
    if (r) {
        r->size = (uint64_t)st->st_size;
        show(s, r);
        return true;
    }
    s->summary.files++;
    s->summary.verdicts[VERDICT_CLEAN]++;
    progress_add(&s->progress, (uint64_t)st->st_size, false);
    return true;
}

static enum err on_gap(void *ctx, struct span path, enum gap_kind kind, struct span detail,
                       struct why *why)
{
    struct report *r = report_new(path);
    if (!r || !report_add_gap(r, 0, kind, 0, detail)) {
        report_free(r);
        return fail(why, ERR_NOMEM, "report");
    }
    on_report(ctx, r);
    return check_recorded(ctx, why);
}

static void on_pseudo(void *ctx, struct span path, const char *type)
{
    struct scan *s = ctx;
    progress_clear(&s->progress);
    if (s->renderer->pseudo)
        s->renderer->pseudo(&s->render, path, type);
}

/* --- before: how much is there? Only for the bar. --- */

static enum err count_file(void *ctx, struct span path, int fd, const struct stat *st,
                           struct why *why)
{
    struct progress *p = ctx;
    (void)path;
    (void)why;
    if (fd >= 0)
        (void)close(fd);
    p->total_files++;
    p->total_bytes += (uint64_t)st->st_size;
    return ERR_NONE;
}

static enum err count_gap(void *ctx, struct span path, enum gap_kind kind, struct span detail,
                          struct why *why)
{
    (void)ctx, (void)path, (void)kind, (void)detail, (void)why;
    return ERR_NONE;
}

static void count_pseudo(void *ctx, struct span path, const char *type)
{
    (void)ctx, (void)path, (void)type;
}

static void count_all(struct scan *s, const struct walk_options *options)
{
    struct walk_options quick = *options;
    struct walk_sink sink = {&s->progress, count_file, count_gap, count_pseudo, NULL};
    struct walk *w = NULL;
    quick.count_only = true;
    if (!s->progress.on || walk_new(&w, &quick, &sink, NULL) != ERR_NONE)
        return;
    for (int i = 0; i < s->options.path_count; i++)
        if (strcmp(s->options.paths[i], "-") != 0)
            (void)walk_path(w, s->options.paths[i],
                            NULL); /* an estimate: the real walk says what fails */
    walk_free(w);
}

static unsigned cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static enum err open_pool(struct scan *s, struct why *why)
{
    const struct settings *set = &s->options.settings;
    struct pool_options o = {
        .jail_path = s->rules.jail_path,
        .image_fd = s->rules.image.fd,
        .jobs = set->jobs ? (unsigned)set->jobs : cores(),
        .order_options = (set->exhaustive ? ORDER_EXHAUSTIVE : 0u) |
                         (set->explain ? ORDER_MATCHES : 0u) | (set->plain ? ORDER_PLAIN : 0u),
        .total_bytes = set->max_bytes,
        .object_bytes = set->max_bytes && set->max_bytes < LIMIT_OBJECT_BYTES ? set->max_bytes : 0,
        .depth = set->depth,
        .timeout_s = set->timeout_s,
        .isolate = set->isolate,
        .regroups = !set->isolate,
        .done = on_report,
        .ctx = s,
    };
    TRY(pool_open(&s->pool, &o, why));
    if (!s->rules.image.is_new)
        return ERR_NONE;
    enum err err = pool_check_image(s->pool, why);
    if (err != ERR_NONE && s->rules.sources) {
        struct build_options b = command_build_options(&s->options.settings, &s->rules);
        image_forget(s->rules.sources, &b, s->rules.folder);
    }
    if (err == ERR_NONE)
        image_keep_checked(s->rules.folder, &s->rules.image);
    return err;
}

/* Layers a jail has are known once one has lived; before that, an empty batch makes one live. */
static enum err check_cage(struct scan *s, struct why *why)
{
    struct buf missing;
    if (!s->options.settings.cage_full)
        return ERR_NONE;
    TRY(pool_check_image(s->pool, why));
    struct pool_cage cage = pool_get_cage(s->pool);
    if ((cage.layers & LAYER_ALL) == LAYER_ALL)
        return ERR_NONE;
    buf_init(&missing, 0);
    render_layers(&missing, cage.layers, true);
    enum err err = fail(why, ERR_CAGE, "--cage=full: these layers cannot be had here: %.*s",
                        (int)missing.len, (char *)missing.at);
    buf_done(&missing);
    return err;
}

static enum err scan_paths(struct scan *s, struct why *why)
{
    for (int i = 0; i < s->options.path_count; i++) {
        const char *path = s->options.paths[i];
        if (strcmp(path, "-") != 0) {
            TRY(walk_path(s->walk, path, why));
            continue;
        }
        struct report *r = report_new(SPAN_OF("-"));
        if (!r)
            return fail(why, ERR_NOMEM, "report");
        TRY(stdin_add(s->pool, STDIN_FILENO, r, why));
    }
    TRY(pool_flush(s->pool, why));
    TRY(check_recorded(s, why));
    (void)scan_ledger_flush(&s->ledger, &s->unrecorded);
    return check_recorded(s, why);
}

static void sum_up(struct scan *s, uint64_t started_ms)
{
    struct walk_skipped skipped = walk_get_skipped(s->walk);
    struct pool_cage cage = pool_get_cage(s->pool);
    struct summary *sum = &s->summary;
    sum->special = skipped.special;
    sum->links = skipped.links;
    sum->hard_links = skipped.hard_links;
    sum->excluded = skipped.excluded;
    sum->pseudo = skipped.pseudo;
    sum->crashes = pool_crashes(s->pool);
    sum->duration_ms = progress_now_ms() - started_ms;
    sum->rules = s->rules.name;
    sum->about = &s->rules.about;
    sum->head = s->rules.image.head;
    sum->rule_count = s->rules.image.rules + s->rules.image.hashes;
    sum->has_rule_count = s->rules.image.has_counts;
    sum->layers = cage.layers;
    sum->landlock_abi = cage.landlock_abi;
    sum->exit_code = render_exit_code(sum);
}

static void prepare_output(struct scan *s)
{
    static const struct renderer *const renderers[] = {[FORMAT_PLAIN] = &render_plain,
                                                       [FORMAT_JSON] = &render_json,
                                                       [FORMAT_SARIF] = &render_sarif};
    const struct settings *set = &s->options.settings;
    s->renderer = renderers[set->format];
    s->render = (struct render_options){
        .out = stdout,
        .accepted = set->accepted,
        .all = set->all,
        .quiet = set->quiet,
        .explain = set->explain,
        .results = &s->results,
        .colour = isatty(STDOUT_FILENO) == 1 && !getenv("NO_COLOR"),
    };
    s->summary.accepted = set->accepted;
    progress_init(&s->progress, !set->quiet && !set->no_progress);
}

static enum err run(struct scan *s, struct why *why)
{
    uint64_t started_ms = progress_now_ms();
    const struct settings *set = &s->options.settings;
    prepare_output(s);
    if (!set->no_ledger)
        TRY(scan_ledger_open(&s->ledger, set->ledger, s->options.paths, s->options.path_count,
                             why));
    TRY(command_rules(&s->options.settings, &s->rules, why));
    TRY(scan_ledger_rules(&s->ledger, s->rules.name, &s->rules.image, why));
    TRY(open_pool(s, why));
    TRY(check_cage(s, why));
    struct walk_options walk = {.excludes = set->excludes, .exclude_count = set->exclude_count};
    struct walk_sink sink = {s, on_file, on_gap, on_pseudo, on_known};
    scan_cache_open(&s->cache, set, &s->rules);
    TRY(walk_new(&s->walk, &walk, &sink, why));
    count_all(s, &walk);
    if (s->renderer->begin)
        s->renderer->begin(&s->render);
    TRY(scan_paths(s, why));
    progress_clear(&s->progress);
    sum_up(s, started_ms);
    (void)scan_ledger_end(&s->ledger, &s->summary, &s->unrecorded);
    TRY(check_recorded(s, why));
    s->renderer->end(&s->render, &s->summary);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(why, ERR_SYSTEM, "the results could not be written");
    return ERR_NONE;
}

int cmd_scan(int argc, char **argv)
{
    struct scan s = {.ledger = {.show = show, .ctx = &s}};
    struct why why = {0};
    enum err err = scan_options_read(&s.options, argc, argv, &why);
    if (err == ERR_NONE && s.options.done)
        return EXIT_CLEAN;
    if (err == ERR_NONE)
        err = run(&s, &why);
    if (err != ERR_NONE) {
        progress_clear(&s.progress);
        scan_ledger_refuse(&s.ledger, &why);
    }
    scan_ledger_done(&s.ledger);
    walk_free(s.walk);
    pool_close(s.pool);
    scan_cache_close(&s.cache);
    command_rules_done(&s.rules);
    settings_done(&s.options.settings);
    return err == ERR_NONE ? s.summary.exit_code : command_fail(&why);
}
