/* candor-debug: the scanner in one process, without a cage. For gdb, valgrind and MSan, which
 * cannot live in a jail, and to measure what the cage costs. It looks at hostile bytes with all the
 * powers of whoever starts it: built only with -Ddebug_scanner=true (`make debug`), never
 * installed.
 *
 *   candor-debug RULES PATH...      RULES: an image, or one source, which is compiled here
 *
 * One line for each finding and gap, then the counts; exit codes as candor scan. Files are batched
 * as the pool does, so that the same work is done: small ones together, large ones with their MD5s
 * in lanes.
 */
#include "common/crypto.h"
#include "common/text.h"
#include "jail/batch_md5.h"
#include "jail/compile/compile.h"
#include "jail/inspect.h"
#include "jail/match/members.h"
#include "jail/match/ruleset.h"
#include "open/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, LARGE = 512 * 1024, TOGETHER = 32, LOOK = 256 * 1024 };

struct file {
    char *path;
    int fd; /* of a large one; -1 else */
    uint64_t size, at;
};

struct list {
    struct file files[BATCH];
    uint32_t count;
    uint64_t filled;
};

struct debug {
    void *rules;      /* the file's bytes */
    struct buf image; /* compiled here */
    struct engine *engine;
    struct members *members;
    struct list small, large;
    struct batch_md5 md5;
    uint8_t *window; /* as large as a jail's */
    const struct file *at_hand;
    uint64_t view_at, view_len;
    uint64_t files, bytes, objects, findings, gaps;
};

static void on_finding(void *ctx, const struct finding *f)
{
    struct debug *d = ctx;
    struct rule_info info = engine_rule(d->engine, f->rule);
    char rule[300], path[4096];
    text_escape_into(rule, sizeof rule, info.name);
    text_escape_into(path, sizeof path, span_text(d->at_hand->path));
    (void)printf("%s: %s (object %u)\n", path, rule, f->object);
    d->findings++;
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail)
{
    struct debug *d = ctx;
    char text[300], path[4096];
    text_escape_into(text, sizeof text, detail);
    text_escape_into(path, sizeof path, span_text(d->at_hand->path));
    (void)printf("%s: gap %s at %llu: %s (object %u)\n", path, gap_name(kind),
                 (unsigned long long)at, text, object);
    d->gaps++;
}

static size_t read_piece(int fd, void *to, uint64_t at, uint64_t len)
{
    size_t have = 0;
    while (have < len) {
        ssize_t n = pread(fd, (uint8_t *)to + have, (size_t)len - have, (off_t)(at + have));
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    return have;
}

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct debug *d = ctx;
    if (at < d->view_at || at + len > d->view_at + d->view_len) {
        d->view_at = at;
        d->view_len = read_piece(d->at_hand->fd, d->window, at, len < LOOK ? LOOK : len);
    }
    uint64_t from = at - d->view_at, left = d->view_len - from;
    return span_make(d->window + from, len < left ? len : (size_t)left);
}

static struct source source_for(struct debug *d, const struct file *f)
{
    if (f->fd < 0)
        return source_of(span_make(d->window + f->at, f->size));
    d->view_at = d->view_len = 0;
    if (f->size < LIMIT_WINDOW_BYTES)
        return source_of(span_make(d->window, read_piece(f->fd, d->window, 0, f->size)));
    return (struct source){.size = f->size, .fetch = fetch, .ctx = d};
}

static void examine(struct debug *d, const struct file *f, const uint8_t *md5)
{
    struct inspected got = {0};
    struct why why = {0};
    d->at_hand = f;
    struct inspection in = {.source = source_for(d, f),
                            .engine = d->engine,
                            .members = d->members,
                            .md5 = md5,
                            .sink = {.ctx = d, .finding = on_finding, .gap = on_gap}};
    budget_init(&in.budget);
    if (inspect_file(&in, &got, &why) != ERR_NONE)
        (void)fprintf(stderr, "%s: %s\n", f->path, why.text);
    d->files++;
    d->bytes += got.bytes;
    d->objects += got.objects;
}

static void examine_all(struct debug *d, struct list *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        examine(d, &l->files[i], d->md5.of[i]);
        if (l->files[i].fd >= 0)
            (void)close(l->files[i].fd);
        free(l->files[i].path);
    }
    l->count = 0;
    l->filled = 0;
}

static void run_small(struct debug *d)
{
    struct span spans[BATCH];
    struct list *l = &d->small;
    for (uint32_t i = 0; i < l->count; i++)
        spans[i] = span_make(d->window + l->files[i].at, l->files[i].size);
    batch_md5_make(&d->md5, d->engine, spans, l->count);
    examine_all(d, l);
}

static struct span piece(void *ctx, uint32_t file, uint32_t place, uint64_t at, uint64_t len)
{
    struct debug *d = ctx;
    uint8_t *to = d->window + (size_t)place * BATCH_MD5_PIECE;
    return span_make(to, read_piece(d->large.files[file].fd, to, at, len));
}

/* They share the window with the small ones: those go first. */
static void run_large(struct debug *d)
{
    uint64_t sizes[BATCH];
    run_small(d);
    for (uint32_t i = 0; i < d->large.count; i++)
        sizes[i] = d->large.files[i].size;
    struct batch_fetch all = {.sizes = sizes, .count = d->large.count, .piece = piece, .ctx = d};
    batch_md5_fetch(&d->md5, d->engine, &all);
    examine_all(d, &d->large);
}

