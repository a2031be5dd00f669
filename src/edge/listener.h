/* Sockets the door answers on, made or inherited before it confines itself. */
#ifndef CANDOR_LISTENER_H
#define CANDOR_LISTENER_H

#include "common/err.h"

enum { LISTENERS_MAX = 16 };

struct listeners {
    int fds[LISTENERS_MAX];
    unsigned count;
    int notify_fd; /* to systemd, which waits for "ready"; -1: nobody waits */
};

void listener_init(struct listeners *l);
/* systemd's, if it gave any (sd_listen_fds(3)); and where it wants to be told (sd_notify(3)). */
enum err listener_inherit(struct listeners *l, struct why *why);
/* A unix socket at `path`; one that nobody answers on is replaced. */
enum err listener_unix(struct listeners *l, const char *path, unsigned mode, struct why *why);
/* "127.0.0.1:3310" or "[::1]:3310": loopback only, since the protocol has neither secrets nor
 * names. */
enum err listener_tcp(struct listeners *l, const char *place, struct why *why);
/* READY=1 to systemd, once. */
void listener_ready(struct listeners *l);
void listener_close(struct listeners *l);

#endif
