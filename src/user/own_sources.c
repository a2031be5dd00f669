/* The owner's own log of sources. Below the state: own/log (a log's folder), own/log.key, own/HASH.
 */
#include "user/own_sources.h"

#include "common/text.h"
#include "common/tlog.h"
#include "open/ledger_files.h"
#include "open/rule_log.h"
#include "user/log_keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char origin[] = "candor.local/sources";

enum err own_sources_apply(struct own_sources *o, const struct source_leaf *leaf, struct why *why)
{
    uint64_t i = o->count;
    struct own_source *item;
    bool is_known = map_find(o->names, leaf->name, &i);
    if (!is_known) {
        if (!arena_grow(o->arena, (void **)&o->items, &o->cap, o->count + 1, sizeof *item))
            return fail(why, ERR_NOMEM, "sources");
        o->items[o->count] = (struct own_source){.name = arena_copy(o->arena, leaf->name)};
        if (!o->items[o->count].name.at || !map_put(o->names, o->items[o->count].name, o->count))
            return fail(why, ERR_NOMEM, "sources");
        o->count++;
    }
    item = &o->items[i];
    item->is_in = leaf->is_added;
    if (!leaf->is_added)
        return ERR_NONE;
    item->bytes = leaf->bytes;
    item->sha256 = arena_copy(o->arena, leaf->sha256);
    return item->sha256.at ? ERR_NONE : fail(why, ERR_NOMEM, "sources");
}

static enum err on_entry(void *ctx, uint64_t index, struct span entry, struct why *why)
{
    struct source_leaf leaf;
    (void)index;
    TRY(source_leaf_parse(entry, &leaf, why));
    return own_sources_apply(ctx, &leaf, why);
}

static enum err no_leaf(void *ctx, uint64_t index, const struct rule_leaf *leaf, struct why *why)
{
    (void)ctx, (void)index, (void)leaf, (void)why;
    return ERR_NONE;
}

