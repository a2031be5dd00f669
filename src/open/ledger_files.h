/* Files of a ledger's folder: found, read whole, replaced whole. */
#ifndef CANDOR_LEDGER_FILES_H
#define CANDOR_LEDGER_FILES_H

#include "common/buf.h"
#include "common/err.h"

enum { LEDGER_NAME_MAX = 32 };

/* "00000012.seg"; `dropped` makes it "00000012.hashes". */
void ledger_files_segment(char out[LEDGER_NAME_MAX], uint32_t number, bool dropped);

/* Numbers of the segments there are. `count` 0: none. */
struct ledger_files {
    uint32_t oldest, newest, count; /* segments, whole or dropped */
    uint32_t whole;                 /* the oldest that is whole */
};
enum err ledger_files_list(int dir, struct ledger_files *out, struct why *why);
/* Replaces what `out` holds. *there is false, and nothing an error, when there is no such file;
 * more than `most` bytes is ERR_LEDGER. Never follows a link. */
enum err ledger_files_read(int dir, const char *name, size_t most, struct buf *out, bool *there,
                           struct why *why);
/* Written aside, synced, renamed. */
enum err ledger_files_replace(int dir, const char *name, struct span bytes, unsigned mode,
                              struct why *why);
/* All of it at this place, or ERR_SYSTEM. */
enum err ledger_files_write(int fd, struct span bytes, uint64_t at, struct why *why);

#endif
