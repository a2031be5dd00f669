/* Keys of candor.conf that begin with "door-": what candor-door is told. */
#ifndef CANDOR_DOOR_SETTINGS_H
#define CANDOR_DOOR_SETTINGS_H

#include "common/err.h"
#include "common/reader.h"

enum { DOOR_SOCKETS_MAX = 8 };

struct door_settings {
    const char *sockets[DOOR_SOCKETS_MAX], *tcp[DOOR_SOCKETS_MAX], *user;
    unsigned socket_count, tcp_count;
    uint64_t mode; /* of the socket, octal in the file */
    uint64_t stream_bytes, memory_bytes;
    uint64_t connections, in_flight, read_s, command_s, stream_s;
    int gaps; /* 0 error, 1 found, 2 ok */
    bool unofficial;
};

void door_settings_init(struct door_settings *d);
/* `key` without "door-"; `value` ends with a NUL and outlives `d`. *known false: there is no such
 * key. */
enum err door_settings_set(struct door_settings *d, struct span key, struct span value, bool *known,
                           struct why *why);
/* Numbers that do not fit together. */
enum err door_settings_check(const struct door_settings *d, struct why *why);

#endif
