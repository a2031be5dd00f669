/* One client: what it said, what it waits for, how long it may take. */
#ifndef CANDOR_CLIENT_H
#define CANDOR_CLIENT_H

#include "edge/answers.h"
#include "edge/jobs.h"
#include "edge/protocol.h"

enum { CLIENT_PENDING = 4096, CLIENT_FDS = 4, HALL_SCRATCH = 256 << 10 };

/* What clients share. */
struct hall {
    struct door_options options;
    struct ledger ledger;
    struct jobs *jobs;
    struct keeper_note rules;
    struct client *clients;
    struct peer *peers;
    unsigned client_count;
    int epoll, mounts_fd;
    bool reload_wanted;
    bool has_freed; /* memory or a place came free: those who wait may go on */
    uint64_t now_ms;
    uint8_t *scratch; /* HALL_SCRATCH bytes, for one read at a time */
};

struct client {
    struct client *next;
    struct hall *hall;
    struct peer *peer;
    int fd;
    struct protocol protocol;
    struct job *gathering; /* the stream at hand */
    unsigned jobs;         /* added, not answered */
    struct buf out;
    size_t out_at;
    int fds[CLIENT_FDS]; /* came, and no FILDES has asked for them yet */
    unsigned fd_count;
    uint64_t began_ms; /* of the stream at hand */
    uint64_t moved_ms; /* last byte from or to it */
    uint64_t elder_ms; /* since when it has the reserve; 0: it has not */
    uint32_t watched;  /* epoll's mask */
    bool is_last;      /* nothing more is taken; closes when all is answered */
    bool drains;       /* what still comes is thrown away, so that the answer arrives */
    bool waits;        /* for memory or for its own jobs: it is not the one who is slow */
    bool is_gone;      /* to be freed after this round */
    uint16_t pending_len;
    uint8_t pending[CLIENT_PENDING]; /* read, not taken yet */
};

/* Takes fd. NULL when out of memory. */
struct client *client_new(struct hall *hall, int fd, struct peer *peer);
void client_free(struct client *s);
/* What epoll said. */
void client_event(struct client *s, uint32_t events);
/* Goes on after a wait. */
void client_resume(struct client *s);
/* Looks at its clock; once a second. */
void client_tick(struct client *s);
/* One of its jobs is finished. */
void client_answer(struct client *s, const struct job *j, const struct report *report,
                   const char *text);
/* How good a choice it is when one must go for a newcomer: 0 not at all. */
uint64_t client_idleness(const struct client *s);

#endif
