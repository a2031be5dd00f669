/* candor yara: yara(1)'s command line, matched in jails. */
#include "common/channel.h"
#include "common/text.h"
#include "open/follow.h"
#include "open/pool.h"
#include "open/process.h"
#include "user/render_yara.h"
#include "user/yara_options.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct run {
    struct yara_options options;
    struct ruleset_choice rules;
    struct yara_catalogue catalogue;
    struct render_yara render;
    struct pool *pool;
    time_t deadline;
    bool is_late; /* and it was said */
};

static void on_report(void *ctx, struct report *r)
{
    struct run *y = ctx;
    render_yara_report(&y->render, r);
    report_free(r);
}

static void on_about(void *ctx, const struct record *r, struct span key, struct span text)
{
    struct run *y = ctx;
    yara_catalogue_add(&y->catalogue, r, key, text);
}

static bool is_time_up(struct run *y)
{
    return y->options.timeout_s > 0 && time(NULL) >= y->deadline;
}

/* --- files --- */

static enum err add_file(struct run *y, struct span path, int fd, const struct stat *st,
                         struct why *why)
{
    struct report *r = report_new(path);
    if (!r) {
        (void)close(fd);
        return fail(why, ERR_NOMEM, "report");
    }
    r->size = (uint64_t)st->st_size;
    return pool_add(y->pool, fd, r, why);
}

static enum err say_trouble(struct run *y, struct span path, enum gap_kind kind, const char *text,
                            struct why *why)
{
    struct report *r = report_new(path);
    if (!r || !report_add_gap(r, 0, kind, 0, span_text(text))) {
        report_free(r);
        return fail(why, ERR_NOMEM, "report");
    }
    /* In its turn, behind the files before it. */
    TRY(pool_flush(y->pool, why));
    render_yara_trouble(&y->render, r);
    report_free(r);
    return ERR_NONE;
}

static bool on_look(void *ctx, const struct follow_entry *e)
{
    struct run *y = ctx;
    const struct yara_options *o = &y->options;
    if (is_time_up(y))
        return false;
    if (e->depth == 0)
        return true;
    if ((e->is_link && !o->follow_links) || e->is_dot_link || e->leads_nowhere)
        return false;
    if (S_ISDIR(e->st.st_mode))
        return o->recursive;
    if (!S_ISREG(e->st.st_mode) || o->skip_larger <= 0 || e->st.st_size < o->skip_larger)
        return true;
    (void)fprintf(stderr,
                  "skipping %s (%" PRId64 " bytes) because it's larger than %" PRId64 " bytes.\n",
                  (const char *)e->path.at, (int64_t)e->st.st_size, o->skip_larger);
    return false;
}

static enum err on_file(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    return add_file(ctx, path, fd, st, why);
}

static enum err on_trouble(void *ctx, struct span path, int os, bool is_folder, struct why *why)
{
    (void)os;
    /* yara passes by folders that it may not list, without a word; we say so. */
    if (is_folder) {
        (void)fprintf(stderr, "could not list %.*s\n", (int)path.len, (const char *)path.at);
        return ERR_NONE;
    }
    return say_trouble(ctx, path, GAP_UNREADABLE, "", why);
}

static enum err walk_one(struct run *y, struct follow *f, const char *path, struct why *why)
{
    if (is_time_up(y) && !y->is_late) {
        y->is_late = true;
        (void)fputs("scanning timed out\n", stderr);
        y->render.failed = true;
    }
    return y->is_late ? ERR_NONE : follow_path(f, path, why);
}

static enum err walk_list(struct run *y, struct follow *f, const char *path, struct why *why)
{
    FILE *list = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    enum err err = ERR_NONE;
    if (!list) {
        (void)fprintf(stderr, "error: could not open file \"%s\".\n", path);
        return ERR_SYSTEM;
    }
    for (ssize_t n; err == ERR_NONE && (n = getline(&line, &cap, list)) != -1;) {
        if (n > 0 && line[n - 1] == '\n')
            line[n - 1] = 0;
        err = walk_one(y, f, line, why);
    }
    free(line);
    (void)fclose(list);
    return err;
}

static enum err scan_many(struct run *y, bool is_list, struct why *why)
{
    struct follow_sink sink = {y, on_look, on_file, on_trouble};
    struct follow *f = NULL;
    y->render.many = true;
    TRY(follow_new(&f, &sink, why));
    enum err err =
        is_list ? walk_list(y, f, y->options.target, why) : walk_one(y, f, y->options.target, why);
    follow_free(f);
    return err == ERR_NONE ? pool_flush(y->pool, why) : err;
}

/* --- one file --- */

static enum err scan_process(struct run *y, uint64_t pid, struct why *why)
{
    struct process process;
    struct report *r = report_new(span_text(y->options.target));
    if (!r)
        return fail(why, ERR_NOMEM, "report");
    if (process_open(&process, pid, NULL) != ERR_NONE) {
        report_fail(r, SPAN_OF("can not attach to process (try running as root)"));
        render_yara_trouble(&y->render, r);
        report_free(r);
        return ERR_NONE;
    }
    enum err err = pool_add_memory(y->pool, &process, r, why);
    process_done(&process);
    return err == ERR_NONE ? pool_flush(y->pool, why) : err;
}

