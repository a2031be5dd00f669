/* An open-addressing table in one mapped file. Its bytes are ours: the file is refused unless it
 * belongs to this user alone. What a power cut tore or another process is writing does not carry
 * its check word and is an empty place. */
#include "open/verdict_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    LOG_MIN = 14, /* entries of a new table: 2^14, 768 KiB */
    LOG_MAX = 25,
    PROBES = 64, /* places that one file may lie in */
    VERSION = 1,
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
    struct head *head; /* the mapping */
    struct entry *entries;
    size_t bytes;
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
    uint64_t h = mix(mix(c->head->salt, s->device), s->inode);
    return (uint32_t)((h >> 20) + probe) & ((1u << c->head->log) - 1);
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

static bool map(struct verdict_cache *c, size_t bytes)
{
    int prot = PROT_READ | (c->may_write ? PROT_WRITE : 0);
    void *p = mmap(NULL, bytes, prot, MAP_SHARED, c->fd, 0);
    if (p == MAP_FAILED)
        return false;
    c->head = p;
    c->entries = (struct entry *)(c->head + 1);
    c->bytes = bytes;
    return true;
}

static void unmap(struct verdict_cache *c)
{
    if (c->head)
        (void)munmap(c->head, c->bytes);
    if (c->fd >= 0)
        (void)close(c->fd);
    c->head = NULL;
    c->entries = NULL;
    c->fd = -1;
}

/* A table that is there, whole, and of this key. */
static bool open_old(struct verdict_cache *c, const uint8_t key[32])
{
    struct stat st;
    c->fd = open(c->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (c->fd < 0 || !is_ours(c->fd, &st) || (size_t)st.st_size < bytes_of(LOG_MIN))
        return false;
    c->may_write = flock(c->fd, LOCK_EX | LOCK_NB) == 0;
    if (!map(c, (size_t)st.st_size))
        return false;
    return memcmp(c->head->magic, magic, sizeof magic) == 0 && c->head->version == VERSION &&
           c->head->log >= LOG_MIN && c->head->log <= LOG_MAX &&
           bytes_of(c->head->log) == c->bytes && memcmp(c->head->key, key, 32) == 0;
}

/* An empty table, aside, with all its blocks: writing to the mapping must not meet a full disk. */
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
    bool ok = c->may_write && map(c, bytes) &&
              getrandom(&c->head->salt, sizeof c->head->salt, 0) == sizeof c->head->salt;
    if (ok) {
        memcpy(c->head->magic, magic, sizeof magic);
        c->head->version = VERSION;
        c->head->log = log;
        memcpy(c->head->key, key, 32);
        ok = rename(aside, c->path) == 0;
    }
    if (ok)
        return ERR_NONE;
    (void)unlink(aside);
    unmap(c);
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
        unmap(c);
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
    unmap(c);
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
    uint64_t check = check_of(c->head, state);
    for (uint32_t i = 0; i < PROBES; i++) {
        const struct entry *e = &c->entries[place_of(c, state, i)];
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
        struct entry *e = &c->entries[place_of(c, state, i)];
        if (e->check == 0 || (e->state.device == state->device && e->state.inode == state->inode))
            return e;
    }
    return &c->entries[place_of(c, state, 0)];
}

static void put(struct verdict_cache *c, const struct file_state *state)
{
    struct entry *e = place_for(c, state);
    c->head->count += e->check == 0;
    e->state = *state;
    __atomic_store_n(&e->check, check_of(c->head, state), __ATOMIC_RELEASE);
}

/* Twice as large, in a file of its own that takes the old one's name. */
static void grow(struct verdict_cache *c)
{
    struct verdict_cache bigger = {.path = c->path, .fd = -1};
    if (c->head->log == LOG_MAX || make(&bigger, c->head->key, c->head->log + 1, NULL) != ERR_NONE)
        return;
    for (size_t i = 0; i < (size_t)1 << c->head->log; i++)
        if (c->entries[i].check == check_of(c->head, &c->entries[i].state))
            put(&bigger, &c->entries[i].state);
    unmap(c);
    *c = bigger;
}

bool verdict_cache_keep(struct verdict_cache *c, const struct file_state *state, uint64_t now_ns)
{
    uint64_t settled;
    if (!c->may_write ||
        !add_u64(state->ctime_ns, UINT64_C(1000000000) * VERDICT_SETTLED_S, &settled) ||
        settled > now_ns)
        return false;
    if (c->head->count >= (UINT64_C(1) << c->head->log) / 2)
        grow(c);
    put(c, state);
    return true;
}

/* Local file systems on which a write, through a mapping too, changes the inode's time once the
 * page was written back. statfs(2), magic.h. */
bool verdict_cache_may(int fd)
{
    static const uint32_t magics[] = {0xef53 /* ext */, 0x58465342 /* xfs */,
                                      0x9123683e /* btrfs */, 0xf2f52010 /* f2fs */};
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return false;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if ((uint32_t)fs.f_type == magics[i])
            return true;
    return false;
}
