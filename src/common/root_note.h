/* Root notes: who may say which keys a rule log signs with. A signed note of offline keys, M of N;
 * the next one needs the old threshold and its own. doc/rulelog.md. Strangers' bytes. */
#ifndef CANDOR_ROOT_NOTE_H
#define CANDOR_ROOT_NOTE_H

#include "common/note.h"

enum { ROOT_HOLDERS_MAX = 16, ROOT_LOGS_MAX = 8 };

/* Names borrow from the note. */
struct root_note {
    uint64_t version, threshold;
    struct note_key holders[ROOT_HOLDERS_MAX]; /* Ed25519 */
    uint32_t holder_count;
    struct note_key logs[ROOT_LOGS_MAX]; /* Ed25519 */
    uint32_t log_count;
};

/* Whether the bytes begin like one. */
bool root_note_is(struct span bytes);
/* The text of a note, without signatures: ERR_PEER names the line. */
enum err root_note_parse(struct span text, struct root_note *out, struct why *why);
/* A whole note that its own holders signed, to its own threshold: ERR_LEDGER. That it is the right
 * first one, only whoever brought it knows. `a`: for the signatures. */
enum err root_note_open(struct span bytes, struct arena *a, struct root_note *out, struct why *why);
/* May `next` follow `now`? The next version, and both thresholds of signatures. ERR_LEDGER. */
enum err root_note_follow(const struct root_note *now, struct span bytes, struct arena *a,
                          struct root_note *next, struct why *why);
/* Appends the text. */
void root_note_print(const struct root_note *root, struct buf *out);

#endif
