/* Tiles and bundles to and from a folder. What is read may be a mirror's: it is handed on as bytes.
 */
#include "open/tiles.h"

#include "open/ledger_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUNDLE_MOST = 256 * (TLOG_ENTRY_MAX + 2) };

enum err tiles_make_folder(const char *path, struct why *why)
{
    char copy[4096];
    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return fail(why, ERR_USAGE, "the path is too long");
    for (size_t i = 1; copy[i]; i++) {
        if (copy[i] != '/')
            continue;
        copy[i] = 0;
        (void)mkdir(copy, 0755); /* the last one's failure tells */
        copy[i] = '/';
    }
    return mkdir(copy, 0755) == 0 || errno == EEXIST ? ERR_NONE : fail_os(why, "%s", path);
}

static enum err make_way(int dir, const char *path, struct why *why)
{
    char copy[TLOG_PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    for (size_t i = 1; copy[i]; i++) {
        if (copy[i] != '/')
            continue;
        copy[i] = 0;
        if (mkdirat(dir, copy, 0755) != 0 && errno != EEXIST)
            return fail_os(why, "%s", copy);
        copy[i] = '/';
    }
    return ERR_NONE;
}

enum err tiles_put(int dir, const char *path, struct span bytes, struct why *why)
{
    char folder[TLOG_PATH_MAX];
    TRY(make_way(dir, path, why));
    const char *slash = strrchr(path, '/');
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
                   slash ? path : ".");
    int below = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (below < 0)
        return fail_os(why, "%s", folder);
    enum err err = ledger_files_replace(below, slash ? slash + 1 : path, bytes, 0644, why);
    (void)close(below);
    return err;
}

static enum err put_level(int dir, int level, const struct merkle_hash *hashes, uint64_t count,
                          struct why *why)
{
    char path[TLOG_PATH_MAX];
    for (uint64_t at = 0; at < count; at += TLOG_TILE_WIDTH) {
        uint64_t left = count - at;
        uint32_t width = left < TLOG_TILE_WIDTH ? (uint32_t)left : TLOG_TILE_WIDTH;
        tlog_path(path, level, at / TLOG_TILE_WIDTH, width);
        TRY(tiles_put(dir, path, span_make(hashes + at, width * sizeof *hashes), why));
    }
    return ERR_NONE;
}

enum err tiles_put_hashes(int dir, struct merkle_hash *leaves, uint64_t size, struct why *why)
{
    for (int level = 0; size > 0 && level <= TLOG_LEVEL_MAX; level++) {
        TRY(put_level(dir, level, leaves, size, why));
        uint64_t full = size / TLOG_TILE_WIDTH;
        for (uint64_t i = 0; i < full; i++) { /* what is overwritten was read before */
            struct merkle_hash root;
            if (!merkle_root(leaves + i * TLOG_TILE_WIDTH, TLOG_TILE_WIDTH, &root))
                return fail(why, ERR_NOMEM, "tiles");
            leaves[i] = root;
        }
        size = full;
    }
    return ERR_NONE;
}

enum err tiles_put_bundle(int dir, uint64_t index, uint32_t width, struct span bundle,
                          struct why *why)
{
    char path[TLOG_PATH_MAX];
    tlog_path(path, -1, index, width);
    return tiles_put(dir, path, bundle, why);
}

static enum err get(int dir, const char *path, size_t most, struct buf *out, bool *there,
                    struct why *why)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    *there = false;
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
                   slash ? path : ".");
    int below = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (below < 0)
        return errno == ENOENT || errno == ENOTDIR ? ERR_NONE : fail_os(why, "%s", folder);
    enum err err = ledger_files_read(below, slash ? slash + 1 : path, most, out, there, why);
    (void)close(below);
    return err;
}

enum err tiles_get(int dir, const char *path, size_t most, struct buf *out, struct why *why)
{
    bool there;
    TRY(get(dir, path, most, out, &there, why));
    return there ? ERR_NONE : fail(why, ERR_LEDGER, "%s is missing", path);
}

enum err tiles_get_bundle(int dir, uint64_t index, uint64_t size, struct buf *out, struct why *why)
{
    char path[TLOG_PATH_MAX];
    bool there = false;
    uint32_t width = index == size / TLOG_TILE_WIDTH ? tlog_partial(size, 0) : TLOG_TILE_WIDTH;
    if (width < TLOG_TILE_WIDTH) {
        tlog_path(path, -1, index, width);
        TRY(get(dir, path, BUNDLE_MOST, out, &there, why));
    }
    if (there)
        return ERR_NONE;
    tlog_path(path, -1, index, TLOG_TILE_WIDTH);
    return tiles_get(dir, path, BUNDLE_MOST, out, why);
}
