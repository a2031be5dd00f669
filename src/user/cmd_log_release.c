/* candor log verify BUNDLE: a release, whoever carried it, under an owner's policy. The state file
 * is ours: the size of the tree so far, then its compact range, one hash a line. */
#include "common/rule_bundle.h"
#include "common/text.h"
#include "open/ledger_files.h"
#include "user/cmd_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { POLICY_MOST = 1 << 16, STATE_MOST = 1 << 14 };

static enum err read_file(const char *path, size_t most, struct buf *out, bool *there,
                          struct why *why)
{
    return ledger_files_read(AT_FDCWD, path, most, out, there, why);
}

static enum err parse_state(struct span text, struct rule_bundle_past *out, struct why *why)
{
    struct merkle_hash nodes[64];
    struct span rest = text, line;
    uint32_t count = 0;
    uint64_t size = 0;
    bool ok = text_line(&rest, &line) && text_u64(line, &size);
    while (ok && text_line(&rest, &line)) {
        struct buf raw;
        buf_init(&raw, 64);
        ok = count < 64 && text_unhex(&raw, line) && raw.len == MERKLE_HASH_BYTES;
        if (ok)
            memcpy(nodes[count++].bytes, raw.at, MERKLE_HASH_BYTES);
        buf_done(&raw);
    }
    return ok && merkle_range_load(&out->range, size, nodes, count)
               ? ERR_NONE
               : fail(why, ERR_USAGE, "the state file is damaged");
}

static enum err read_state(const struct log_options *o, struct rule_bundle_past *out,
                           struct why *why)
{
    struct buf b;
    bool there = false;
    merkle_range_init(&out->range);
    if (!o->state)
        return ERR_NONE;
    buf_init(&b, 0);
    enum err err = read_file(o->state, STATE_MOST, &b, &there, why);
    if (err == ERR_NONE && there)
        err = parse_state(buf_get(&b), out, why);
    buf_done(&b);
    return err;
}

static enum err write_state(const struct log_options *o, const struct rule_bundle_past *past,
                            struct why *why)
{
    struct buf b;
    const char *slash = o->state ? strrchr(o->state, '/') : NULL;
    char folder[4096];
    if (!o->state)
        return ERR_NONE;
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - o->state) + 1 : 1,
                   slash ? o->state : ".");
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_os(why, "%s", folder);
    buf_init(&b, 0);
    buf_print(&b, "%" PRIu64 "\n", past->range.size);
    for (uint32_t i = 0; i < past->range.count; i++) {
        text_hex(&b, span_make(past->range.nodes[i].bytes, MERKLE_HASH_BYTES));
        buf_byte(&b, '\n');
    }
    enum err err = ledger_files_replace(dir, slash ? slash + 1 : o->state, buf_get(&b), 0644, why);
    buf_done(&b);
    (void)close(dir);
    return err;
}

/* *policy borrows from `text`. */
static enum err read_policy(const struct log_options *o, struct buf *text, struct quorum *policy,
                            struct why *why)
{
    bool there;
    TRY(read_file(o->policy, POLICY_MOST, text, &there, why));
    return there ? quorum_parse(buf_get(text), policy, why)
                 : fail(why, ERR_USAGE, "%s is not there", o->policy);
}

static enum err say(const struct rule_bundle_verdict *v, struct why *why)
{
    (void)printf("%" PRIu64 " entries; new: %" PRIu64 " rules added, %" PRIu64 " revoked\n",
                 v->next.range.size, v->added, v->revoked);
    return v->is_stale
               ? fail(why, ERR_LEDGER, "STALE: too few witnesses cosigned in the last 72 hours")
               : ERR_NONE;
}

enum err cmd_log_release_verify(const struct log_options *o, struct why *why)
{
    struct buf bundle, text;
    struct rule_bundle_past past;
    struct rule_bundle_verdict v;
    struct timespec now;
    struct quorum *policy = calloc(1, sizeof *policy);
    bool there = false;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    buf_init(&bundle, 0);
    buf_init(&text, 0);
    enum err err = policy ? read_policy(o, &text, policy, why) : fail(why, ERR_NOMEM, "policy");
    if (err == ERR_NONE && o->rest_count != 1)
        err = fail(why, ERR_USAGE, "verify --policy wants a release file");
    if (err == ERR_NONE)
        err = read_state(o, &past, why);
    if (err == ERR_NONE)
        err = read_file(o->rest[0], RULE_BUNDLE_MOST, &bundle, &there, why);
    if (err == ERR_NONE && !there)
        err = fail(why, ERR_USAGE, "%s is not there", o->rest[0]);
    if (err == ERR_NONE)
        err = rule_bundle_judge(buf_get(&bundle), policy, &past, (uint64_t)now.tv_sec, &v, why);
    if (err == ERR_NONE)
        err = write_state(o, &v.next, why);
    if (err == ERR_NONE)
        err = say(&v, why);
    buf_done(&bundle);
    buf_done(&text);
    free(policy);
    return err;
}
