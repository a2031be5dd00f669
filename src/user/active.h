/* The rules that this machine runs: of a rule log what has waited long enough, and what the owner
 * added. Everything that changes it goes into the ledger first. doc/update.md. */
#ifndef CANDOR_ACTIVE_H
#define CANDOR_ACTIVE_H

#include "open/rule_state.h"
#include "user/command.h"

struct active {
    char folder[4200];
    int dir;      /* -1: there is none */
    bool is_ours; /* we may change it; else it is the machine's, root's */
    struct rule_state state;
};

/* This user's, or, where there is none, the machine's; to be changed (`own`), only this user's, and
 * only where the machine has none. */
enum err active_open(struct active *a, bool own, struct why *why);
void active_close(struct active *a);
/* Opens the active set's image. *there is false when nothing is active, or when another Candor
 * compiled it and it is not ours to compile again. */
enum err active_image(struct active *a, struct ruleset_choice *out, bool *there, struct why *why);

/* The name, and what reports say. */
void active_about(const struct active *a, struct ruleset_choice *out);

/* Changes; the caller holds the state's lock and has read it. ERR_RULES: held back, and why. */

struct own_change;

/* A set that was compiled and is not in use yet. */
struct active_next {
    struct rule_set set;
    struct image image;
};
/* Compiles what `entries` of the log come to, less what was revoked, with the owner's own and
 * `change` to them (active_sources.h; may be NULL). Release with active_next_done. */
enum err active_build(struct active *a, struct settings *s, uint64_t entries,
                      const struct own_change *change, struct active_next *out, struct why *why);
void active_next_done(struct active_next *n);
/* Keeps the image, records it in the ledger, and makes it the active one by one rename; the one
 * before is kept. */
enum err active_switch(struct active *a, struct settings *s, const struct active_next *next,
                       struct why *why);
/* Back to the set before, or to the built-in rules; without what was revoked since. What is known
 * beyond it is held back. ERR_USAGE: there is none. */
enum err active_rollback(struct active *a, struct settings *s, struct why *why);
/* Drops what was revoked, then activates what is due and not held back: compiled, tried out,
 * switched to. *done: something was. Held back, the reason stays in the state and in the ledger,
 * and ERR_RULES says it. */
enum err active_advance(struct active *a, struct settings *s, bool *done, struct why *why);
/* Does that for a command that is about to use the rules, if they are ours, due and nobody else is
 * at it; says on standard error what came of it. Never in the way of the command. */
void active_refresh(struct settings *s);

/* One leaf in the ledger, synced. */
enum err active_record_update(struct settings *s, const struct rule_state *state, const char *what,
                              struct why *why);
enum err active_record_refusal(struct settings *s, const char *what, const char *reason,
                               struct why *why);
enum err active_record_config(struct settings *s, const char *what, const char *value,
                              struct why *why);
uint64_t active_now_s(void);

#endif
