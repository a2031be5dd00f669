/* The calls on a client's socket. Apart because sys/socket.h and
 * common/channel.h both know a MSG_BATCH. */
#ifndef CANDOR_SOCKET_H
#define CANDOR_SOCKET_H

#include "common/reader.h"

#include <sys/types.h>

enum { SOCKET_LATER = -2 };

struct socket_got {
    int *fds; /* room for fd_room; those beyond are closed */
    unsigned fd_count, fd_room;
};

/* Bytes read, 0 at the end, SOCKET_LATER, or -1. Descriptors that came along are appended. */
ssize_t socket_read(int fd, uint8_t *to, size_t size, struct socket_got *got);
/* Bytes written; 0: not now; -1: the client is gone. */
ssize_t socket_write(int fd, struct span bytes);
/* Says that nothing more will be written. */
void socket_end(int fd);
/* A new client of a listening socket, not blocking; -1: none. Its uid, UINT32_MAX when unknown. */
int socket_accept(int listener, uint32_t *uid);

#endif
