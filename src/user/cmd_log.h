/* What the verbs of `candor log` share. */
#ifndef CANDOR_CMD_LOG_H
#define CANDOR_CMD_LOG_H

#include "open/rule_log.h"
#include "user/log_keys.h"

struct log_options {
    const char *origin, *key, *id, *class, *reason, *log, *state, *from, *output, *policy, *hashes,
        *threshold, *version;
    struct buf evidence;      /* with blanks between */
    struct buf holders, logs; /* one a line; `log` is the last of them */
    bool help;
    char **rest;
    int rest_count;
};

/* The folder named first; *dir is open. */
enum err cmd_log_open(const struct log_options *o, int *dir, struct why *why);
/* The log's verifying key: --log, else FOLDER/key. `text` holds it. */
enum err cmd_log_key(const struct log_options *o, int dir, char text[512], struct note_key *key,
                     struct why *why);
/* Plain lines of the entry on standard output; `o` unused. For rule_log_visit. */
enum err cmd_log_show_entry(void *ctx, uint64_t index, const struct rule_leaf *leaf,
                            struct why *why);

/* cmd_log_add.c: what waits to be signed, entries as in a bundle of them. */
enum { CMD_LOG_PENDING_MOST = 64 << 20 };
enum err cmd_log_pending(int dir, struct buf *out, struct why *why);
enum err cmd_log_add(const struct log_options *o, struct why *why);
enum err cmd_log_revoke(const struct log_options *o, struct why *why);
/* cmd_log_root.c */
enum err cmd_log_root_key(const struct log_options *o, struct why *why);
enum err cmd_log_root_make(const struct log_options *o, struct why *why);
enum err cmd_log_root_endorse(const struct log_options *o, struct why *why);
/* cmd_log_release.c: a release file under a policy; `candor log verify` with --policy. */
enum err cmd_log_release_verify(const struct log_options *o, struct why *why);
/* cmd_log_follow.c */
enum err cmd_log_follow_witness(const struct log_options *o, struct why *why);
enum err cmd_log_follow_monitor(const struct log_options *o, struct why *why);

#endif
