/* The key of the cache: everything but the file that its verdict depends on. */
#include "user/scan_cache.h"

#include "common/crypto.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool key_of(const struct settings *s, const struct ruleset_choice *rules, uint8_t key[32])
{
    struct hasher *h = crypto_hasher_new(DIGEST_SHA256);
    struct stat jail = {0}, magic = {0};
    char text[256];
    (void)stat(rules->jail_path, &jail);
    (void)stat("/usr/share/misc/magic.mgc", &magic); /* libmagic's, which rules may ask */
    int n = snprintf(text, sizeof text, "%s %s %lld %lld.%ld %llu %llu %lld.%ld", CANDOR_VERSION,
                     rules->image.head, (long long)jail.st_size, (long long)jail.st_mtim.tv_sec,
                     jail.st_mtim.tv_nsec, (unsigned long long)s->max_bytes,
                     (unsigned long long)s->depth, (long long)magic.st_mtim.tv_sec,
                     magic.st_mtim.tv_nsec);
    bool ok = h && n > 0 && (size_t)n < sizeof text &&
              crypto_hasher_add(h, span_make(text, (size_t)n)) && crypto_hasher_end(h, key);
    crypto_hasher_free(h);
    return ok;
}

void scan_cache_open(struct scan_cache *c, const struct settings *s,
                     const struct ruleset_choice *rules)
{
    char state[4096], path[4200];
    uint8_t key[32];
    *c = (struct scan_cache){0};
    if (s->no_cache || s->exhaustive || rules->image.head[0] == 0 ||
        !settings_state(state, sizeof state) || !key_of(s, rules, key))
        return;
    (void)snprintf(path, sizeof path, "%s/verdicts", state);
    (void)verdict_cache_open(&c->table, path, key, NULL); /* without it every file is looked at */
}

void scan_cache_close(struct scan_cache *c)
{
    verdict_cache_close(c->table);
    c->table = NULL;
}

/* fd: of any file there. */
static bool may_on(struct scan_cache *c, uint64_t device, int fd)
{
    for (unsigned i = 0; i < c->met_count; i++)
        if (c->met[i].device == device)
            return c->met[i].may;
    bool may = verdict_cache_may(fd);
    if (c->met_count < SCAN_CACHE_DEVICES) {
        c->met[c->met_count].device = device;
        c->met[c->met_count++].may = may;
    }
    return may;
}

/* Before anything is opened on a device. False: the path leads elsewhere by now, or is too long. */
static bool may_at(struct scan_cache *c, struct span path, const struct stat *st)
{
    for (unsigned i = 0; i < c->met_count; i++)
        if (c->met[i].device == st->st_dev)
            return c->met[i].may;
    char name[4096];
    struct stat now;
    if (path.len >= sizeof name)
        return false;
    memcpy(name, path.at, path.len);
    name[path.len] = 0;
    int fd = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    bool may =
        fd >= 0 && fstat(fd, &now) == 0 && now.st_dev == st->st_dev && may_on(c, st->st_dev, fd);
    if (fd >= 0)
        (void)close(fd);
    return may;
}

bool scan_cache_has(struct scan_cache *c, struct span path, const struct stat *st)
{
    if (!c->table)
        return false;
    struct file_state state = verdict_cache_state(st);
    return verdict_cache_has(c->table, &state) && may_at(c, path, st);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void scan_cache_note(struct scan_cache *c, int fd, const struct stat *st, struct report *r)
{
    if (!c->table)
        return;
    struct file_state state = verdict_cache_state(st);
    r->device = state.device;
    r->inode = state.inode;
    r->opened_size = state.size;
    r->mtime_ns = state.mtime_ns;
    r->ctime_ns = state.ctime_ns;
    r->opened_ns = may_on(c, st->st_dev, fd) ? now_ns() : 0;
}

void scan_cache_keep(struct scan_cache *c, const struct report *r)
{
    if (!c->table || r->opened_ns == 0 || r->failed || report_verdict(r, 0) != VERDICT_CLEAN)
        return;
    struct file_state state = {r->device, r->inode, r->opened_size, r->mtime_ns, r->ctime_ns};
    c->kept += verdict_cache_keep(c->table, &state, r->opened_ns);
}
