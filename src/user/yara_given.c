/* Reading the files of `-x`. Their bytes are strangers': none is looked at here. */
#include "user/yara_given.h"

#include "common/limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 65536 };

/* A regular file's bytes; false when it cannot be read or is none. */
static bool read_all(int fd, struct buf *out)
{
    uint8_t piece[PIECE];
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n <= 0)
            return n == 0;
        buf_put(out, piece, (size_t)n);
        if (out->bad) /* larger than may be: the caller sees */
            return true;
    }
}

static bool read_one(const char *item, struct buf *out)
{
    struct buf bytes;
    const char *equals = strchr(item, '=');
    if (!equals) {
        (void)fputs("error: wrong syntax for `-x` option.\n", stderr);
        return false;
    }
    buf_init(&bytes, LIMIT_MODULE_DATA_BYTES);
    int fd = open(equals + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool ok = read_all(fd, &bytes);
    if (fd >= 0)
        (void)close(fd);
    if (!ok)
        (void)fprintf(stderr, "error: could not open file \"%s\".\n", equals + 1);
    buf_u32le(out, (uint32_t)(equals - item));
    buf_u32le(out, (uint32_t)bytes.len);
    buf_put(out, item, (size_t)(equals - item));
    buf_span(out, buf_get(&bytes));
    out->bad = out->bad || bytes.bad;
    buf_done(&bytes);
    if (ok && out->bad)
        (void)fprintf(stderr, "error: the files of `-x` are larger than %d MiB together: \"%s\".\n",
                      (int)(LIMIT_MODULE_DATA_BYTES >> 20), equals + 1);
    return ok && !out->bad;
}

bool yara_given_read(const struct yara_texts *files, struct buf *out)
{
    for (uint32_t i = 0; i < files->count; i++)
        if (!read_one(files->items[i], out))
            return false;
    return true;
}
