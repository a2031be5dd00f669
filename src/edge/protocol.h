/* clamd's protocol as a machine over bytes: no descriptors, no memory of its own, no clock. Bytes
 * in any pieces give the same events. Facts: clamd(8) of 1.4, and its answers to
 * tests/system/door.py, observed. */
#ifndef CANDOR_PROTOCOL_H
#define CANDOR_PROTOCOL_H

#include "common/reader.h"

enum { PROTOCOL_COMMAND_MAX = 1024 }; /* a path of SCAN, which is refused, may be cut */

enum verb {
    VERB_PING,
    VERB_VERSION,
    VERB_VERSIONCOMMANDS,
    VERB_STATS,
    VERB_INSTREAM,
    VERB_FILDES,
    VERB_IDSESSION,
    VERB_END,
    VERB_RELOAD,
    VERB_UNAVAILABLE, /* clamd has it, the door does not */
    VERB_UNKNOWN,
    VERB_COUNT
};

enum protocol_event {
    PROTOCOL_MORE,       /* all was consumed, nothing to tell yet */
    PROTOCOL_COMMAND,    /* `verb`, number `id` in a session, else 0 */
    PROTOCOL_BYTES,      /* `bytes` of the stream, borrowed from the input */
    PROTOCOL_STREAM_END, /* the stream is whole */
    PROTOCOL_TOO_BIG,    /* the stream would exceed stream_max; nothing more is to be read */
    PROTOCOL_DESCRIPTOR, /* the byte that carries FILDES' descriptor is here */
    PROTOCOL_NOT_INSIDE, /* a command that a session does not take */
    PROTOCOL_NOT_FRAMED, /* an old-style command inside a session */
};

struct protocol {
    uint64_t stream_max; /* bytes of one stream */
    uint64_t streamed;
    uint32_t left;    /* of the chunk at hand */
    uint32_t next_id; /* of the last command of the session */
    uint16_t len;     /* of `command` */
    uint8_t state;    /* internal */
    uint8_t style;    /* 'z', 'n', or 0 for the old one: how to end the answer, too */
    uint8_t head[4];
    uint8_t head_len;
    bool in_session, is_cut;
    uint8_t command[PROTOCOL_COMMAND_MAX];
};

struct protocol_told {
    enum protocol_event event;
    enum verb verb;
    uint32_t id;
    struct span bytes;
};

void protocol_init(struct protocol *p, uint64_t stream_max);
/* Consumes from the front of `in` and tells one thing. Returns how much was consumed; call again
 * with the rest until PROTOCOL_MORE. After a command that is not of a session the caller stops
 * reading. */
size_t protocol_take(struct protocol *p, struct span in, struct protocol_told *told);
/* Old style has no end mark: a command is what came in one packet. To be called when all that could
 * be read now was taken; tells a command when one is waiting. */
bool protocol_pause(struct protocol *p, struct protocol_told *told);
/* True while bytes of a stream are wanted: then what is read may be large. */
bool protocol_in_stream(const struct protocol *p);
/* True between commands: nothing is half said. */
bool protocol_is_idle(const struct protocol *p);
/* What may be read without taking bytes of a next command: of the chunk at hand; 0 when unknown. */
uint32_t protocol_left(const struct protocol *p);
/* The byte that ends an answer. */
char protocol_end_mark(const struct protocol *p);

#endif
