/* Depth-first with an explicit stack of open folders; openat2 for every step. */
#include "open/walk.h"

#include "common/limits.h"
#include "open/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { DEPTH_MAX = 512, OPEN_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_NOATIME };

/* Kernel-made file systems: reading them can block, act, or never end. statfs(2), magic.h. */
static const struct {
    uint32_t magic;
    const char *name;
} pseudo[] = {
    {0x9fa0, "proc"},
    {0x62656572, "sysfs"},
    {0x1cd1, "devpts"},
    {0x27e0eb, "cgroup"},
    {0x63677270, "cgroup2"},
    {0x64626720, "debugfs"},
    {0x74726163, "tracefs"},
    {0x73636673, "securityfs"},
    {0x6165676c, "pstore"},
    {0xcafe4a11, "bpf"},
    {0x62656570, "configfs"},
    {0x19800202, "mqueue"},
    {0x42494e4d, "binfmt_misc"},
    {0xde5e81e4, "efivarfs"},
    {0x6e736673, "nsfs"},
    {0x50495045, "pipefs"},
    {0x534f434b, "sockfs"},
    {0xf97cff8c, "selinuxfs"},
    {0x43415d53, "smackfs"},
    {0x65735543, "fusectl"},
    {0x0187, "autofs"},
    {0x67596969, "rpc_pipefs"},
    {0x958458f6, "hugetlbfs"},
};

struct inode {
    dev_t dev;
    ino_t ino;
};

struct folder {
    int fd;
    dev_t dev;
    char **names;
    uint32_t count, next;
    size_t path_len; /* of the folder, in walk->path, without a trailing slash */
};

struct walk {
    struct walk_options options;
    struct walk_sink sink;
    struct folder *stack; /* DEPTH_MAX of them */
    uint32_t depth;
    char *path; /* of what is being looked at */
    size_t path_len, path_cap;
    struct inode *seen; /* files with more than one name: open addressing; ino 0 is empty */
    size_t seen_cap, seen_count;
    dev_t root_dev;
    struct walk_skipped skipped;
};

enum err walk_new(struct walk **out, const struct walk_options *options,
                  const struct walk_sink *sink, struct why *why)
{
    struct walk *w = calloc(1, sizeof *w);
    if (w) {
        w->options = *options;
        w->sink = *sink;
        w->path_cap = 8192;
        w->seen_cap = 1024;
        w->stack = calloc(DEPTH_MAX, sizeof *w->stack);
        w->path = calloc(1, w->path_cap);
        w->seen = calloc(w->seen_cap, sizeof *w->seen);
    }
    if (!w || !w->stack || !w->path || !w->seen) {
        walk_free(w);
        return fail(why, ERR_NOMEM, "walk");
    }
    *out = w;
    return ERR_NONE;
}

static void pop(struct walk *w)
{
    struct folder *f = &w->stack[--w->depth];
    (void)close(f->fd);
    for (uint32_t i = f->next; i < f->count; i++)
        free(f->names[i]);
    free(f->names);
}

void walk_free(struct walk *w)
{
    if (!w)
        return;
    while (w->depth > 0)
        pop(w);
    free(w->stack);
    free(w->path);
    free(w->seen);
    free(w);
}

struct walk_skipped walk_get_skipped(const struct walk *w)
{
    return w->skipped;
}

static struct span path_of(const struct walk *w)
{
    return span_make(w->path, w->path_len);
}

/* path := first path_len bytes, a slash where needed, name. False: no memory. */
static bool set_path(struct walk *w, size_t len, const char *name)
{
    size_t more = strlen(name), need = len + more + 2;
    if (need > w->path_cap) {
        char *p = realloc(w->path, need * 2);
        if (!p)
            return false;
        w->path = p;
        w->path_cap = need * 2;
    }
    w->path_len = len;
    if (len > 0 && w->path[len - 1] != '/')
        w->path[w->path_len++] = '/';
    memcpy(w->path + w->path_len, name, more + 1);
    w->path_len += more;
    return true;
}

