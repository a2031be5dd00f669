/* Gathering rule sources. Names are relative, so that an image does not depend on where its sources
 * lie; includes cannot leave the folder they were named under. */
#include "open/sources.h"

#include "common/channel.h"
#include "common/crypto.h"
#include "common/limits.h"
#include "open/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_DEPTH_MAX = 32 };

/* Endings taken from a folder. A file named directly is taken whatever it is called. */
static const char *const endings[] = {
    ".yar", ".yara", ".rule", ".rules", ".md5", ".sha1", ".sha256", ".hdb",  ".hsb", ".hdu", ".hsu",
    ".ndb", ".ndu",  ".ldb",  ".ldu",   ".mdb", ".msb",  ".mdu",    ".msu",  ".imp", ".fp",  ".sfp",
    ".ign", ".ign2", ".db",   ".sdb",   ".cdb", ".crb",  ".ftm",    ".pwdb", ".idb", ".ioc", ".cvd",
    ".cld", ".cud",  ".cbc",  ".pdb",   ".wdb", ".gdb",  ".info",   ".cat",  ".cfg", ".zmd", ".rmd",
};

enum err sources_new(struct sources **out, struct why *why)
{
    struct arena *a = arena_new(0);
    struct sources *s = a ? arena_new_of(a, struct sources) : NULL;
    if (!s) {
        arena_free(a);
        return fail(why, ERR_NOMEM, "rule sources");
    }
    s->arena = a;
    *out = s;
    return ERR_NONE;
}

void sources_free(struct sources *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->root_count; i++)
        (void)close(s->roots[i].fd);
    arena_free(s->arena);
}

bool sources_hash(int fd, uint8_t out[32], uint64_t *size)
{
    struct hasher *h = crypto_hasher_new(DIGEST_SHA256);
    uint8_t *chunk = malloc(1 << 17);
    ssize_t n = -1;
    *size = 0;
    while (h && chunk && (n = pread(fd, chunk, 1 << 17, (off_t)*size)) > 0) {
        (void)crypto_hasher_add(h, span_make(chunk, (size_t)n));
        *size += (uint64_t)n;
    }
    bool ok = n == 0 && crypto_hasher_end(h, out);
    free(chunk);
    crypto_hasher_free(h);
    return ok;
}

static const char *copy_text(struct sources *s, const char *text)
{
    return (const char *)arena_copy(s->arena, span_text(text)).at;
}

static enum err add_root(struct sources *s, int fd, const char *path, bool include_only,
                         struct why *why)
{
    if (!arena_grow(s->arena, (void **)&s->roots, &s->root_cap, s->root_count + 1,
                    sizeof *s->roots)) {
        (void)close(fd);
        return fail(why, ERR_NOMEM, "rule sources");
    }
    s->roots[s->root_count++] = (struct source_root){fd, copy_text(s, path), include_only};
    return ERR_NONE;
}

static bool is_taken(const struct sources *s, struct span name)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (span_equal(s->items[i].name, name))
            return true;
    return false;
}

static bool ends_in(const char *name, const char *ending)
{
    size_t len = strlen(name), n = strlen(ending);
    return len > n && strcasecmp(name + len - n, ending) == 0;
}

static bool has_ending(const char *name)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (ends_in(name, endings[i]))
            return true;
    return false;
}

static bool is_beside(const char *name)
{
    return ends_in(name, ".cdiff") || ends_in(name, ".cdiff.sign") || ends_in(name, ".cvd.sign");
}

