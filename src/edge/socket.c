/* Calls. Everything is non-blocking. */
#include "edge/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_AT_ONCE = 16 };

union control {
    char room[CMSG_SPACE(FDS_AT_ONCE * sizeof(int))];
    struct cmsghdr align;
};

static void take_fds(struct msghdr *m, struct socket_got *got)
{
    for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
            if (got->fd_count < got->fd_room)
                got->fds[got->fd_count++] = fd;
            else
                (void)close(fd);
        }
    }
}

ssize_t socket_read(int fd, uint8_t *to, size_t size, struct socket_got *got)
{
    union control c;
    struct iovec part = {to, size};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = c.room, .msg_controllen = sizeof c.room};
    ssize_t n;
    do
        n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? SOCKET_LATER : -1;
    take_fds(&m, got);
    return n;
}

ssize_t socket_write(int fd, struct span bytes)
{
    ssize_t n;
    do
        n = write(fd, bytes.at, bytes.len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    return n;
}

void socket_end(int fd)
{
    (void)shutdown(fd, SHUT_WR); /* a client that left has no use for it */
}

int socket_accept(int listener, uint32_t *uid)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct ucred who = {0};
    socklen_t len = sizeof who;
    *uid = UINT32_MAX;
    if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.pid > 0)
        *uid = who.uid;
    return fd;
}
