/* candor log add and revoke: what is to be signed next, asked of it what its takers will ask. */
#include "common/map.h"
#include "common/text.h"
#include "open/ledger_files.h"
#include "sandbox/spawn.h"
#include "user/cmd_log.h"
#include "user/vet.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Which rules are in force, by replay. */
struct replay {
    struct arena *arena;
    struct map *active; /* id -> 1, or 0 once revoked */
};

static enum err replay_entry(void *ctx, uint64_t index, const struct rule_leaf *leaf,
                             struct why *why)
{
    struct replay *r = ctx;
    if (!leaf)
        return fail(why, ERR_LEDGER, "entry %" PRIu64 " is no leaf of a rule log", index);
    struct span id = arena_copy(r->arena, leaf->id);
    return id.at && map_put(r->active, id, leaf->op != RULE_REVOKE) ? ERR_NONE
                                                                    : fail(why, ERR_NOMEM, "log");
}

static enum err replay_pending(struct replay *r, struct span pending, struct why *why)
{
    struct reader at = reader_of(pending);
    struct rule_leaf leaf;
    struct span entry;
    while (tlog_next_entry(&at, &entry)) {
        TRY(rule_leaf_parse(entry, &leaf, why));
        TRY(replay_entry(r, 0, &leaf, why));
    }
    return at.bad ? fail(why, ERR_LEDGER, "FOLDER/pending is damaged") : ERR_NONE;
}

enum err cmd_log_pending(int dir, struct buf *out, struct why *why)
{
    bool there;
    return ledger_files_read(dir, "pending", CMD_LOG_PENDING_MOST, out, &there, why);
}

static enum err check_order(int dir, const struct log_options *o, const struct rule_leaf *leaf,
                            struct span pending, struct why *why)
{
    char text[512];
    struct note_key key;
    struct rule_log log = {0};
    struct replay r = {.arena = arena_new(0)};
    struct rule_log_visit visit = {&r, replay_entry};
    uint64_t is_active = 0;
    r.active = r.arena ? map_new(r.arena) : NULL;
    enum err err = r.active ? cmd_log_key(o, dir, text, &key, why) : fail(why, ERR_NOMEM, "log");
    if (err == ERR_NONE)
        err = rule_log_read(dir, &key, NULL, &visit, &log, why);
    if (err == ERR_NONE)
        err = replay_pending(&r, pending, why);
    bool known = err == ERR_NONE && map_find(r.active, leaf->id, &is_active);
    if (err == ERR_NONE && leaf->op != RULE_REVOKE && known)
        err = fail(why, ERR_USAGE, "%.*s was in the log before: give the rule another name",
                   (int)leaf->id.len, (const char *)leaf->id.at);
    if (err == ERR_NONE && leaf->op == RULE_REVOKE && !is_active)
        err = fail(why, ERR_USAGE, "%.*s is not in force", (int)leaf->id.len,
                   (const char *)leaf->id.at);
    rule_log_done(&log);
    arena_free(r.arena);
    return err;
}

/* `entry` is the leaf, printed. */
static enum err append_pending(int dir, const struct log_options *o, const struct rule_leaf *leaf,
                               struct span entry, struct why *why)
{
    struct buf pending;
    buf_init(&pending, CMD_LOG_PENDING_MOST);
    enum err err = cmd_log_pending(dir, &pending, why);
    if (err == ERR_NONE)
        err = check_order(dir, o, leaf, buf_get(&pending), why);
    if (err == ERR_NONE && !tlog_put_entry(&pending, entry))
        err = fail(why, ERR_LIMIT, "too much waits: sign first");
    if (err == ERR_NONE)
        err = tiles_put(dir, "pending", buf_get(&pending), why);
    buf_done(&pending);
    return err;
}

static void on_said(void *ctx, uint32_t line, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "line %u: %s\n", line, text);
}

/* As everybody who takes the rule in will ask. */
static enum err check_profile(struct span id, struct span entry, struct why *why)
{
    char jail[4096], name[RULE_LEAF_ID_MAX + 8];
    struct sources *sources = NULL;
    struct vetting v = {.jail_path = jail, .said = on_said};
    if (!spawn_find("candor-jail", jail, sizeof jail))
        return fail(why, ERR_CAGE, "candor-jail is not beside candor, nor in its libexec folder");
    (void)snprintf(name, sizeof name, "%.*s.leaf", (int)id.len, (const char *)id.at);
    TRY(sources_new(&sources, why));
    enum err err = sources_add_lent(sources, span_text(name), entry, why);
    if (err == ERR_NONE)
        err = vet_leaves(&v, sources, why);
    sources_free(sources);
    return err;
}

