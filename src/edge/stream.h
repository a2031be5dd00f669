/* The bytes of one INSTREAM while they come: small ones on the heap, larger ones in unnamed memory,
 * never in a file. They wait here and not in a jail's window, since windows are few and a slow
 * client would hold one. All streams share a ledger with a ceiling. */
#ifndef CANDOR_STREAM_H
#define CANDOR_STREAM_H

#include "common/buf.h"

struct stream;

/* What all streams together may hold: `limit` for everybody and, so that full memory can never be
 * full of streams none of which can be finished, `reserve` for the one at a time that is the elder.
 */
struct ledger {
    uint64_t limit, used;
    uint64_t reserve; /* the largest stream there may be */
    struct stream *elder;
    bool is_short; /* somebody was refused since this was last cleared */
};

struct stream {
    struct ledger *ledger;
    struct buf small;
    int fd; /* unnamed memory; -1 while small is enough */
    uint64_t len;
};

void stream_init(struct stream *s, struct ledger *ledger);
/* Gives back everything. */
void stream_done(struct stream *s);
/* How many bytes it may take now; 0: wait until another gave some back. */
uint64_t stream_room(struct stream *s);
/* Appends. False: the system has no memory; the stream is lost. */
bool stream_put(struct stream *s, struct span bytes);
/* Its descriptor, which is no longer the stream's; -1 when it is small and whole in `small`. */
int stream_take_fd(struct stream *s);

#endif
