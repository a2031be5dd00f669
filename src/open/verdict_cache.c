/* An open-addressing table in one file. Its bytes are ours: the file is refused unless it belongs
 * to this user alone. What a power cut tore or another process is writing does not carry its check
 * word and is an empty place. The file is read in chunks as they are needed and never mapped: who
 * cuts it short meanwhile would end a mapping's process (SIGBUS), and so costs a few verdicts. */
#include "open/verdict_cache.h"

#include "open/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    LOG_MIN = 14, /* entries of a new table: 2^14, 768 KiB */
    LOG_MAX = 25,
    PROBES = 64, /* places that one file may lie in */
    VERSION = 1,
    CHUNK = 1024, /* entries read at once */
};

struct entry {
    struct file_state state;
    uint64_t check; /* of the state and the salt; 0: empty */
};

struct head {
    char magic[8];
    uint32_t version, log;
    uint64_t count; /* about: entries ever put */
    uint64_t salt;  /* so that nobody can choose inodes that crowd one place */
    uint8_t key[32];
};

struct verdict_cache {
    char *path;
    int fd;
    bool may_write;
    struct head head;
    struct entry *entries; /* as the file has them, where loaded */
    uint8_t *loaded;       /* of each chunk */
};

static const char magic[8] = "CANDORVC";

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t check_of(const struct head *head, const struct file_state *s)
{
    uint64_t h = mix(mix(head->salt, s->device), s->inode);
    h = mix(mix(mix(h, s->size), s->mtime_ns), s->ctime_ns);
    return h ? h : 1;
}

static uint32_t place_of(const struct verdict_cache *c, const struct file_state *s, uint32_t probe)
{
    uint64_t h = mix(mix(c->head.salt, s->device), s->inode);
    return (uint32_t)((h >> 20) + probe) & ((1u << c->head.log) - 1);
}

static size_t bytes_of(uint32_t log)
{
    return sizeof(struct head) + ((size_t)1 << log) * sizeof(struct entry);
}

