/* Moves bytes into one folder, by descriptor; never looks into them. */
#include "edge/inbox.h"

#include "common/reader.h"
#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err inbox_open(struct inbox *in, const char *path, struct why *why)
{
    in->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return in->dir >= 0 ? ERR_NONE : fail_os(why, "inbox %s", path);
}

void inbox_close(struct inbox *in)
{
    if (in->dir >= 0)
        (void)close(in->dir);
    in->dir = -1;
}

/* The TOTAL of NAME.TOTAL.part; false when the entry is none of this name. */
static bool total_of(const char *entry, const char *name, uint64_t *total)
{
    struct span s = span_text(entry), tail = SPAN_OF(".part");
    size_t len = strlen(name);
    if (!span_starts(s, span_make(name, len)) || span_byte(s, len) != '.' ||
        s.len <= len + 1 + tail.len || !span_equal(span_cut(s, s.len - tail.len, SIZE_MAX), tail))
        return false;
    return text_u64(span_cut(s, len + 1, s.len - tail.len - len - 1), total);
}

static enum err name_part(struct inbox_part *part, struct why *why)
{
    int n = snprintf(part->path, sizeof part->path, "%s.%llu.part", part->name,
                     (unsigned long long)part->total);
    if (n < 0 || (size_t)n >= sizeof part->path)
        return fail(why, ERR_USAGE, "the name %s is too long", part->name);
    return ERR_NONE;
}

/* Opens a part that an earlier run left; false: it is of no use and removed. */
static bool go_on(struct inbox_part *part)
{
    struct stat st;
    part->fd = openat(part->inbox->dir, part->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    bool ok = part->fd >= 0 && fstat(part->fd, &st) == 0 && S_ISREG(st.st_mode);
    uint64_t size = ok ? (uint64_t)st.st_size : 0;
    part->have = size / INBOX_STEP * INBOX_STEP;
    if (ok && part->have > 0 && size < part->total && ftruncate(part->fd, (off_t)part->have) == 0 &&
        lseek(part->fd, 0, SEEK_END) == (off_t)part->have)
        return true;
    inbox_drop(part);
    return false;
}

enum err inbox_find(const struct inbox *in, const char *name, struct inbox_part *part,
                    struct why *why)
{
    *part = (struct inbox_part){.inbox = in, .name = name, .fd = -1};
    int fd = openat(in->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (!d) {
        enum err err = fail_os(why, "the inbox");
        if (fd >= 0)
            (void)close(fd);
        return err;
    }
    enum err err = ERR_NONE;
    const struct dirent *e;
    while (err == ERR_NONE && (e = readdir(d))) {
        if (!total_of(e->d_name, name, &part->total))
            continue;
        err = name_part(part, why);
        if (err == ERR_NONE && go_on(part))
            break;
    }
    (void)closedir(d);
    return err;
}

enum err inbox_begin(struct inbox_part *part, uint64_t total, struct why *why)
{
    inbox_drop(part);
    part->total = total;
    TRY(name_part(part, why));
    (void)unlinkat(part->inbox->dir, part->path, 0); /* whatever stands there is not ours to keep */
    part->fd = openat(part->inbox->dir, part->path,
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (part->fd >= 0)
        return ERR_NONE;
    part->path[0] = 0;
    return fail_os(why, "the inbox cannot be written");
}

enum err inbox_write(struct inbox_part *part, const void *bytes, size_t len, struct why *why)
{
    struct span left = span_make(bytes, len);
    while (left.len > 0) {
        ssize_t n = write(part->fd, left.at, left.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_os(why, "the inbox cannot be written");
        left = span_cut(left, (size_t)n, SIZE_MAX);
        part->have += (uint64_t)n;
    }
    return ERR_NONE;
}

enum err inbox_resume(struct inbox_part *part, struct why *why)
{
    uint64_t kept = part->total > 0 ? part->have / INBOX_STEP * INBOX_STEP : 0;
    if (part->fd < 0 || kept == 0) {
        inbox_drop(part);
        return ERR_NONE;
    }
    if (ftruncate(part->fd, (off_t)kept) != 0 || lseek(part->fd, (off_t)kept, SEEK_SET) < 0)
        return fail_os(why, "the inbox cannot be written");
    part->have = kept;
    return ERR_NONE;
}

enum err inbox_finish(struct inbox_part *part, struct why *why)
{
    if (part->total > 0 && part->have != part->total)
        return fail(why, ERR_PEER, "%llu bytes came instead of %llu",
                    (unsigned long long)part->have, (unsigned long long)part->total);
    if (fsync(part->fd) != 0 ||
        renameat(part->inbox->dir, part->path, part->inbox->dir, part->name) != 0 ||
        fsync(part->inbox->dir) != 0)
        return fail_os(why, "the inbox cannot be written");
    part->path[0] = 0;
    inbox_leave(part);
    return ERR_NONE;
}

void inbox_drop(struct inbox_part *part)
{
    inbox_leave(part);
    if (part->path[0])
        (void)unlinkat(part->inbox->dir, part->path, 0);
    part->path[0] = 0;
    part->have = part->total = 0;
}

void inbox_leave(struct inbox_part *part)
{
    if (part->fd >= 0 && part->path[0] && part->total == 0)
        (void)unlinkat(part->inbox->dir, part->path, 0);
    if (part->fd >= 0)
        (void)close(part->fd);
    part->fd = -1;
}