/* fd is open on the file and is closed here. */
static enum err add_item(struct sources *s, int fd, const char *name, const char *path,
                         struct why *why)
{
    struct source_item item = {.root = s->root_count - 1, .path = copy_text(s, path)};
    item.kind = is_beside(name) ? BATCH_BESIDE : 0;
    bool ok = sources_hash(fd, item.sha256, &item.size);
    (void)close(fd);
    if (!ok)
        return fail_os(why, "cannot read %s", path);
    if (item.size > LIMIT_SOURCE_BYTES)
        return fail(why, ERR_LIMIT, "%s is larger than a rule source may be", path);
    item.name = arena_copy(s->arena, span_text(name));
    if (is_taken(s, item.name)) { /* two roots, one name: the second says which root it is of */
        char unique[4200];
        (void)snprintf(unique, sizeof unique, "%u:%s", s->root_count, name);
        item.name = arena_copy(s->arena, span_text(unique));
    }
    if (!item.name.at ||
        !arena_grow(s->arena, (void **)&s->items, &s->cap, s->count + 1, sizeof item))
        return fail(why, ERR_NOMEM, "rule sources");
    s->items[s->count++] = item;
    return ERR_NONE;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder, sorted; *count of them, freed by the caller with the arena. */
static enum err list_folder(struct sources *s, int fd, const char *path, char ***out,
                            uint32_t *count, struct why *why)
{
    DIR *dir = fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!dir)
        return fail_os(why, "cannot list %s", path);
    uint32_t cap = 0;
    *count = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        if (!arena_grow(s->arena, (void **)out, &cap, *count + 1, sizeof **out))
            break;
        (*out)[(*count)++] = (char *)(uintptr_t)copy_text(s, e->d_name);
    }
    (void)closedir(dir);
    if (*count)
        qsort(*out, *count, sizeof **out, by_name);
    return ERR_NONE;
}

static enum err add_folder(struct sources *s, int fd, const char *prefix, const char *path,
                           int depth, struct why *why);

static enum err add_entry(struct sources *s, int folder, const char *prefix, const char *path,
                          const char *name, int depth, struct why *why)
{
    char relative[4096], full[8300];
    if (snprintf(relative, sizeof relative, "%s%s", prefix, name) >= (int)sizeof relative)
        return fail(why, ERR_LIMIT, "a path below %s is too long", path);
    (void)snprintf(full, sizeof full, "%s/%s", path, name);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return errno == ELOOP ? ERR_NONE : fail_os(why, "cannot open %s", full);
    }
    if (S_ISREG(st.st_mode) && (has_ending(name) || is_beside(name)))
        return add_item(s, fd, relative, full, why);
    enum err err = ERR_NONE;
    if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MAX) {
        (void)snprintf(relative + strlen(relative), sizeof relative - strlen(relative), "/");
        err = add_folder(s, fd, relative, full, depth + 1, why);
    }
    (void)close(fd);
    return err;
}

static enum err add_folder(struct sources *s, int fd, const char *prefix, const char *path,
                           int depth, struct why *why)
{
    char **names = NULL;
    uint32_t count = 0;
    TRY(list_folder(s, fd, path, &names, &count, why));
    for (uint32_t i = 0; i < count; i++)
        TRY(add_entry(s, fd, prefix, path, names[i], depth, why));
    return ERR_NONE;
}

static bool is_certificate(const char *name)
{
    return ends_in(name, ".pem") || ends_in(name, ".crt");
}

/* A plain file; links are passed over, as in folders of rules. */
static enum err add_plain(struct sources *s, int folder, const char *path, const char *name,
                          struct why *why)
{
    char full[8300];
    struct stat st;
    (void)snprintf(full, sizeof full, "%s/%s", path, name);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ELOOP ? ERR_NONE : fail_os(why, "cannot open %s", full);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return add_item(s, fd, name, full, why);
    (void)close(fd);
    return ERR_NONE;
}

enum err sources_add_certificates(struct sources *s, const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char **names = NULL;
    uint32_t count = 0, before = s->count;
    if (fd < 0)
        return fail_os(why, "cannot open the folder of certificates %s", path);
    TRY(add_root(s, fd, path, false, why));
    TRY(list_folder(s, fd, path, &names, &count, why));
    for (uint32_t i = 0; i < count; i++)
        if (is_certificate(names[i]))
            TRY(add_plain(s, fd, path, names[i], why));
    for (uint32_t i = before; i < s->count; i++) {
        s->items[i].kind = BATCH_CERTIFICATES;
        s->items[i].space = SPAN_OF("certificates"); /* tells it from a rule in the image's key */
    }
    return s->count > before ? ERR_NONE
                             : fail(why, ERR_USAGE, "no certificate (.pem, .crt) in %s", path);
}