/* -1: there is none. */
static int open_log(int dir)
{
    return dir < 0 ? -1 : openat(dir, "own/log", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static enum err read_log(struct own_sources *o, int log_dir, struct rule_log *log, struct why *why)
{
    struct buf text;
    struct note_key key;
    struct merkle_hash root;
    struct rule_log_visit visit = {o, no_leaf, on_entry};
    buf_init(&text, 0);
    enum err err = tiles_get(log_dir, "key", 500, &text, why);
    if (err == ERR_NONE)
        err = note_key_parse(text_trim(buf_get(&text)), &key, why);
    if (err == ERR_NONE)
        err = rule_log_read(log_dir, &key, NULL, &visit, log, why);
    buf_done(&text);
    TRY(err);
    o->entries = log->head.size;
    root = log->head.root;
    for (int i = 0; i < MERKLE_HASH_BYTES; i++)
        (void)snprintf(o->root + 2 * i, 3, "%02x", root.bytes[i]);
    return ERR_NONE;
}

enum err own_sources_read(struct own_sources *o, int dir, struct why *why)
{
    struct rule_log log = {0};
    *o = (struct own_sources){.arena = arena_new(0)};
    buf_init(&o->pending, 0);
    o->names = o->arena ? map_new(o->arena) : NULL;
    if (!o->names)
        return fail(why, ERR_NOMEM, "sources");
    int log_dir = open_log(dir);
    if (log_dir < 0)
        return ERR_NONE;
    enum err err = read_log(o, log_dir, &log, why);
    rule_log_done(&log);
    (void)close(log_dir);
    return err;
}

void own_sources_done(struct own_sources *o)
{
    for (uint32_t i = 0; i < o->count; i++)
        if (o->items[i].at)
            (void)munmap(o->items[i].at, (size_t)o->items[i].bytes);
    buf_done(&o->pending);
    arena_free(o->arena);
    *o = (struct own_sources){.arena = NULL};
}

static void path_of(char out[80], struct span sha256)
{
    (void)snprintf(out, 80, "own/%.*s", (int)sha256.len, (const char *)sha256.at);
}

static enum err copy(int from, int to, struct why *why)
{
    char chunk[65536];
    ssize_t n;
    for (off_t at = 0; (n = pread(from, chunk, sizeof chunk, at)) != 0; at += n) {
        if (n < 0)
            return fail_os(why, "a source");
        TRY(ledger_files_write(to, span_make(chunk, (size_t)n), (uint64_t)at, why));
    }
    return fsync(to) == 0 ? ERR_NONE : fail_os(why, "a source");
}

enum err own_sources_keep(int dir, int fd, struct span sha256, uint64_t bytes, struct why *why)
{
    char path[80], aside[90];
    struct stat st;
    if (mkdirat(dir, "own", 0755) != 0 && errno != EEXIST)
        return fail_os(why, "the folder for sources");
    path_of(path, sha256);
    if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && (uint64_t)st.st_size == bytes)
        return ERR_NONE;
    (void)snprintf(aside, sizeof aside, "%s.new", path);
    int to = openat(dir, aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (to < 0)
        return fail_os(why, "%s", aside);
    enum err err = copy(fd, to, why);
    (void)close(to);
    if (err == ERR_NONE && renameat(dir, aside, dir, path) != 0)
        err = fail_os(why, "%s", path);
    return err;
}

static enum err add_one(struct own_source *item, int dir, struct sources *to, struct why *why)
{
    char path[80];
    struct buf hex;
    struct stat st = {0};
    path_of(path, item->sha256);
    int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size == item->bytes;
    void *at = ok && item->bytes ? mmap(NULL, (size_t)item->bytes, PROT_READ, MAP_PRIVATE, fd, 0)
                                 : MAP_FAILED;
    if (fd >= 0)
        (void)close(fd);
    if (at == MAP_FAILED)
        return fail(why, ERR_LEDGER, "the source %.*s is missing, or not as it was added",
                    (int)item->name.len, (const char *)item->name.at);
    item->at = at;
    TRY(sources_add_lent(to, item->name, span_make(at, (size_t)item->bytes), why));
    buf_init(&hex, 0);
    text_hex(&hex, span_make(to->items[to->count - 1].sha256, 32));
    ok = span_equal(buf_get(&hex), item->sha256);
    buf_done(&hex);
    return ok ? ERR_NONE
              : fail(why, ERR_LEDGER, "the source %.*s is not as it was added", (int)item->name.len,
                     (const char *)item->name.at);
}

enum err own_sources_add(struct own_sources *o, int dir, struct sources *to, struct why *why)
{
    for (uint32_t i = 0; i < o->count; i++)
        if (o->items[i].is_in)
            TRY(add_one(&o->items[i], dir, to, why));
    return ERR_NONE;
}

/* --- writing --- */

static enum err make_log(int dir, const char *folder, struct log_key *k, struct why *why)
{
    char path[4300];
    struct buf b;
    (void)snprintf(path, sizeof path, "%s/own/log.key", folder);
    if ((mkdirat(dir, "own", 0755) != 0 && errno != EEXIST) ||
        (mkdirat(dir, "own/log", 0755) != 0 && errno != EEXIST))
        return fail_os(why, "the folder for sources");
    if (faccessat(dir, "own/log.key", F_OK, 0) == 0)
        return log_keys_read(path, k, why);
    struct rule_log empty = {0};
    TRY(log_keys_make(path, origin, NOTE_ED25519, k, why));
    int log_dir = open_log(dir);
    buf_init(&b, 0);
    note_key_print(&k->key, &b);
    buf_byte(&b, '\n');
    enum err err = log_dir < 0 ? fail_os(why, "the log of sources")
                               : tiles_put(log_dir, "key", buf_get(&b), why);
    if (err == ERR_NONE)
        err = rule_log_append(log_dir, &empty, (struct span){NULL, 0}, &k->key, k->seed, why);
    rule_log_done(&empty);
    buf_done(&b);
    if (log_dir >= 0)
        (void)close(log_dir);
    return err;
}

static bool is_named(const struct own_sources *o, struct span hash)
{
    for (uint32_t i = 0; i < o->count; i++)
        if (o->items[i].is_in && span_equal(o->items[i].sha256, hash))
            return true;
    return false;
}

static void sweep(const struct own_sources *o, int dir)
{
    int folder = openat(dir, "own", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = folder >= 0 ? fdopendir(folder) : NULL;
    struct dirent *e;
    while (d && (e = readdir(d)))
        if (strlen(e->d_name) == 64 && !is_named(o, span_text(e->d_name)))
            (void)unlinkat(folder, e->d_name, 0);
    if (d)
        (void)closedir(d);
    else if (folder >= 0)
        (void)close(folder);
}

enum err own_sources_commit(struct own_sources *o, int dir, const char *folder, struct why *why)
{
    struct log_key k;
    struct own_sources again;
    struct rule_log log = {0};
    TRY(make_log(dir, folder, &k, why));
    int log_dir = open_log(dir);
    enum err err = log_dir < 0 ? fail_os(why, "the log of sources") : ERR_NONE;
    again = (struct own_sources){.arena = arena_new(0)};
    again.names = again.arena ? map_new(again.arena) : NULL;
    if (err == ERR_NONE)
        err = again.names ? read_log(&again, log_dir, &log, why) : fail(why, ERR_NOMEM, "sources");
    if (err == ERR_NONE)
        err = rule_log_append(log_dir, &log, buf_get(&o->pending), &k.key, k.seed, why);
    if (err == ERR_NONE)
        sweep(o, dir);
    rule_log_done(&log);
    arena_free(again.arena);
    explicit_bzero(&k, sizeof k);
    if (log_dir >= 0)
        (void)close(log_dir);
    return err;
}
