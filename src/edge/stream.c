/* Streams and their ledger. Bytes pass through and are not looked at. */
#include "edge/stream.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

enum { SMALL_BYTES = 64 << 10 };

void stream_init(struct stream *s, struct ledger *ledger)
{
    *s = (struct stream){.ledger = ledger, .fd = -1};
    buf_init(&s->small, 2 * SMALL_BYTES);
}

void stream_done(struct stream *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    buf_done(&s->small);
    if (s->ledger && s->ledger->elder == s)
        s->ledger->elder = NULL;
    else if (s->ledger)
        s->ledger->used -= s->len;
    s->len = 0;
    s->fd = -1;
}

uint64_t stream_room(struct stream *s)
{
    struct ledger *l = s->ledger;
    if (l->elder != s && l->used < l->limit)
        return l->limit - l->used;
    if (!l->elder) {
        l->elder = s;
        l->used -= s->len; /* from now on the reserve pays for it */
    }
    if (l->elder == s)
        return l->reserve > s->len ? l->reserve - s->len : 0;
    l->is_short = true;
    return 0;
}

static bool write_all(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.at, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = span_cut(bytes, (size_t)n, SIZE_MAX);
    }
    return true;
}

static bool grow(struct stream *s)
{
    s->fd = memfd_create("candor-stream", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
    if (s->fd < 0) /* before Linux 6.3 */
        s->fd = memfd_create("candor-stream", MFD_CLOEXEC);
    if (s->fd < 0 || !write_all(s->fd, buf_get(&s->small)))
        return false;
    buf_done(&s->small);
    buf_init(&s->small, 2 * SMALL_BYTES);
    return true;
}

bool stream_put(struct stream *s, struct span bytes)
{
    s->len += bytes.len;
    if (s->ledger->elder != s)
        s->ledger->used += bytes.len;
    if (s->fd < 0 && s->len <= SMALL_BYTES) {
        buf_span(&s->small, bytes);
        return !s->small.bad;
    }
    if (s->fd < 0 && !grow(s))
        return false;
    return write_all(s->fd, bytes);
}

int stream_take_fd(struct stream *s)
{
    int fd = s->fd;
    s->fd = -1;
    return fd;
}
