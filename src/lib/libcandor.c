/* libcandor: candor.h over the same pool and the same jails as the program. Reads no byte of what
 * it is given. */
#include "candor.h"

#include "common/crypto.h"
#include "common/limits.h"
#include "common/text.h"
#include "lib/lib_report.h"
#include "open/image_cache.h"
#include "open/pool.h"
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct candor {
    struct sources *sources;
    struct image image; /* fd -1 until there is one */
    struct pool *pool;
    struct report *got; /* what the pool gave last */
    struct why why;
    char diag[400]; /* the first thing the compiler complained of */
    char jail[4096], folder[4096];
    char image_path[4096];
};

static enum candor_status status_of(enum err err)
{
    return err == ERR_NONE ? CANDOR_OK : CANDOR_FAILED;
}

struct candor *candor_new(void)
{
    struct candor *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->image.fd = -1;
    if (crypto_warm(NULL) != ERR_NONE || sources_new(&c->sources, NULL) != ERR_NONE) {
        free(c);
        return NULL;
    }
    return c;
}

void candor_free(struct candor *c)
{
    if (!c)
        return;
    pool_close(c->pool);
    report_free(c->got);
    if (c->image.fd >= 0)
        (void)close(c->image.fd);
    sources_free(c->sources);
    free(c);
}

const char *candor_error(const struct candor *c)
{
    return c ? c->why.text : "out of memory";
}

/* Starts a call: the last one's failure is forgotten. */
static enum err begin(struct candor *c, bool want_started)
{
    c->why = (struct why){0};
    if (want_started && !c->pool)
        return fail(&c->why, ERR_USAGE, "candor_start was not called, or failed");
    if (!want_started && c->pool)
        return fail(&c->why, ERR_USAGE, "already started");
    return ERR_NONE;
}

static enum err copy_path(char *out, size_t size, const char *path, struct why *why)
{
    if ((size_t)snprintf(out, size, "%s", path) >= size)
        return fail(why, ERR_USAGE, "the path is too long");
    return ERR_NONE;
}

enum candor_status candor_add_rules(struct candor *c, const char *path)
{
    enum err err = begin(c, false);
    if (err == ERR_NONE && (c->image_path[0] || (image_is_one(path) && c->sources->count > 0)))
        err = fail(&c->why, ERR_USAGE, "an image is used alone");
    else if (err == ERR_NONE && image_is_one(path))
        err = copy_path(c->image_path, sizeof c->image_path, path, &c->why);
    else if (err == ERR_NONE)
        err = sources_add(c->sources, path, &c->why);
    return status_of(err);
}

enum candor_status candor_set_jail(struct candor *c, const char *path)
{
    enum err err = begin(c, false);
    return status_of(err == ERR_NONE ? copy_path(c->jail, sizeof c->jail, path, &c->why) : err);
}

enum candor_status candor_set_cache(struct candor *c, const char *folder)
{
    enum err err = begin(c, false);
    return status_of(err == ERR_NONE ? copy_path(c->folder, sizeof c->folder, folder, &c->why)
                                     : err);
}

static void on_diag(void *ctx, const struct diag *d)
{
    struct candor *c = ctx;
    if (d->level != DIAG_ERROR || c->diag[0])
        return;
    (void)snprintf(c->diag, sizeof c->diag, "%.*s:%u:%u: %.*s", (int)d->file.len,
                   (const char *)d->file.at, d->line, d->column, (int)d->text.len,
                   (const char *)d->text.at);
}

static enum err get_image(struct candor *c)
{
    if (c->image_path[0])
        return image_open(c->image_path, &c->image, &c->why);
    if (c->sources->count == 0)
        return fail(&c->why, ERR_USAGE, "no rules were added");
    struct build_options o = {.jail_path = c->jail, .diag = {.ctx = c, .give = on_diag}};
    enum err err = image_get(c->sources, &o, c->folder[0] ? c->folder : NULL, &c->image, &c->why);
    if (err != ERR_NONE)
        c->image.fd = -1;
    if (err == ERR_RULES && c->diag[0]) /* more to the point than "do not compile" */
        text_escape_into(c->why.text, sizeof c->why.text, span_text(c->diag));
    return err;
}

static void on_report(void *ctx, struct report *r)
{
    struct candor *c = ctx;
    report_free(c->got);
    c->got = r;
}

static enum err start(struct candor *c)
{
    TRY(begin(c, false));
    if (!c->jail[0] && !spawn_find("candor-jail", c->jail, sizeof c->jail))
        return fail(&c->why, ERR_CAGE, "candor-jail is not installed: see candor_set_jail");
    TRY(get_image(c));
    struct pool_options o = {
        .jail_path = c->jail, .image_fd = c->image.fd, .jobs = 1, .done = on_report, .ctx = c};
    TRY(pool_open(&c->pool, &o, &c->why));
    return c->image.is_new ? pool_check_image(c->pool, &c->why) : ERR_NONE;
}

enum candor_status candor_start(struct candor *c)
{
    enum err err = start(c);
    if (err != ERR_NONE) {
        pool_close(c->pool);
        c->pool = NULL;
        if (c->image.fd >= 0)
            (void)close(c->image.fd);
        c->image.fd = -1;
    }
    return status_of(err);
}

static struct candor_report *finish(struct candor *c, enum err err)
{
    if (err == ERR_NONE)
        err = pool_flush(c->pool, &c->why);
    struct report *got = c->got;
    c->got = NULL;
    if (err == ERR_NONE && !got)
        (void)fail(&c->why, ERR_PEER, "no report came");
    if (err != ERR_NONE || !got) {
        report_free(got);
        return NULL;
    }
    struct candor_report *r = lib_report_new(got);
    if (!r)
        (void)fail(&c->why, ERR_NOMEM, "report");
    return r;
}

struct candor_report *candor_scan_fd(struct candor *c, int fd, const char *name)
{
    struct stat st;
    if (begin(c, true) != ERR_NONE)
        return NULL;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)fail(&c->why, ERR_USAGE,
                   "not a regular file: scan its bytes with candor_scan_buffer");
        return NULL;
    }
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* the pool closes what it is given */
    struct report *report = report_new(span_text(name ? name : ""));
    if (own < 0 || !report) {
        (void)fail_os(&c->why, "descriptor or memory");
        if (own >= 0)
            (void)close(own);
        report_free(report);
        return NULL;
    }
    report->size = (uint64_t)st.st_size;
    return finish(c, pool_add(c->pool, own, report, &c->why));
}

struct candor_report *candor_scan_buffer(struct candor *c, const void *bytes, size_t len,
                                         const char *name)
{
    if (begin(c, true) != ERR_NONE)
        return NULL;
    if (len >= LIMIT_WINDOW_BYTES) {
        (void)fail(&c->why, ERR_LIMIT,
                   "a buffer has less than 16 MiB; larger ones go through a file");
        return NULL;
    }
    struct report *report = report_new(span_text(name ? name : ""));
    if (!report) {
        (void)fail(&c->why, ERR_NOMEM, "report");
        return NULL;
    }
    return finish(c, pool_add_bytes(c->pool, span_make(bytes, len), report, &c->why));
}
