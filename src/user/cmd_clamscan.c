/* candor clamscan: clamscan(1)'s command line, scanned in jails. */
#include "common/channel.h"
#include "open/follow.h"
#include "open/pool.h"
#include "open/stdin.h"
#include "user/command.h"
#include "user/render_clamscan.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char default_databases[] = "/var/lib/clamav";
/* Where ClamAV 1.5 keeps whom it believes. */
static const char default_certificates[] = "/etc/clamav/certs/clamav.crt";
static const char default_certificates_folder[] = "/etc/clamav/certs";
/* What clamscan ends with when its list of files cannot be read. */
enum { EXIT_NO_LIST = 54 };

struct run {
    struct clamscan_options options;
    struct ruleset_choice rules;
    struct settings settings;
    struct render_clamscan render;
    struct pool *pool;
    struct follow *walk;
    bool no_list;
};

static void on_report(void *ctx, struct report *r)
{
    struct run *c = ctx;
    render_clamscan_report(&c->render, r);
    report_free(r);
}

/* --- which files --- */

static bool pass(struct run *c, const struct follow_entry *e, const char *what)
{
    render_clamscan_passed(&c->render, e->path, what);
    return false;
}

static bool look_at_link(struct run *c, const struct follow_entry *e)
{
    const struct clamscan_options *o = &c->options;
    uint64_t degree = S_ISDIR(e->st.st_mode) ? o->follow_folders : o->follow_files;
    if (e->leads_nowhere && (o->follow_files == 2 || o->follow_folders == 2))
        degree = 2; /* nobody knows what it would be */
    if (degree == 2 || (degree == 1 && e->depth == 0)) {
        if (e->leads_nowhere)
            render_clamscan_trouble(&c->render, e->path, "a link that leads nowhere", false);
        return !e->leads_nowhere;
    }
    return pass(c, e, "Symbolic link");
}

static bool look_at_folder(struct run *c, const struct follow_entry *e, const char *path)
{
    const struct clamscan_options *o = &c->options;
    if (clamscan_matches(&o->exclude_folder, path) ||
        (o->include_folder.count && !clamscan_matches(&o->include_folder, path)))
        return pass(c, e, "Excluded");
    if (e->depth > 0 && !o->recursive)
        return false;
    if (e->is_other_device && o->no_cross_fs)
        return pass(c, e, "Excluded");
    if (e->depth > o->folder_depth) {
        render_clamscan_trouble(&c->render, e->path, "not entered: deeper than --max-dir-recursion",
                                false);
        return false;
    }
    c->render.folders++;
    return true;
}

static bool on_look(void *ctx, const struct follow_entry *e)
{
    struct run *c = ctx;
    const struct clamscan_options *o = &c->options;
    const char *path = (const char *)e->path.at;
    if (e->is_link && !look_at_link(c, e))
        return false;
    if (S_ISDIR(e->st.st_mode))
        return look_at_folder(c, e, path);
    if (!S_ISREG(e->st.st_mode)) {
        if (e->depth == 0)
            render_clamscan_trouble(&c->render, e->path, "Not supported file type", false);
        return false;
    }
    if (clamscan_matches(&o->exclude, path) ||
        (o->include.count && !clamscan_matches(&o->include, path)))
        return pass(c, e, "Excluded");
    if (e->st.st_size == 0)
        return pass(c, e, "Empty file");
    return true;
}

static enum err on_file(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct run *c = ctx;
    struct report *r = report_new(path);
    if (!r) {
        (void)close(fd);
        return fail(why, ERR_NOMEM, "report");
    }
    r->size = (uint64_t)st->st_size;
    r->device = st->st_dev;
    r->inode = st->st_ino;
    if (c->options.file_bytes && r->size > c->options.file_bytes) {
        (void)close(fd);
        (void)report_add_gap(r, 0, GAP_TOO_BIG, 0, SPAN_OF("larger than --max-filesize"));
        r->size = 0;
        on_report(c, r);
        return ERR_NONE;
    }
    return pool_add(c->pool, fd, r, why);
}

static enum err on_trouble(void *ctx, struct span path, int os, bool is_folder, struct why *why)
{
    struct run *c = ctx;
    char text[200];
    (void)why;
    (void)snprintf(text, sizeof text, "Can't access %s: %s", is_folder ? "directory" : "file",
                   strerror(os));
    c->render.has_missing = c->render.has_missing || os == ENOENT;
    render_clamscan_trouble(&c->render, path, text, os != ENOENT); /* as clamscan counts */
    return ERR_NONE;
}

static enum err scan_path(struct run *c, const char *path, struct why *why)
{
    char plain[4200];
    if (strcmp(path, "-") == 0) {
        struct report *r = report_new(SPAN_OF("stdin"));
        return r ? stdin_add(c->pool, STDIN_FILENO, r, why) : fail(why, ERR_NOMEM, "report");
    }
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (len >= sizeof plain)
        return fail(why, ERR_USAGE, "a path too long");
    (void)snprintf(plain, sizeof plain, "%.*s", (int)len, path);
    return follow_path(c->walk, plain, why);
}