/* What lies beside a container, in the root at hand: "main-..." beside "main.cvd". */
static enum err add_neighbours(struct sources *s, const char *path, const char *name,
                               struct why *why)
{
    size_t stem = strcspn(name, "-.");
    char **names = NULL;
    uint32_t count = 0;
    if (!ends_in(name, ".cvd") && !ends_in(name, ".cld"))
        return ERR_NONE;
    int fd = openat(s->roots[s->root_count - 1].fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) /* a folder that may be passed through and not read: nothing beside it is known */
        return ERR_NONE;
    enum err err = list_folder(s, fd, path, &names, &count, why);
    for (uint32_t i = 0; err == ERR_NONE && i < count; i++)
        if (is_beside(names[i]) && strncmp(names[i], name, stem) == 0 && names[i][stem] == '-')
            err = add_plain(s, fd, path, names[i], why);
    (void)close(fd);
    return err;
}

/* A file's root is the folder it lies in. */
static enum err add_file(struct sources *s, int fd, const char *path, struct why *why)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int len = slash ? (int)(slash - path) : 0;
    (void)snprintf(folder, sizeof folder, "%.*s", len, path);
    const char *at = slash ? (len ? folder : "/") : ".";
    int root = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        (void)close(fd);
        return fail_os(why, "cannot open %s", at);
    }
    enum err err = add_root(s, root, at, false, why);
    if (err != ERR_NONE) {
        (void)close(fd);
        return err;
    }
    TRY(add_item(s, fd, name, path, why));
    return add_neighbours(s, at, name, why);
}

enum err sources_add(struct sources *s, const char *path, struct why *why)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum err err = fail_os(why, "cannot open rules %s", path);
        if (fd >= 0)
            (void)close(fd);
        return err;
    }
    if (S_ISREG(st.st_mode))
        return add_file(s, fd, path, why);
    if (!S_ISDIR(st.st_mode)) {
        (void)close(fd);
        return fail(why, ERR_USAGE, "%s is neither a file nor a folder", path);
    }
    uint32_t before = s->count;
    TRY(add_root(s, fd, path, false, why));
    TRY(add_folder(s, fd, "", path, 0, why));
    if (s->count == before)
        return fail(why, ERR_USAGE, "no rule files in %s", path);
    return ERR_NONE;
}

/* Reads fd into sealed memory, for it may be a pipe. */
static enum err spool(int from, int *out, struct why *why)
{
    int fd = memfd_create("candor-rules", MFD_CLOEXEC);
    char chunk[65536];
    uint64_t size = 0;
    ssize_t n = fd >= 0 ? 1 : -1;
    while (n > 0 && size <= LIMIT_SOURCE_BYTES && (n = read(from, chunk, sizeof chunk)) > 0) {
        size += (uint64_t)n;
        if (write(fd, chunk, (size_t)n) != n)
            n = -1;
    }
    if (n == 0) {
        *out = fd;
        return ERR_NONE;
    }
    enum err err = n < 0 ? fail_os(why, "cannot read rules from standard input")
                         : fail(why, ERR_LIMIT, "standard input is larger than rules may be");
    if (fd >= 0)
        (void)close(fd);
    return err;
}

enum err sources_add_stream(struct sources *s, int fd, struct why *why)
{
    int copy;
    TRY(spool(fd, &copy, why));
    TRY(add_root(s, copy, "-", false, why));
    s->roots[s->root_count - 1].is_stream = true;
    return add_item(s, fcntl(copy, F_DUPFD_CLOEXEC, 0), "-", "-", why);
}

enum err sources_add_bytes(struct sources *s, const char *name, struct span bytes, struct why *why)
{
    int fd = memfd_create("candor-rule", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes.at, bytes.len) != (ssize_t)bytes.len) {
        enum err err = fail_os(why, "cannot keep %s in memory", name);
        if (fd >= 0)
            (void)close(fd);
        return err;
    }
    TRY(add_root(s, fd, name, false, why));
    s->roots[s->root_count - 1].is_stream = true;
    return add_item(s, fcntl(fd, F_DUPFD_CLOEXEC, 0), name, name, why);
}

/* One root without a folder, in which nothing is found, for all that is lent. */
static enum err lent_root(struct sources *s, uint32_t *root, struct why *why)
{
    for (*root = 0; *root < s->root_count; ++*root)
        if (s->roots[*root].is_stream && s->roots[*root].path[0] == 0)
            return ERR_NONE;
    int fd = memfd_create("candor-leaves", MFD_CLOEXEC);
    if (fd < 0)
        return fail_os(why, "memory for rules");
    TRY(add_root(s, fd, "", false, why));
    s->roots[*root].is_stream = true;
    return ERR_NONE;
}

