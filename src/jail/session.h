/* The jail's end of the channel: records out, bytes in. Allocates nothing after session_init. */
#ifndef CANDOR_SESSION_H
#define CANDOR_SESSION_H

#include "common/channel.h"
#include "jail/object/sink.h"
#include "jail/object/source.h"

enum { SESSION_LOOKS = 16 };

struct session {
    struct window *window; /* read-only memory */
    struct ring *ring;
    uint64_t window_bytes; /* of the data part */
    uint32_t head;         /* records written */
    uint32_t asked;        /* NEEDs and INCLUDEs sent */
    uint32_t file;         /* the file at hand */
    /* What the window holds of the file at hand, when it is fetched piece by piece: short looks
     * each in a place of their own, since headers, tables and contents are far apart and asked for
     * in turn; [SESSION_LOOKS] the last long one. */
    struct session_view {
        uint64_t at;
        size_t len; /* 0: nothing */
        uint64_t used;
    } views[SESSION_LOOKS + 1];
    uint64_t uses;
};

struct session_piece {
    uint32_t file, to;
    uint64_t at, len;
};

void session_init(struct session *s, void *window, void *ring, uint64_t window_bytes);
/* Blocks until the opener gives an order; the n-th call waits for the n-th order. */
const struct order *session_wait(struct session *s, uint32_t *seen);
/* Sends one record; blocks while the ring is full. */
void session_send(struct session *s, const struct record *r);
/* The same with texts; longer ones go ahead in TEXT records. */
void session_send_text(struct session *s, struct record *r, struct span text);
/* Sends NEED or INCLUDE and waits for the reply; its bytes, or an empty span with at == NULL when
 * refused. */
struct span session_ask(struct session *s, struct record *r, bool *ok);
/* Asks for `len` bytes of `file` from `at` on, to lie at `to` in the window's data. Empty: they
 * cannot be had. */
struct span session_fetch(struct session *s, const struct session_piece *piece);
/* Bytes of the window's data part, clipped. */
struct span session_data(const struct session *s, uint64_t at, uint64_t len);
/* A source over a file that the opener fetches piece by piece. */
struct source session_source(struct session *s, uint64_t size);

#endif