static bool is_excluded(const struct walk *w, const char *name)
{
    for (uint32_t i = 0; i < w->options.exclude_count; i++)
        if (fnmatch(w->options.excludes[i], w->path, 0) == 0 ||
            fnmatch(w->options.excludes[i], name, 0) == 0)
            return true;
    return false;
}

static struct inode *seen_slot(struct inode *table, size_t cap, const struct inode *key)
{
    size_t i = (size_t)(key->ino * 0x9e3779b97f4a7c15u ^ key->dev) & (cap - 1);
    while (table[i].ino != 0 && (table[i].ino != key->ino || table[i].dev != key->dev))
        i = (i + 1) & (cap - 1);
    return &table[i];
}

/* True when this inode was met under another name. Out of memory only costs a second look. */
static bool was_seen(struct walk *w, const struct stat *st)
{
    struct inode key = {st->st_dev, st->st_ino};
    if (w->seen_count * 2 >= w->seen_cap) {
        struct inode *bigger = calloc(w->seen_cap * 2, sizeof *bigger);
        if (!bigger)
            return false;
        for (size_t i = 0; i < w->seen_cap; i++)
            if (w->seen[i].ino != 0)
                *seen_slot(bigger, w->seen_cap * 2, &w->seen[i]) = w->seen[i];
        free(w->seen);
        w->seen = bigger;
        w->seen_cap *= 2;
    }
    struct inode *slot = seen_slot(w->seen, w->seen_cap, &key);
    if (slot->ino != 0)
        return true;
    *slot = key;
    w->seen_count++;
    return false;
}

/* A file that need not be opened: another name of one that was met, or known to the caller. */
static bool is_known(struct walk *w, const struct stat *st)
{
    struct inode key = {st->st_dev, st->st_ino};
    if (!w->sink.known || !S_ISREG(st->st_mode))
        return false;
    if (st->st_nlink > 1 && seen_slot(w->seen, w->seen_cap, &key)->ino != 0) {
        w->skipped.hard_links++;
        return true;
    }
    if (!w->sink.known(w->sink.ctx, path_of(w), st))
        return false;
    if (st->st_nlink > 1)
        (void)was_seen(w, st); /* no memory: its next name is asked for again */
    return true;
}

