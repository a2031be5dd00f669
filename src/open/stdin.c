/* Standard input may be a pipe, which cannot be read twice, so it is kept until it was scanned. */
#include "open/stdin.h"

#include "common/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SMALL_BYTES = 1 << 20 };

/* Reads until `size` bytes or the end. -1: an error. */
static ssize_t read_some(int fd, uint8_t *to, size_t size)
{
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, to + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static int unnamed_file(void)
{
    const char *places[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int fd = places[i] ? open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
        if (fd >= 0)
            return fd;
    }
    return memfd_create("candor-stdin", MFD_CLOEXEC);
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* The rest of the input behind what was read. The file's size, or UINT64_MAX. */
static uint64_t spool(int from, int to, uint8_t *chunk, size_t have)
{
    uint64_t size = 0;
    while (have > 0) {
        if (!write_all(to, chunk, have))
            return UINT64_MAX;
        size += have;
        ssize_t n = read_some(from, chunk, SMALL_BYTES);
        if (n < 0)
            return UINT64_MAX;
        have = (size_t)n;
    }
    return size;
}

enum err stdin_add(struct pool *p, int fd, struct report *report, struct why *why)
{
    uint8_t *chunk = malloc(SMALL_BYTES);
    ssize_t n = chunk ? read_some(fd, chunk, SMALL_BYTES) : -1;
    enum err err;
    if (n < 0) {
        err = fail_os(why, "cannot read standard input");
        report_free(report);
    } else if (n < SMALL_BYTES) {
        err = pool_add_bytes(p, span_make(chunk, (size_t)n), report, why);
    } else {
        int file = unnamed_file();
        uint64_t size = file < 0 ? UINT64_MAX : spool(fd, file, chunk, (size_t)n);
        if (size == UINT64_MAX) {
            err = fail_os(why, "no room to keep standard input");
            if (file >= 0)
                (void)close(file);
            report_free(report);
        } else {
            report->size = size;
            err = pool_add(p, file, report, why);
        }
    }
    free(chunk);
    return err;
}
