/* Signing keys in files of their own (mode 0600), in the form Go's note package reads:
 * PRIVATE+KEY+name+id+base64(type || seed). */
#ifndef CANDOR_LOG_KEYS_H
#define CANDOR_LOG_KEYS_H

#include "common/note.h"

struct log_key {
    char name[256];
    struct note_key key; /* its name borrows from `name` */
    uint8_t seed[32];
};

/* A new key; the file must not be there yet. */
enum err log_keys_make(const char *path, const char *name, enum note_type type, struct log_key *out,
                       struct why *why);
enum err log_keys_read(const char *path, struct log_key *out, struct why *why);

#endif
