/* What waits to be scanned and what is being scanned. Jobs of several peers take turns; a jail gets
 * one job, so that no client's bytes share a jail with another's. A reload puts a new zygote beside
 * the old one, which ends when its last job has been answered. */
#ifndef CANDOR_JOBS_H
#define CANDOR_JOBS_H

#include "common/err.h"
#include "edge/door.h"
#include "edge/stream.h"

struct report;
struct client;
struct spawn;
struct jobs;

/* Who is on the other side: a user of this machine, or everybody who comes by TCP. */
struct peer {
    struct peer *next;
    uint32_t uid; /* UINT32_MAX for TCP */
    unsigned clients, running;
    unsigned held;                 /* clients and jobs that point here */
    unsigned recent;               /* connections in this second */
    unsigned turned_away, storm_s; /* in this second; seconds on end in which some were */
};

struct job {
    struct job *next;
    struct client *client; /* NULL: the client left, nobody waits for the answer */
    struct peer *peer;
    uint32_t id;    /* in the session; 0 outside */
    char end_mark;  /* as the command was framed */
    char label[24]; /* "stream", "fd[12]" */
    struct stream stream;
    int fd; /* of FILDES; -1: the stream */
    uint64_t size;
    uint64_t ready_ms;
    struct report *report; /* the pool's, while it runs */
    struct shift *shift;
};

struct job *job_new(struct client *client, struct peer *peer, struct ledger *ledger);
/* Of one that was never added. NULL is fine. */
void job_free(struct job *j);

struct jobs_sink {
    /* A job is finished; it is freed after. report NULL: Candor failed, `text` says how. */
    void (*answer)(void *ctx, struct job *j, const struct report *report, const char *text);
    void *ctx;
};

enum err jobs_new(struct jobs **out, const struct jobs_sink *sink, struct why *why);
void jobs_free(struct jobs *q);
/* New rules: from now on jobs go to this zygote. Takes it. */
enum err jobs_use(struct jobs *q, struct spawn *zygote, const struct door_options *options,
                  struct why *why);
/* Whether another zygote may come: at most a few old ones wait for their last jobs. */
bool jobs_may_use(const struct jobs *q);
bool jobs_has_zygote(const struct jobs *q);
/* Takes a whole job. */
void jobs_add(struct jobs *q, struct job *j);
/* Looks at the jails and hands out what waits. Does not wait itself. *moved: something happened. */
void jobs_turn(struct jobs *q, bool *moved);
/* The client is gone: its jobs run on unheard, those that wait are dropped. */
void jobs_leave(struct jobs *q, struct client *client);
unsigned jobs_running(const struct jobs *q);
unsigned jobs_waiting(const struct jobs *q);
unsigned jobs_places(const struct jobs *q);

#endif