static void add_small(struct debug *d, struct file f)
{
    struct list *l = &d->small;
    if (l->count == BATCH || l->filled + f.size + 64 > LIMIT_BATCH_BYTES)
        run_small(d);
    f.at = l->filled;
    f.size = read_piece(f.fd, d->window + f.at, 0, f.size);
    (void)close(f.fd);
    f.fd = -1;
    l->files[l->count++] = f;
    l->filled = (l->filled + f.size + 63) & ~UINT64_C(63);
}

static enum err on_file(void *ctx, struct span path, int fd, const struct stat *st, struct why *why)
{
    struct debug *d = ctx;
    struct file f = {.path = strndup((const char *)path.at, path.len), .fd = fd};
    f.size = (uint64_t)st->st_size;
    if (!f.path) {
        (void)close(fd);
        return fail(why, ERR_NOMEM, "a path");
    }
    if (f.size < LARGE) {
        add_small(d, f);
        return ERR_NONE;
    }
    d->large.files[d->large.count++] = f;
    if (d->large.count == TOGETHER)
        run_large(d);
    return ERR_NONE;
}

static enum err on_trouble(void *ctx, struct span path, int os, bool is_folder, struct why *why)
{
    struct debug *d = ctx;
    (void)is_folder;
    (void)why;
    (void)printf("%.*s: gap unreadable: %s\n", (int)path.len, (const char *)path.at, strerror(os));
    d->gaps++;
    return ERR_NONE;
}

/* As candor scan: no link is followed, but those that were named. */
static bool on_look(void *ctx, const struct follow_entry *e)
{
    (void)ctx;
    return e->depth == 0 || !e->is_link;
}

static void on_diag(void *ctx, const struct diag *diag)
{
    (void)ctx;
    if (diag->level == DIAG_ERROR)
        (void)fprintf(stderr, "%.*s:%u: %.*s\n", (int)diag->file.len, (const char *)diag->file.at,
                      diag->line, (int)diag->text.len, (const char *)diag->text.at);
}

/* The whole file; the caller frees it. */
static enum err read_whole(const char *path, struct span *out, struct why *why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return fail_os(why, "cannot open %s", path);
    void *bytes = malloc((size_t)st.st_size + 1);
    if (!bytes)
        return fail(why, ERR_NOMEM, "%s", path);
    *out = span_make(bytes, read_piece(fd, bytes, 0, (uint64_t)st.st_size));
    (void)close(fd);
    return ERR_NONE;
}

static enum err load(struct debug *d, const char *path, struct why *why)
{
    struct span bytes;
    TRY(read_whole(path, &bytes, why));
    d->rules = (void *)(uintptr_t)bytes.at;
    if (!span_starts(bytes, SPAN_OF(IMAGE_MAGIC))) {
        struct compile_stats stats;
        struct source_file file = {
            .name = span_text(path), .space = span_text(path), .bytes = bytes};
        struct compile_input in = {
            .files = &file, .file_count = 1, .keep_going = true, .diag = {.give = on_diag}};
        TRY(compile_run(&in, &d->image, &stats, why));
        bytes = buf_get(&d->image);
        TRY(ruleset_check(bytes, why));
    }
    struct engine_options options = {.now_s = (int64_t)time(NULL)};
    TRY(engine_open(&d->engine, bytes, options, why));
    return members_open(&d->members, d->engine, why);
}

/* openat2, which the walk wants, is not known to valgrind. */
static enum err scan(struct debug *d, char **paths, struct why *why)
{
    struct follow_sink sink = {.ctx = d, .look = on_look, .file = on_file, .trouble = on_trouble};
    struct follow *f;
    TRY(follow_new(&f, &sink, why));
    enum err err = ERR_NONE;
    for (; err == ERR_NONE && *paths; paths++)
        err = follow_path(f, *paths, why);
    follow_free(f);
    run_small(d);
    run_large(d);
    return err;
}

int main(int argc, char **argv)
{
    static struct debug d;
    struct why why = {0};
    if (argc < 3) {
        (void)fprintf(stderr, "usage: candor-debug RULES PATH...\n");
        return 2;
    }
    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20); /* as in a jail */
    (void)mallopt(M_MMAP_THRESHOLD, 8 << 20);
    buf_init(&d.image, LIMIT_IMAGE_BYTES);
    d.window = calloc(1, LIMIT_WINDOW_BYTES + 64);
    enum err err = d.window ? crypto_warm(&why) : ERR_NOMEM;
    if (err == ERR_NONE)
        err = load(&d, argv[1], &why);
    if (err == ERR_NONE)
        err = scan(&d, argv + 2, &why);
    if (err != ERR_NONE) {
        (void)fprintf(stderr, "candor-debug: %s\n", why.text);
        return 2;
    }
    (void)printf("%llu files, %llu objects, %llu bytes, %llu findings, %llu gaps\n",
                 (unsigned long long)d.files, (unsigned long long)d.objects,
                 (unsigned long long)d.bytes, (unsigned long long)d.findings,
                 (unsigned long long)d.gaps);
    members_close(d.members);
    engine_close(d.engine);
    buf_done(&d.image);
    free(d.rules);
    free(d.window);
    return d.findings ? 1 : d.gaps ? 3 : 0;
}