static enum err scan_one(struct run *y, struct why *why)
{
    const char *target = y->options.target;
    struct stat st;
    uint64_t pid;
    int fd = open(target, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        TRY(add_file(y, span_text(target), fd, &st, why));
        TRY(pool_flush(y->pool, why));
    } else if (fd < 0 && text_u64(span_text(target), &pid) && pid > 0) {
        TRY(scan_process(y, pid, why));
    } else {
        if (fd >= 0)
            (void)close(fd);
        TRY(say_trouble(y, span_text(target), GAP_UNREADABLE, "", why));
    }
    return y->render.failed ? ERR_SYSTEM : ERR_NONE;
}

/* --- the whole --- */

static unsigned cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static uint32_t order_options(const struct yara_options *o)
{
    uint32_t bits = ORDER_NO_UNPACK;
    if (o->strings || o->lengths || o->xor_key)
        bits |= ORDER_MATCHES | (o->negate ? ORDER_UNMATCHED | ORDER_EXHAUSTIVE : 0u);
    bits |= o->fast ? ORDER_FAST : 0u;
    bits |= o->no_console ? 0u : ORDER_OUTPUT;
    bits |= o->module_data ? ORDER_DUMP : 0u;
    bits |= o->meta ? ORDER_ABOUT_META : 0u;
    return bits;
}

static enum err open_pool(struct run *y, struct why *why)
{
    const struct yara_options *o = &y->options;
    struct pool_options p = {
        .jail_path = y->rules.jail_path,
        .image_fd = y->rules.image.fd,
        .jobs = o->threads > 0 ? (unsigned)o->threads : cores(),
        .order_options = order_options(o),
        .timeout_s = o->timeout_s > 0 ? (uint64_t)o->timeout_s : 0,
        .module_data = buf_get(&o->given),
        .done = on_report,
        .about = on_about,
        .ctx = y,
    };
    TRY(yara_catalogue_init(&y->catalogue, why));
    TRY(pool_open(&y->pool, &p, why));
    if (y->rules.image.is_new)
        TRY(pool_check_image(y->pool, why));
    TRY(pool_describe(y->pool, why));
    return y->catalogue.bad ? fail(why, ERR_PEER, "the rules of the image cannot be told")
                            : ERR_NONE;
}

static void prepare_render(struct run *y)
{
    const struct yara_options *o = &y->options;
    y->render = (struct render_yara){.out = stdout,
                                     .rules = &y->catalogue,
                                     .tags = &o->tags,
                                     .identifiers = &o->identifiers,
                                     .negate = o->negate,
                                     .count_only = o->count_only,
                                     .meta = o->meta,
                                     .show_tags = o->show_tags,
                                     .space = o->space,
                                     .strings = o->strings,
                                     .lengths = o->lengths,
                                     .xor_key = o->xor_key,
                                     .no_warnings = o->no_warnings,
                                     .on_terminal = isatty(STDOUT_FILENO) == 1,
                                     .limit = o->limit > 0 ? (uint64_t)o->limit : 0};
}

static void put_modules(const struct yara_catalogue *c)
{
    for (uint32_t i = 0; i < c->module_count; i++)
        (void)printf("%.*s\n", (int)c->modules[i].len, (const char *)c->modules[i].at);
}

static enum err scan(struct run *y, struct why *why)
{
    const struct yara_options *o = &y->options;
    struct stat st;
    struct yara_rules_options r = yara_options_rules(o);
    if (o->module_names)
        TRY(yara_rules_none(&y->rules, why));
    else if (o->compiled)
        TRY(yara_rules_load(&r, o->rules[0], &y->rules, why));
    else
        TRY(yara_rules_compile(&r, o->rules, o->rule_count, &y->rules, why));
    TRY(open_pool(y, why));
    if (o->module_names) {
        put_modules(&y->catalogue);
        return ERR_NONE;
    }
    TRY(yara_rules_count_strings(&r, &y->catalogue));
    prepare_render(y);
    if (!render_yara_init(&y->render))
        return fail(why, ERR_NOMEM, "list of rules");
    y->deadline = time(NULL) + (time_t)o->timeout_s;
    bool is_folder = stat(o->target, &st) == 0 && S_ISDIR(st.st_mode);
    if (o->scan_list && is_folder) {
        (void)fputs("error: cannot use a directory as scan list.\n", stderr);
        return ERR_USAGE;
    }
    return o->scan_list || is_folder ? scan_many(y, o->scan_list, why) : scan_one(y, why);
}

int cmd_yara(int argc, char **argv)
{
    struct run y = {.rules = {.image.fd = -1}};
    struct why why = {0};
    int code = yara_options_read(&y.options, argc, argv);
    if (code >= 0) {
        buf_done(&y.options.given);
        return code;
    }
    enum err err = scan(&y, &why);
    if (err == ERR_NONE && (fflush(stdout) != 0 || ferror(stdout)))
        err = fail(&why, ERR_SYSTEM, "the results could not be written");
    pool_close(y.pool);
    render_yara_done(&y.render);
    yara_catalogue_done(&y.catalogue);
    command_rules_done(&y.rules);
    buf_done(&y.options.given);
    if (err != ERR_NONE && why.code != ERR_NONE)
        return command_fail(&why);
    return err == ERR_NONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