static const char *pseudo_name(int fd)
{
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof pseudo / sizeof pseudo[0]; i++)
        if ((uint32_t)fs.f_type == pseudo[i].magic)
            return pseudo[i].name;
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_name(struct folder *f, uint32_t *cap, const char *name)
{
    if (f->count == *cap) {
        uint32_t want = *cap ? *cap * 2 : 64;
        char **p = realloc(f->names, want * sizeof *p);
        if (!p)
            return false;
        f->names = p;
        *cap = want;
    }
    f->names[f->count] = strdup(name);
    return f->names[f->count] && ++f->count;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Reads every name of a folder before going on, so that what is added meanwhile cannot keep us
 * here. */
static bool read_names(struct folder *f)
{
    int copy = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (!dir) {
        if (copy >= 0)
            (void)close(copy);
        return false;
    }
    uint32_t cap = 0;
    bool ok = true;
    errno = 0;
    for (struct dirent *e; ok && (e = readdir(dir));)
        if (!is_dots(e->d_name))
            ok = add_name(f, &cap, e->d_name);
    ok = ok && errno == 0;
    (void)closedir(dir);
    if (f->count)
        qsort(f->names, f->count, sizeof *f->names, by_name);
    return ok;
}

static enum err say_gap(struct walk *w, enum gap_kind kind, const char *detail, struct why *why)
{
    return w->sink.gap(w->sink.ctx, path_of(w), kind, span_text(detail), why);
}

static enum err enter(struct walk *w, int fd, const struct stat *st, struct why *why)
{
    struct folder f = {.fd = fd, .dev = st->st_dev, .path_len = w->path_len};
    bool new_fs = w->depth == 0 || w->stack[w->depth - 1].dev != st->st_dev;
    const char *name = new_fs ? pseudo_name(fd) : NULL;
    if (name || (w->options.one_file_system && st->st_dev != w->root_dev)) {
        w->skipped.pseudo += name != NULL;
        if (name)
            w->sink.pseudo(w->sink.ctx, path_of(w), name);
        (void)close(fd);
        return ERR_NONE;
    }
    if (w->depth == DEPTH_MAX) {
        (void)close(fd);
        return say_gap(w, GAP_TOO_DEEP, "folders nested too deep", why);
    }
    bool ok = read_names(&f);
    w->stack[w->depth++] = f;
    return ok ? ERR_NONE : say_gap(w, GAP_UNREADABLE, "the folder cannot be listed", why);
}

/* O_NOATIME is only for the owner; without it the kernel says EPERM. */
static int open_entry(int folder, const char *name, int extra)
{
    int fd = beneath_open(folder, name, OPEN_FLAGS | extra);
    return fd < 0 && errno == EPERM ? beneath_open(folder, name, (OPEN_FLAGS & ~O_NOATIME) | extra)
                                    : fd;
}

/* What an open descriptor turned out to be. Takes fd. */
static enum err take(struct walk *w, int fd, const struct stat *st, struct why *why)
{
    if (S_ISDIR(st->st_mode))
        return enter(w, fd, st, why);
    if (!S_ISREG(st->st_mode)) { /* it was swapped between the look and the opening */
        (void)close(fd);
        w->skipped.special++;
        return ERR_NONE;
    }
    if (st->st_nlink > 1 && was_seen(w, st)) {
        (void)close(fd);
        w->skipped.hard_links++;
        return ERR_NONE;
    }
    return w->sink.file(w->sink.ctx, path_of(w), fd, st, why);
}

static enum err visit(struct walk *w, int folder, const char *name, struct why *why)
{
    struct stat st;
    if (is_excluded(w, name)) {
        w->skipped.excluded++;
        return ERR_NONE;
    }
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? ERR_NONE : say_gap(w, GAP_UNREADABLE, strerror(errno), why);
    if (S_ISLNK(st.st_mode)) {
        w->skipped.links++;
        return ERR_NONE;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        w->skipped.special++;
        return ERR_NONE;
    }
    if (w->options.count_only && S_ISREG(st.st_mode))
        return w->sink.file(w->sink.ctx, path_of(w), -1, &st, why);
    if (is_known(w, &st))
        return ERR_NONE;
    int fd = open_entry(folder, name, S_ISDIR(st.st_mode) ? O_DIRECTORY : 0);
    if (fd < 0)
        return errno == ENOENT ? ERR_NONE : say_gap(w, GAP_UNREADABLE, strerror(errno), why);
    if (fstat(fd, &st) != 0) {
        (void)close(fd);
        return say_gap(w, GAP_UNREADABLE, strerror(errno), why);
    }
    return take(w, fd, &st, why);
}

/* The path named on the command line: its links are the owner's own. */
static enum err start(struct walk *w, const char *path, struct why *why)
{
    struct stat st;
    int probe = beneath_open_named(path, O_PATH);
    if (probe < 0) {
        bool loop = errno == ELOOP || (errno == ENOENT && lstat(path, &st) == 0);
        return say_gap(w, loop ? GAP_LINK : GAP_UNREADABLE, strerror(errno), why);
    }
    int rc = fstat(probe, &st);
    (void)close(probe);
    if (rc != 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return say_gap(w, GAP_SPECIAL, "neither a file nor a folder", why);
    int fd = beneath_open_named(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum err err = say_gap(w, GAP_UNREADABLE, strerror(errno), why);
        if (fd >= 0)
            (void)close(fd);
        return err;
    }
    w->root_dev = st.st_dev;
    return take(w, fd, &st, why);
}

enum err walk_path(struct walk *w, const char *path, struct why *why)
{
    if (!set_path(w, 0, path))
        return fail(why, ERR_NOMEM, "walk");
    TRY(start(w, path, why));
    while (w->depth > 0) {
        struct folder *f = &w->stack[w->depth - 1];
        if (f->next == f->count) {
            pop(w);
            continue;
        }
        char *name = f->names[f->next++];
        enum err err = set_path(w, f->path_len, name) ? visit(w, f->fd, name, why)
                                                      : fail(why, ERR_NOMEM, "walk");
        free(name);
        TRY(err);
    }
    return ERR_NONE;
}
