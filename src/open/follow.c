/* Depth-first with an explicit stack of open folders. Names are those of the owner's tree, any
 * bytes. */
#include "open/follow.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 256, OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

struct folder {
    int fd;
    dev_t dev;
    ino_t ino;
    char **names;
    size_t count, next;
    size_t path_len; /* of the folder, in follow->path */
};

struct follow {
    struct follow_sink sink;
    struct folder *stack; /* DEPTH_MAX of them */
    unsigned depth;
    char *path; /* of what is being looked at */
    size_t path_len, path_cap;
    dev_t root_dev;
};

enum err follow_new(struct follow **out, const struct follow_sink *sink, struct why *why)
{
    struct follow *f = calloc(1, sizeof *f);
    if (f) {
        f->sink = *sink;
        f->path_cap = 8192;
        f->stack = calloc(DEPTH_MAX, sizeof *f->stack);
        f->path = calloc(1, f->path_cap);
    }
    if (!f || !f->stack || !f->path) {
        follow_free(f);
        return fail(why, ERR_NOMEM, "walk");
    }
    *out = f;
    return ERR_NONE;
}

static void pop(struct follow *f)
{
    struct folder *top = &f->stack[--f->depth];
    (void)close(top->fd);
    for (size_t i = top->next; i < top->count; i++)
        free(top->names[i]);
    free(top->names);
}

void follow_free(struct follow *f)
{
    if (!f)
        return;
    while (f->depth > 0)
        pop(f);
    free(f->stack);
    free(f->path);
    free(f);
}

static struct span path_of(const struct follow *f)
{
    return span_make(f->path, f->path_len);
}

/* path := its first `len` bytes, a slash, name. As both programs do, a slash too many stays. */
static bool set_path(struct follow *f, size_t len, const char *name)
{
    size_t more = strlen(name), need = len + more + 2;
    if (need > f->path_cap) {
        char *p = realloc(f->path, need * 2);
        if (!p)
            return false;
        f->path = p;
        f->path_cap = need * 2;
    }
    if (f->depth > 0)
        f->path[len++] = '/';
    memcpy(f->path + len, name, more + 1);
    f->path_len = len + more;
    return true;
}

static bool add_name(struct folder *d, size_t *cap, const char *name)
{
    if (d->count == *cap) {
        size_t want = *cap ? *cap * 2 : 64;
        char **p = realloc(d->names, want * sizeof *p);
        if (!p)
            return false;
        d->names = p;
        *cap = want;
    }
    d->names[d->count] = strdup(name);
    return d->names[d->count] && ++d->count;
}

static bool read_names(struct folder *d)
{
    int copy = fcntl(d->fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (!dir) {
        if (copy >= 0)
            (void)close(copy);
        return false;
    }
    size_t cap = 0;
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            ok = add_name(d, &cap, e->d_name);
    (void)closedir(dir);
    return ok;
}

static bool is_inside_itself(const struct follow *f, const struct stat *st)
{
    for (unsigned i = 0; i < f->depth; i++)
        if (f->stack[i].dev == st->st_dev && f->stack[i].ino == st->st_ino)
            return true;
    return false;
}

/* Takes fd. */
static enum err enter(struct follow *f, int fd, const struct stat *st, struct why *why)
{
    struct folder d = {.fd = fd, .dev = st->st_dev, .ino = st->st_ino, .path_len = f->path_len};
    if (f->depth == DEPTH_MAX) {
        (void)close(fd);
        return f->sink.trouble(f->sink.ctx, path_of(f), ENAMETOOLONG, true, why);
    }
    bool ok = read_names(&d);
    int os = errno;
    f->stack[f->depth++] = d;
    return ok ? ERR_NONE : f->sink.trouble(f->sink.ctx, path_of(f), os, true, why);
}

/* What the entry is, before anything is opened. */
static bool look(struct follow *f, int folder, const char *name, struct follow_entry *e)
{
    struct stat link;
    char to[2];
    *e = (struct follow_entry){.path = path_of(f), .depth = f->depth};
    if (fstatat(folder, name, &link, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    e->st = link;
    e->is_link = S_ISLNK(link.st_mode);
    e->is_dot_link = e->is_link && readlinkat(folder, name, to, sizeof to) == 1 && to[0] == '.';
    e->leads_nowhere = e->is_link && fstatat(folder, name, &e->st, 0) != 0;
    if (e->leads_nowhere)
        e->st = link;
    if (f->depth == 0)
        f->root_dev = e->st.st_dev;
    e->is_other_device = e->st.st_dev != f->root_dev;
    return true;
}

static enum err visit(struct follow *f, int folder, const char *name, struct why *why)
{
    struct follow_entry e;
    struct stat st;
    if (!look(f, folder, name, &e))
        return f->depth > 0 && errno == ENOENT
                   ? ERR_NONE /* it went away meanwhile */
                   : f->sink.trouble(f->sink.ctx, path_of(f), errno, false, why);
    bool is_folder = S_ISDIR(e.st.st_mode);
    if (!f->sink.look(f->sink.ctx, &e) || (is_folder && is_inside_itself(f, &e.st)))
        return ERR_NONE;
    if (!is_folder && !S_ISREG(e.st.st_mode))
        return ERR_NONE;
    int fd = openat(folder, name,
                    OPEN_FLAGS | (e.is_link ? 0 : O_NOFOLLOW) | (is_folder ? O_DIRECTORY : 0));
    if (fd < 0)
        return f->sink.trouble(f->sink.ctx, path_of(f), errno, is_folder, why);
    if (fstat(fd, &st) != 0 || (st.st_mode & S_IFMT) != (e.st.st_mode & S_IFMT)) {
        (void)close(fd); /* swapped between the look and the opening */
        return f->sink.trouble(f->sink.ctx, path_of(f), ESTALE, is_folder, why);
    }
    return is_folder ? enter(f, fd, &st, why) : f->sink.file(f->sink.ctx, path_of(f), fd, &st, why);
}

enum err follow_path(struct follow *f, const char *path, struct why *why)
{
    if (!set_path(f, 0, path))
        return fail(why, ERR_NOMEM, "walk");
    TRY(visit(f, AT_FDCWD, path, why));
    while (f->depth > 0) {
        struct folder *top = &f->stack[f->depth - 1];
        if (top->next == top->count) {
            pop(f);
            continue;
        }
        char *name = top->names[top->next++];
        enum err err = set_path(f, top->path_len, name) ? visit(f, top->fd, name, why)
                                                        : fail(why, ERR_NOMEM, "walk");
        free(name);
        TRY(err);
    }
    return ERR_NONE;
}
