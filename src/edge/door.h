/* What the parts of the door share: options, and what the keeper says of a set of rules. */
#ifndef CANDOR_DOOR_H
#define CANDOR_DOOR_H

#include <stdbool.h>
#include <stdint.h>

enum door_gaps { DOOR_GAPS_ERROR, DOOR_GAPS_FOUND, DOOR_GAPS_OK };

struct door_options {
    enum door_gaps gaps;
    uint64_t accepted;     /* bit a gap kind: as if it were none */
    bool unofficial;       /* names end in .UNOFFICIAL, as clamd shows rules not its maker's */
    uint64_t stream_bytes; /* one stream */
    uint64_t held_bytes;   /* all streams together; at least twice stream_bytes */
    unsigned connections;  /* at once */
    unsigned in_flight;    /* of one connection, waiting or running */
    unsigned read_s;       /* without a byte inside a stream */
    unsigned command_s;    /* without a command, or inside one */
    unsigned stream_s;     /* one stream, first byte to last */
    uint64_t scan_s, total_bytes, object_bytes, depth; /* of one scan; 0: the defaults */
    uint32_t owner;                                    /* uid that may RELOAD, besides root */
};

/* Travels with each zygote. */
struct keeper_note {
    char head[65]; /* of the image */
    char date[32]; /* when it was loaded, as ctime */
    uint64_t rules;
    char failure[400]; /* not empty: no zygote came, and why */
};

#endif
