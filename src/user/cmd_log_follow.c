/* candor log witness and monitor: those who watch a log that is not theirs. Everything read from it
 * is a stranger's. */
#include "user/cmd_log.h"

#include "common/text.h"
#include "open/ledger_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATE_MOST = 1 << 20 };

/* What was seen last: a signed checkpoint, in a file of ours. */
struct past {
    struct buf note;
    struct rule_log_past head;
    bool there;
};

static enum err read_past(int dir, const char *name, const struct note_key *key, struct past *out,
                          struct why *why)
{
    struct arena *a = arena_new(0);
    struct note *n = a ? arena_new_of(a, struct note) : NULL;
    struct checkpoint c;
    enum err err = n ? ledger_files_read(dir, name, STATE_MOST, &out->note, &out->there, why)
                     : fail(why, ERR_NOMEM, "state");
    if (err == ERR_NONE && out->there) {
        if (note_parse(buf_get(&out->note), a, n, NULL) != ERR_NONE ||
            checkpoint_parse(n->text, &c, NULL) != ERR_NONE ||
            note_check(n, key, NULL) != NOTE_GOOD || !span_equal(c.origin, key->name))
            err = fail(why, ERR_USAGE, "the state is damaged, or of another log");
        out->head = (struct rule_log_past){.size = c.size, .root = c.root};
    }
    arena_free(a);
    return err;
}

/* Opens the folder of a file that is replaced whole. */
static int open_folder_of(const char *path, const char **name)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                   slash ? path : ".");
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum err put_file(const char *path, struct span bytes, struct why *why)
{
    const char *name;
    int dir = open_folder_of(path, &name);
    if (dir < 0)
        return fail_os(why, "%s", path);
    enum err err = ledger_files_replace(dir, name, bytes, 0644, why);
    (void)close(dir);
    return err;
}

/* --- witness --- */

static enum err read_key(const struct log_options *o, struct log_key *k, struct why *why)
{
    if (access(o->key, F_OK) != 0 && errno == ENOENT && o->origin) {
        struct buf b;
        TRY(log_keys_make(o->key, o->origin, NOTE_COSIGNATURE, k, why));
        buf_init(&b, 0);
        note_key_print(&k->key, &b);
        (void)fprintf(stderr, "a new witness: %.*s\n", (int)b.len, (char *)b.at);
        buf_done(&b);
        return ERR_NONE;
    }
    TRY(log_keys_read(o->key, k, why));
    return k->key.type == NOTE_COSIGNATURE ? ERR_NONE
                                           : fail(why, ERR_USAGE, "%s is no witness's key", o->key);
}

/* Remembers first, answers then: a head that was cosigned is never forgotten. */
static enum err cosign(const struct log_options *o, const struct log_key *k, struct rule_log *log,
                       struct why *why)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    TRY(put_file(o->state, buf_get(&log->note), why));
    TRY(note_sign(&log->note, &k->key, k->seed, (uint64_t)now.tv_sec, why));
    if (o->output)
        return put_file(o->output, buf_get(&log->note), why);
    (void)fwrite(log->note.at, 1, log->note.len, stdout);
    return ERR_NONE;
}

enum err cmd_log_follow_witness(const struct log_options *o, struct why *why)
{
    char text[512];
    const char *name;
    struct note_key key;
    struct log_key k = {0};
    struct past past = {0};
    struct rule_log log = {0};
    int dir;
    if (o->rest_count != 1 || !o->state || !o->key)
        return fail(why, ERR_USAGE, "witness wants a log, --state and --key");
    TRY(cmd_log_open(o, &dir, why));
    int state = open_folder_of(o->state, &name);
    enum err err = state < 0 ? fail_os(why, "%s", o->state) : read_key(o, &k, why);
    if (err == ERR_NONE)
        err = cmd_log_key(o, dir, text, &key, why);
    if (err == ERR_NONE)
        err = read_past(state, name, &key, &past, why);
    if (err == ERR_NONE)
        err = rule_log_read(dir, &key, past.there ? &past.head : NULL, NULL, &log, why);
    if (err == ERR_NONE)
        err = cosign(o, &k, &log, why);
    explicit_bzero(&k, sizeof k);
    rule_log_done(&log);
    buf_done(&past.note);
    (void)close(dir);
    if (state >= 0)
        (void)close(state);
    return err;
}

/* --- monitor --- */

struct monitor {
    uint64_t known; /* entries that were printed before */
};

static enum err print_new(void *ctx, uint64_t index, const struct rule_leaf *leaf, struct why *why)
{
    const struct monitor *m = ctx;
    if (index < m->known)
        return ERR_NONE;
    if (leaf && leaf->op != RULE_REVOKE) {
        struct buf b;
        TRY(cmd_log_show_entry(NULL, index, leaf, why));
        buf_init(&b, 0);
        struct span rest = leaf->text, line;
        while (text_line(&rest, &line)) {
            buf_text(&b, "        ");
            text_escape(&b, line);
            buf_byte(&b, '\n');
        }
        (void)fwrite(b.at, 1, b.len, stdout);
        buf_done(&b);
        return ERR_NONE;
    }
    return cmd_log_show_entry(NULL, index, leaf, why);
}

/* Two heads signed by one key that cannot both be true: that is evidence against its holder. */
static void keep_evidence(int state, const struct past *past, const struct rule_log *log)
{
    if (ledger_files_replace(state, "fork-before", buf_get(&past->note), 0644, NULL) == ERR_NONE &&
        ledger_files_replace(state, "fork-after", buf_get(&log->note), 0644, NULL) == ERR_NONE)
        (void)fprintf(stderr, "both signed heads are kept: fork-before, fork-after\n");
}

static enum err follow(const struct log_options *o, int dir, int state, struct why *why)
{
    char text[512];
    struct note_key key;
    struct past past = {0};
    struct rule_log log = {0};
    TRY(cmd_log_key(o, dir, text, &key, why));
    enum err err = read_past(state, "seen", &key, &past, why);
    struct monitor m = {.known = past.there ? past.head.size : 0};
    struct rule_log_visit visit = {&m, print_new};
    if (err == ERR_NONE)
        err = rule_log_read(dir, &key, past.there ? &past.head : NULL, &visit, &log, why);
    if (err == ERR_LEDGER && past.there && strncmp(why->text, "fork", 4) == 0)
        keep_evidence(state, &past, &log);
    if (err == ERR_NONE)
        err = ledger_files_replace(state, "seen", buf_get(&log.note), 0644, why);
    if (err == ERR_NONE)
        (void)printf("%" PRIu64 " entries, %" PRIu64 " of them new\n", log.head.size,
                     log.head.size - m.known);
    rule_log_done(&log);
    buf_done(&past.note);
    return err;
}

enum err cmd_log_follow_monitor(const struct log_options *o, struct why *why)
{
    int dir;
    if (o->rest_count != 1 || !o->state)
        return fail(why, ERR_USAGE, "monitor wants a log and --state");
    TRY(tiles_make_folder(o->state, why));
    TRY(cmd_log_open(o, &dir, why));
    int state = open(o->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err err = state < 0 ? fail_os(why, "%s", o->state) : follow(o, dir, state, why);
    if (state >= 0)
        (void)close(state);
    (void)close(dir);
    return err;
}
