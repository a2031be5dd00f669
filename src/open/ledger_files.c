/* The ledger's folder. Names there are ours; bytes are handed on unread. */
#include "open/ledger_files.h"

#include "common/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void ledger_files_segment(char out[LEDGER_NAME_MAX], uint32_t number, bool dropped)
{
    (void)snprintf(out, LEDGER_NAME_MAX, "%08u.%s", number, dropped ? "hashes" : "seg");
}

static bool is_segment(const char *name, uint32_t *number, bool *dropped)
{
    struct span s = span_text(name);
    uint64_t n;
    char right[LEDGER_NAME_MAX];
    *dropped = span_find(s, SPAN_OF(".hashes"), 0) != SIZE_MAX;
    if (!text_u64(span_cut(s, 0, span_find_byte(s, '.', 0)), &n) || n > UINT32_MAX)
        return false;
    *number = (uint32_t)n;
    ledger_files_segment(right, *number, *dropped);
    return span_equal(s, span_text(right));
}

enum err ledger_files_list(int dir, struct ledger_files *out, struct why *why)
{
    *out = (struct ledger_files){.oldest = UINT32_MAX, .whole = UINT32_MAX};
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        if (fd >= 0)
            (void)close(fd);
        return fail_os(why, "the ledger's folder");
    }
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        uint32_t number;
        bool dropped;
        if (!is_segment(e->d_name, &number, &dropped))
            continue;
        out->count++;
        out->oldest = number < out->oldest ? number : out->oldest;
        out->newest = number > out->newest ? number : out->newest;
        if (!dropped && number < out->whole)
            out->whole = number;
    }
    (void)closedir(d);
    return ERR_NONE;
}

static enum err read_all(int fd, const char *name, size_t most, struct buf *out, struct why *why)
{
    for (;;) {
        size_t before = out->len;
        uint8_t *room = buf_add(out, 1 << 16);
        if (!room)
            return fail(why, ERR_NOMEM, "ledger: %s", name);
        ssize_t n = read(fd, room, 1 << 16);
        if (n < 0)
            return fail_os(why, "ledger: %s", name);
        out->len = before + (size_t)n;
        if (out->len > most)
            return fail(why, ERR_LEDGER, "%s is larger than any that was written", name);
        if (n == 0)
            return ERR_NONE;
    }
}

enum err ledger_files_read(int dir, const char *name, size_t most, struct buf *out, bool *there,
                           struct why *why)
{
    buf_clear(out);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    *there = fd >= 0;
    if (fd < 0 && errno == ELOOP)
        return fail(why, ERR_LEDGER, "%s is a link, and none was written", name);
    if (fd < 0)
        return errno == ENOENT ? ERR_NONE : fail_os(why, "%s", name);
    enum err err = read_all(fd, name, most, out, why);
    (void)close(fd);
    return err;
}

enum err ledger_files_write(int fd, struct span bytes, uint64_t at, struct why *why)
{
    struct reader r = reader_of(bytes);
    while (reader_left(&r)) {
        struct span rest = reader_rest(&r);
        ssize_t n = pwrite(fd, rest.at, rest.len, (off_t)(at + r.at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail_os(why, "the ledger cannot be written");
        reader_skip(&r, (uint64_t)n);
    }
    return ERR_NONE;
}

enum err ledger_files_replace(int dir, const char *name, struct span bytes, unsigned mode,
                              struct why *why)
{
    char aside[LEDGER_NAME_MAX + 8];
    (void)snprintf(aside, sizeof aside, "%s.new", name);
    int fd = openat(dir, aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return fail_os(why, "ledger: %s", aside);
    enum err err = ledger_files_write(fd, bytes, 0, why);
    if (err == ERR_NONE && fsync(fd) != 0)
        err = fail_os(why, "ledger: %s", aside);
    (void)close(fd);
    if (err == ERR_NONE && renameat(dir, aside, dir, name) != 0)
        err = fail_os(why, "ledger: %s", name);
    if (err != ERR_NONE)
        (void)unlinkat(dir, aside, 0);
    return err;
}