static bool is_same(const struct file_state *a, const struct file_state *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

/* Ours alone: nobody else may have written a verdict. */
static bool is_ours(int fd, struct stat *st)
{
    return fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
           (st->st_mode & 077) == 0 && st->st_nlink == 1;
}

/* Place for all entries; the kernel gives memory when it is touched. */
static bool allocate(struct verdict_cache *c)
{
    size_t count = (size_t)1 << c->head.log;
    c->entries = calloc(count, sizeof *c->entries);
    c->loaded = calloc(count / CHUNK, 1);
    return c->entries && c->loaded;
}

static void forget(struct verdict_cache *c)
{
    free(c->entries);
    free(c->loaded);
    if (c->fd >= 0)
        (void)close(c->fd);
    c->entries = NULL;
    c->loaded = NULL;
    c->fd = -1;
}

static off_t place_in_file(size_t index)
{
    return (off_t)(sizeof(struct head) + index * sizeof(struct entry));
}

/* What the file does not hold any more stays empty. */
static struct entry *entry_at(const struct verdict_cache *c, size_t index)
{
    size_t chunk = index / CHUNK;
    if (!c->loaded[chunk]) {
        uint8_t *to = (uint8_t *)&c->entries[chunk * CHUNK];
        size_t want = CHUNK * sizeof(struct entry), have = 0;
        c->loaded[chunk] = 1;
        while (have < want) {
            ssize_t n =
                pread(c->fd, to + have, want - have, place_in_file(chunk * CHUNK) + (off_t)have);
            if (n <= 0)
                break;
            have += (size_t)n;
        }
    }
    return &c->entries[index];
}

/* A table that is there, whole, and of this key. */
static bool open_old(struct verdict_cache *c, const uint8_t key[32])
{
    struct stat st;
    c->fd = open(c->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (c->fd < 0 || !is_ours(c->fd, &st) || (size_t)st.st_size < bytes_of(LOG_MIN))
        return false;
    c->may_write = flock(c->fd, LOCK_EX | LOCK_NB) == 0;
    return pread(c->fd, &c->head, sizeof c->head, 0) == sizeof c->head &&
           memcmp(c->head.magic, magic, sizeof magic) == 0 && c->head.version == VERSION &&
           c->head.log >= LOG_MIN && c->head.log <= LOG_MAX &&
           bytes_of(c->head.log) == (size_t)st.st_size && memcmp(c->head.key, key, 32) == 0 &&
           allocate(c);
}

static bool write_head(const struct verdict_cache *c)
{
    struct head head = c->head;
    return pwrite(c->fd, &head, sizeof head, 0) == sizeof head;
}

/* An empty table, aside, with all its blocks: writing to it must not meet a full disk. */
static enum err make(struct verdict_cache *c, const uint8_t key[32], uint32_t log, struct why *why)
{
    char aside[4300];
    size_t bytes = bytes_of(log);
    (void)snprintf(aside, sizeof aside, "%s.%d", c->path, (int)getpid());
    (void)unlink(aside);
    c->fd = open(aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (c->fd < 0)
        return fail_os(why, "cannot make the verdict cache %s", aside);
    int os = posix_fallocate(c->fd, 0, (off_t)bytes);
    c->may_write = os == 0 && flock(c->fd, LOCK_EX | LOCK_NB) == 0;
    c->head = (struct head){.version = VERSION, .log = log};
    memcpy(c->head.magic, magic, sizeof magic);
    memcpy(c->head.key, key, 32);
    bool ok = c->may_write && allocate(c) &&
              getrandom(&c->head.salt, sizeof c->head.salt, 0) == sizeof c->head.salt &&
              write_head(c) && rename(aside, c->path) == 0;
    if (ok) {
        memset(c->loaded, 1, ((size_t)1 << log) / CHUNK); /* all of it is empty */
        return ERR_NONE;
    }
    (void)unlink(aside);
    forget(c);
    return fail(why, ERR_SYSTEM, "cannot make the verdict cache %s", c->path);
}

enum err verdict_cache_open(struct verdict_cache **out, const char *path, const uint8_t key[32],
                            struct why *why)
{
    struct verdict_cache *c = calloc(1, sizeof *c);
    if (!c || !(c->path = strdup(path))) {
        free(c);
        return fail(why, ERR_NOMEM, "verdict cache");
    }
    c->fd = -1;
    enum err err = ERR_NONE;
    if (!open_old(c, key)) {
        forget(c);
        err = make(c, key, LOG_MIN, why);
    }
    if (err != ERR_NONE)
        verdict_cache_close(c);
    else
        *out = c;
    return err;
}

void verdict_cache_close(struct verdict_cache *c)
{
    if (!c)
        return;
    if (c->entries && c->may_write)
        (void)write_head(c); /* the count; without it the table grows a little late */
    forget(c);
    free(c->path);
    free(c);
}

static uint64_t ns_of(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct file_state verdict_cache_state(const struct stat *st)
{
    return (struct file_state){st->st_dev, st->st_ino, (uint64_t)st->st_size, ns_of(st->st_mtim),
                               ns_of(st->st_ctim)};
}

bool verdict_cache_has(const struct verdict_cache *c, const struct file_state *state)
{
    uint64_t check = check_of(&c->head, state);
    for (uint32_t i = 0; i < PROBES; i++) {
        const struct entry *e = entry_at(c, place_of(c, state, i));
        if (e->check == 0)
            return false;
        if (e->check == check && is_same(&e->state, state))
            return true;
    }
    return false;
}

/* An older state of the same file, an empty place, or the first one when all are taken. */
static struct entry *place_for(struct verdict_cache *c, const struct file_state *state)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        struct entry *e = entry_at(c, place_of(c, state, i));
        if (e->check == 0 || (e->state.device == state->device && e->state.inode == state->inode))
            return e;
    }
    return entry_at(c, place_of(c, state, 0));
}

static void put(struct verdict_cache *c, const struct file_state *state)
{
    struct entry *e = place_for(c, state);
    c->head.count += e->check == 0;
    *e = (struct entry){*state, check_of(&c->head, state)};
    /* Not written is no failure: the file is looked at again. */
    (void)!pwrite(c->fd, e, sizeof *e, place_in_file((size_t)(e - c->entries)));
}

/* Twice as large, in a file of its own that takes the old one's name. */
static void grow(struct verdict_cache *c)
{
    struct verdict_cache bigger = {.path = c->path, .fd = -1};
    if (c->head.log == LOG_MAX || make(&bigger, c->head.key, c->head.log + 1, NULL) != ERR_NONE)
        return;
    for (size_t i = 0; i < (size_t)1 << c->head.log; i++) {
        const struct entry *e = entry_at(c, i);
        if (e->check == check_of(&c->head, &e->state))
            put(&bigger, &e->state);
    }
    forget(c);
    *c = bigger;
}

bool verdict_cache_keep(struct verdict_cache *c, const struct file_state *state, uint64_t now_ns)
{
    uint64_t settled;
    if (!c->may_write ||
        !add_u64(state->ctime_ns, UINT64_C(1000000000) * VERDICT_SETTLED_S, &settled) ||
        settled > now_ns)
        return false;
    if (c->head.count >= (UINT64_C(1) << c->head.log) / 2)
        grow(c);
    put(c, state);
    return true;
}

/* Local file systems on which a write, through a mapping too, changes the inode's time once the
 * page was written back. statfs(2), magic.h. On devices that are nobody else's to write. */
bool verdict_cache_may(int fd)
{
    static const uint32_t magics[] = {0xef53 /* ext */, 0x58465342 /* xfs */,
                                      0x9123683e /* btrfs */, 0xf2f52010 /* f2fs */};
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if ((uint32_t)fs.f_type == magics[i])
            return device_is_fixed(fd);
    return false;
}