static enum err add_leaf(int dir, const struct log_options *o, const struct rule_leaf *leaf,
                         struct why *why)
{
    struct buf entry;
    buf_init(&entry, 0);
    enum err err = rule_leaf_print(leaf, &entry, why);
    if (err == ERR_NONE && leaf->op == RULE_ADD)
        err = check_profile(leaf->id, buf_get(&entry), why);
    if (err == ERR_NONE)
        err = append_pending(dir, o, leaf, buf_get(&entry), why);
    buf_done(&entry);
    return err;
}

/* The file's name without folder and ending. */
static struct span id_of(const struct log_options *o, const char *path)
{
    if (o->id)
        return span_text(o->id);
    const char *slash = strrchr(path, '/');
    struct span name = span_text(slash ? slash + 1 : path);
    return span_cut(name, 0, span_find_last(name, SPAN_OF(".")));
}

/* Lists of hashes: a leaf a thousand. */
static enum err add_blocks(int dir, const struct log_options *o, struct span id, struct span list,
                           struct why *why)
{
    char name[RULE_LEAF_ID_MAX + 16];
    struct span rest = list;
    for (unsigned block = 1; rest.len > 0; block++) {
        size_t len = (size_t)RULE_LEAF_HASHES_MAX * 65;
        (void)snprintf(name, sizeof name, "%.*s_%u", (int)(id.len < 100 ? id.len : 100),
                       (const char *)id.at, block);
        struct rule_leaf leaf = {.op = RULE_HASHES,
                                 .id = span_text(name),
                                 .class = span_text(o->class),
                                 .text = span_cut(rest, 0, len)};
        TRY(add_leaf(dir, o, &leaf, why));
        rest = span_cut(rest, leaf.text.len, SIZE_MAX);
    }
    return list.len ? ERR_NONE : fail(why, ERR_USAGE, "the list is empty");
}

static enum err read_text(const char *path, size_t most, struct buf *out, struct why *why)
{
    bool there = false;
    enum err err = ledger_files_read(AT_FDCWD, path, most, out, &there, why);
    return err == ERR_LEDGER || (err == ERR_NONE && !there)
               ? fail(why, ERR_USAGE, "%s is not there, or larger than it may be", path)
               : err;
}

enum err cmd_log_add(const struct log_options *o, struct why *why)
{
    struct buf text;
    int dir;
    bool fits = o->hashes ? o->rest_count == 1 && o->class
                          : o->rest_count == 2 && o->class && o->evidence.len;
    if (!fits)
        return fail(why, ERR_USAGE,
                    "add wants a folder, --class and either --evidence and a rule, or --hashes");
    TRY(cmd_log_open(o, &dir, why));
    buf_init(&text, 0);
    const char *path = o->hashes ? o->hashes : o->rest[1];
    enum err err = read_text(path, o->hashes ? CMD_LOG_PENDING_MOST : TLOG_ENTRY_MAX, &text, why);
    struct rule_leaf leaf = {.op = RULE_ADD,
                             .id = id_of(o, path),
                             .class = span_text(o->class),
                             .evidence = buf_get(&o->evidence),
                             .text = buf_get(&text)};
    if (err == ERR_NONE)
        err =
            o->hashes ? add_blocks(dir, o, leaf.id, leaf.text, why) : add_leaf(dir, o, &leaf, why);
    buf_done(&text);
    (void)close(dir);
    return err;
}

enum err cmd_log_revoke(const struct log_options *o, struct why *why)
{
    int dir;
    if (o->rest_count != 2)
        return fail(why, ERR_USAGE, "revoke wants a folder and a rule's name");
    TRY(cmd_log_open(o, &dir, why));
    struct rule_leaf leaf = {.op = RULE_REVOKE,
                             .id = span_text(o->rest[1]),
                             .text = span_text(o->reason ? o->reason : "")};
    enum err err = add_leaf(dir, o, &leaf, why);
    (void)close(dir);
    return err;
}
