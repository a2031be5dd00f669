/* Whose keys a rule log signs with, where the owner follows root notes. */
#ifndef CANDOR_UPDATE_ROOT_H
#define CANDOR_UPDATE_ROOT_H

#include "common/quorum.h"
#include "common/root_note.h"
#include "user/settings.h"

struct update_root {
    bool on; /* `root` is configured */
    struct arena *arena;
    struct buf bytes; /* the note, from which `note` borrows */
    struct root_note note;
};

/* The newest that was taken in, kept as `root` in the state's folder; else the owner's first one.
 */
enum err update_root_read(struct update_root *r, const struct settings *s, int dir,
                          struct why *why);
/* The log's keys become the policy's, which names none itself. */
enum err update_root_apply(const struct update_root *r, struct quorum *policy, struct why *why);
/* A change of keys: into the ledger, then kept. ERR_LEDGER: refused. */
enum err update_root_take(struct update_root *r, struct settings *s, int dir, struct span bytes,
                          struct why *why);
void update_root_done(struct update_root *r);

#endif