enum err sources_add_lent(struct sources *s, struct span name, struct span bytes, struct why *why)
{
    struct source_item item = {.size = bytes.len, .bytes = bytes};
    TRY(lent_root(s, &item.root, why));
    item.name = arena_copy(s->arena, name);
    item.path = (const char *)item.name.at;
    if (!item.name.at || !crypto_digest(DIGEST_SHA256, bytes, item.sha256) ||
        !arena_grow(s->arena, (void **)&s->items, &s->cap, s->count + 1, sizeof item))
        return fail(why, ERR_NOMEM, "rule sources");
    s->items[s->count++] = item;
    return ERR_NONE;
}

void sources_set_space(struct sources *s, uint32_t first, const char *space)
{
    struct span copy = arena_copy(s->arena, span_text(space));
    for (uint32_t i = first; i < s->count; i++)
        s->items[i].space = copy;
}

enum err sources_add_include(struct sources *s, const char *path, struct why *why)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_os(why, "cannot open include folder %s", path);
    return add_root(s, fd, path, true, why);
}

int sources_open_beneath(const struct sources *s, uint32_t root, const char *name)
{
    if (s->roots[root].is_stream) {
        errno = ENOENT;
        return strcmp(name, s->roots[root].path) == 0 ? fcntl(s->roots[root].fd, F_DUPFD_CLOEXEC, 0)
                                                      : -1;
    }
    return beneath_open(s->roots[root].fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

/* The name as it is beneath its root: without the "2:" of a second root. */
static const char *bare(const struct source_item *item)
{
    const char *name = (const char *)item->name.at;
    const char *colon = strchr(name, ':');
    size_t digits = strspn(name, "0123456789");
    return colon && digits > 0 && name + digits == colon ? colon + 1 : name;
}

enum err sources_open(const struct sources *s, const struct source_item *item, int *fd,
                      struct why *why)
{
    *fd = sources_open_beneath(s, item->root, bare(item));
    return *fd >= 0 ? ERR_NONE : fail_os(why, "cannot open %s", item->path);
}

/* The root of a source named before, or of the first that is not an include folder. */
static uint32_t root_of(const struct sources *s, struct span from)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (span_equal(s->items[i].name, from))
            return s->items[i].root;
    for (uint32_t i = 0; i < s->root_count; i++)
        if (!s->roots[i].include_only)
            return i;
    return 0;
}

static int try_include(const struct sources *s, uint32_t root, struct span folder, struct span name,
                       char *path, size_t size)
{
    int n = snprintf(path, size, "%.*s%.*s", (int)folder.len, (const char *)folder.at,
                     (int)name.len, (const char *)name.at);
    if (n < 0 || (size_t)n >= size)
        return -1;
    int fd = sources_open_beneath(s, root, path);
    struct stat st;
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

bool sources_include(struct sources *s, struct span name, struct span from, int *fd,
                     struct span *resolved, uint32_t *root)
{
    char path[4096];
    if (s->root_count == 0 || name.len == 0 || span_find_byte(name, 0, 0) != SIZE_MAX)
        return false;
    size_t slash = span_find_last(from, SPAN_OF("/"));
    struct span folder = slash == SIZE_MAX ? span_text("") : span_cut(from, 0, slash + 1);
    *root = root_of(s, from);
    *fd = try_include(s, *root, folder, name, path, sizeof path);
    if (*fd < 0 && folder.len)
        *fd = try_include(s, *root, span_text(""), name, path, sizeof path);
    for (uint32_t i = 0; *fd < 0 && i < s->root_count; i++)
        if (s->roots[i].include_only) {
            *root = i;
            *fd = try_include(s, i, span_text(""), name, path, sizeof path);
        }
    if (*fd < 0)
        return false;
    *resolved = arena_copy(s->arena, span_text(path));
    return resolved->at != NULL;
}

const char *sources_show(const struct sources *s, struct span name)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (span_equal(s->items[i].name, name))
            return s->items[i].path;
    return NULL;
}
