/* sendmsg and recvmsg. Both ends are our own processes; sizes are checked all the same. */
#include "sandbox/letter.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    char room[CMSG_SPACE(LETTER_FDS_MAX * sizeof(int))];
    struct cmsghdr align;
};

enum err letter_pair(int ends[2], struct why *why)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_os(why, "socketpair");
    return ERR_NONE;
}

enum err letter_send(int fd, const struct letter *l, struct why *why)
{
    union control c = {0};
    struct iovec parts[] = {{l->head, l->head_len}, {l->note, l->note_len}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    if (l->fd_count > 0) {
        m.msg_control = c.room;
        m.msg_controllen = CMSG_SPACE(l->fd_count * sizeof(int));
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN(l->fd_count * sizeof(int));
        memcpy(CMSG_DATA(h), l->fds, l->fd_count * sizeof(int));
    }
    ssize_t n;
    do
        n = sendmsg(fd, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)(l->head_len + l->note_len))
        return fail_os(why, "a message between our own processes");
    return ERR_NONE;
}

static void take_fds(struct msghdr *m, struct letter *l)
{
    l->fd_count = 0;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        must(n <= LETTER_FDS_MAX - l->fd_count); /* no more fits the control room */
        memcpy(l->fds + l->fd_count, CMSG_DATA(h), n * sizeof(int));
        l->fd_count += (uint32_t)n;
    }
}

enum err letter_receive(int fd, struct letter *l, struct why *why)
{
    union control c = {0};
    struct iovec parts[] = {{l->head, l->head_len}, {l->note, l->note_len}};
    struct msghdr m = {
        .msg_iov = parts, .msg_iovlen = 2, .msg_control = c.room, .msg_controllen = sizeof c.room};
    ssize_t n;
    do
        n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    l->fd_count = 0;
    if (n > 0)
        take_fds(&m, l);
    if (n == (ssize_t)(l->head_len + l->note_len) && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return ERR_NONE;
    letter_close(l);
    return fail(why, ERR_PEER, "the other process is gone");
}

void letter_close(struct letter *l)
{
    for (uint32_t i = 0; i < l->fd_count; i++)
        (void)close(l->fds[i]);
    l->fd_count = 0;
}