static enum err scan_list(struct run *c, struct why *why)
{
    FILE *f = fopen(c->options.list, "re");
    char *line = NULL;
    size_t cap = 0;
    enum err err = ERR_NONE;
    if (!f) {
        (void)fprintf(stderr, "ERROR: --file-list: Can't open file %s\n", c->options.list);
        c->no_list = true;
        return ERR_NONE;
    }
    for (ssize_t n; err == ERR_NONE && (n = getline(&line, &cap, f)) != -1;) {
        line[strcspn(line, "\r\n")] = 0;
        if (line[0])
            err = scan_path(c, line, why);
    }
    free(line);
    (void)fclose(f);
    return err;
}

static enum err scan_all(struct run *c, struct why *why)
{
    char here[4200];
    if (c->options.list) {
        TRY(scan_list(c, why));
    } else if (c->options.path_count == 0) { /* as clamscan: the folder one is in */
        if (!getcwd(here, sizeof here))
            return fail_os(why, "the working folder has no path");
        TRY(scan_path(c, here, why));
    }
    for (int i = 0; i < c->options.path_count; i++)
        TRY(scan_path(c, c->options.paths[i], why));
    return pool_flush(c->pool, why);
}

/* --- with which signatures --- */

static bool is_container(struct span name)
{
    static const char *const endings[] = {".cvd", ".cld"};
    for (size_t i = 0; i < 2; i++)
        if (name.len > 4 &&
            span_equal_nocase(span_cut(name, name.len - 4, 4), span_text(endings[i])))
            return true;
    return false;
}

static void keep_official(struct sources *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->items[i].kind == BATCH_CERTIFICATES || is_container(s->items[i].name))
            s->items[kept++] = s->items[i];
    s->count = kept;
}

static enum err load(struct run *c, struct why *why)
{
    const struct clamscan_options *o = &c->options;
    struct settings *s = &c->settings;
    TRY(settings_blank(s, why));
    for (uint32_t i = 0; i < o->database_count; i++)
        TRY(settings_add(s->rules, &s->rule_count, o->databases[i], why));
    if (o->database_count == 0)
        TRY(settings_add(s->rules, &s->rule_count, default_databases, why));
    if (o->database_count == 1 && image_is_one(o->databases[0]))
        return command_rules(s, &c->rules, why);
    s->keep_going = true; /* clamscan, too, leaves out what it cannot use, and says so */
    s->allow_unsigned = o->allow_unsigned;
    s->pua = o->pua;
    s->certificates = o->certificates;
    if (!s->certificates && access(default_certificates, R_OK) == 0)
        s->certificates = default_certificates_folder;
    TRY(command_sources(s, &c->rules, why));
    if (o->official_only)
        keep_official(c->rules.sources);
    struct build_options b = command_build_options(s, &c->rules);
    TRY(image_get(c->rules.sources, &b, c->rules.folder[0] ? c->rules.folder : NULL,
                  &c->rules.image, why));
    if (c->rules.image.errors)
        (void)fprintf(stderr, "candor: %u signatures were left out\n", c->rules.image.errors);
    return ERR_NONE;
}

static enum err open_pool(struct run *c, struct why *why)
{
    const struct clamscan_options *o = &c->options;
    cpu_set_t set;
    struct pool_options p = {
        .jail_path = c->rules.jail_path,
        .image_fd = c->rules.image.fd,
        .jobs = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1,
        .order_options = o->no_archives ? ORDER_NO_UNPACK : 0u,
        .object_bytes = o->file_bytes < LIMIT_OBJECT_BYTES ? o->file_bytes : 0,
        .total_bytes = o->scan_bytes,
        .depth = o->depth,
        .objects = o->objects,
        .timeout_s = (o->time_ms + 999) / 1000,
        .done = on_report,
        .ctx = c,
    };
    TRY(pool_open(&c->pool, &p, why));
    return c->rules.image.is_new ? pool_check_image(c->pool, why) : ERR_NONE;
}

static enum err run(struct run *c, struct why *why)
{
    struct follow_sink sink = {c, on_look, on_file, on_trouble};
    TRY(load(c, why));
    TRY(render_clamscan_open(&c->render, &c->options, why));
    c->render.signatures = c->rules.image.rules + c->rules.image.hashes;
    TRY(open_pool(c, why));
    TRY(follow_new(&c->walk, &sink, why));
    TRY(scan_all(c, why));
    render_clamscan_end(&c->render);
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(why, ERR_SYSTEM, "the results could not be written");
    return ERR_NONE;
}

int cmd_clamscan(int argc, char **argv)
{
    struct run c = {.rules = {.image.fd = -1}, .render = {.putaway = {.folder = -1}}};
    struct why why = {0};
    enum err err = clamscan_options_read(&c.options, argc, argv, &why);
    if (err == ERR_NONE && !c.options.done)
        err = run(&c, &why);
    int code = c.no_list ? EXIT_NO_LIST : render_clamscan_exit(&c.render);
    follow_free(c.walk);
    pool_close(c.pool);
    render_clamscan_close(&c.render);
    command_rules_done(&c.rules);
    settings_done(&c.settings);
    clamscan_options_done(&c.options);
    return err == ERR_NONE ? code : command_fail(&why);
}
