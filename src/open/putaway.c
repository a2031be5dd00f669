/* Putting files away. Between the scan and this, whoever wrote the file may have swapped it, or a
 * folder above it, for a link: every step is by descriptor, without links, and checks the inode. */
#include "open/putaway.h"

#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char manifest_name[] = "candor-manifest.jsonl";
enum { NAMES_MOST = 1000 };

enum err putaway_open(struct putaway *p, enum putaway_act act, const char *folder, struct why *why)
{
    *p = (struct putaway){.act = act, .folder = -1, .name = folder};
    if (act == PUTAWAY_NONE || act == PUTAWAY_REMOVE)
        return ERR_NONE;
    p->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return p->folder >= 0 ? ERR_NONE : fail_os(why, "cannot open folder %s", folder);
}

void putaway_close(struct putaway *p)
{
    if (p->folder >= 0)
        (void)close(p->folder);
    p->folder = -1;
}

static int open_plain(int folder, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
                           .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

/* One file in hand: its folder, its name there, itself. */
struct held {
    int parent, fd;
    char name[256];
    struct stat st;
};

static void let_go(struct held *h)
{
    if (h->parent >= 0)
        (void)close(h->parent);
    if (h->fd >= 0)
        (void)close(h->fd);
}

static enum err hold(struct held *h, const struct putaway_file *f, struct why *why)
{
    char folder[4200];
    const char *slash = strrchr(f->path, '/');
    const char *name = slash ? slash + 1 : f->path;
    int n =
        snprintf(folder, sizeof folder, "%.*s",
                 slash ? (int)(slash - f->path + (slash == f->path)) : 1, slash ? f->path : ".");
    if (n >= (int)sizeof folder || strlen(name) >= sizeof h->name || name[0] == 0)
        return fail(why, ERR_USAGE, "a path too long to act on");
    (void)snprintf(h->name, sizeof h->name, "%s", name);
    h->parent = open_plain(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY);
    if (h->parent < 0)
        return fail_os(why, "its folder cannot be opened without following links");
    h->fd = open_plain(h->parent, h->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    if (h->fd < 0 || fstat(h->fd, &h->st) != 0)
        return fail_os(why, "it cannot be opened again");
    if (!S_ISREG(h->st.st_mode) || h->st.st_dev != f->device || h->st.st_ino != f->inode)
        return fail(why, ERR_SYSTEM, "it is no longer the file that was scanned");
    return ERR_NONE;
}

/* name, name.001, name.002 ... as clamscan; never the manifest's own, whose first lines would be a
 * hostile file's bytes. */
static int new_file(int folder, const char *name, char stored[300])
{
    (void)snprintf(stored, 300, "%s", name);
    for (int k = 1; k < NAMES_MOST; k++) {
        int fd = -1;
        errno = EEXIST;
        if (strcmp(stored, manifest_name) != 0)
            fd = openat(folder, stored, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0 || errno != EEXIST)
            return fd;
        (void)snprintf(stored, 300, "%s.%03d", name, k);
    }
    return -1;
}

static bool copy_bytes(int from, int to)
{
    char chunk[65536];
    off_t at = 0;
    ssize_t n;
    while ((n = pread(from, chunk, sizeof chunk, at)) > 0) {
        for (ssize_t done = 0; done < n;) {
            ssize_t w = write(to, chunk + done, (size_t)(n - done));
            if (w <= 0)
                return false;
            done += w;
        }
        at += n;
    }
    return n == 0 && fsync(to) == 0;
}

/* As text, and in base64 too when it is none. */
static void put_name(struct buf *b, const char *key, const char *name)
{
    buf_print(b, ",\"%s\":", key);
    if (text_json(b, span_text(name)))
        return;
    buf_print(b, ",\"%s_b64\":\"", key);
    text_base64(b, span_text(name));
    buf_byte(b, '"');
}

/* Whole or not at all: what a full disk cut off would spoil the next line too. A pipe or device
 * that waits under the name is no manifest. */
static bool append(int folder, struct span line)
{
    struct stat st;
    int fd = openat(folder, manifest_name,
                    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    bool ok = is_file && write(fd, line.at, line.len) == (ssize_t)line.len && fsync(fd) == 0;
    int os = is_file ? errno : EINVAL;
    if (is_file && !ok && ftruncate(fd, st.st_size) != 0)
        os = errno;
    (void)close(fd);
    errno = os;
    return ok;
}

static bool note(const struct putaway *p, const struct putaway_file *f, const struct held *h,
                 const char *stored)
{
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, p->act == PUTAWAY_MOVE ? "{\"act\":\"move\"" : "{\"act\":\"copy\"");
    put_name(&b, "path", f->path);
    put_name(&b, "stored", stored);
    buf_text(&b, ",\"finding\":");
    (void)text_json(&b, f->finding); /* an identifier of a rule */
    buf_print(&b, ",\"size\":%lld,\"mode\":%u,\"uid\":%u,\"gid\":%u,\"mtime\":%lld,\"at\":%lld}\n",
              (long long)h->st.st_size, (unsigned)(h->st.st_mode & 07777), (unsigned)h->st.st_uid,
              (unsigned)h->st.st_gid, (long long)h->st.st_mtime, (long long)time(NULL));
    bool ok = !b.bad && append(p->folder, buf_get(&b));
    buf_done(&b);
    return ok;
}

static enum err store(const struct putaway *p, const struct putaway_file *f, const struct held *h,
                      char stored[300], struct why *why)
{
    int to = new_file(p->folder, h->name, stored);
    if (to < 0)
        return fail_os(why, "it cannot be written to %s", p->name);
    bool ok = copy_bytes(h->fd, to);
    (void)close(to);
    ok = ok && note(p, f, h, stored) &&
         fsync(p->folder) == 0; /* the name too, before the file goes */
    if (ok)
        return ERR_NONE;
    enum err err = fail_os(why, "it cannot be written to %s", p->name);
    (void)unlinkat(p->folder, stored, 0);
    return err;
}

/* Under a name that nobody guesses first, so that what is removed is what was checked. */
static enum err take_away(const struct held *h, struct why *why)
{
    char aside[64];
    struct stat st;
    (void)snprintf(aside, sizeof aside, ".candor-%d-%lld", (int)getpid(), (long long)h->st.st_ino);
    if (syscall(SYS_renameat2, h->parent, h->name, h->parent, aside, 1 /* RENAME_NOREPLACE */) != 0)
        return fail_os(why, "it cannot be taken from its folder");
    if (fstatat(h->parent, aside, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == h->st.st_ino &&
        st.st_dev == h->st.st_dev && unlinkat(h->parent, aside, 0) == 0)
        return ERR_NONE;
    enum err err = fail(why, ERR_SYSTEM, "it was swapped for another while it was put away");
    (void)syscall(SYS_renameat2, h->parent, aside, h->parent, h->name, 1); /* whatever it is */
    return err;
}

enum err putaway_file(const struct putaway *p, const struct putaway_file *f, char stored[300],
                      struct why *why)
{
    struct held h = {.parent = -1, .fd = -1};
    stored[0] = 0;
    enum err err = hold(&h, f, why);
    if (err == ERR_NONE && p->act != PUTAWAY_REMOVE)
        err = store(p, f, &h, stored, why);
    if (err == ERR_NONE && p->act != PUTAWAY_COPY)
        err = take_away(&h, why);
    let_go(&h);
    return err;
}
