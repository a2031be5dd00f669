/* Images by content. A folder of ours holds KEY.img and KEY.deps; both are written aside and
 * renamed, so a half-written one is never seen. */
#include "open/image_cache.h"

#include "common/crypto.h"
#include "common/text.h"
#include "open/verdict_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/* What image.h's magic begins with. The opener knows no more of the format than this. */
static const char image_magic[] = "CANDORIM";

static void hash_text(struct hasher *h, const char *text)
{
    (void)crypto_hasher_add(h, span_make(text, strlen(text) + 1));
}

/* Another compiler may make another image of the same sources. */
static void hash_compiler(struct hasher *h, const char *jail_path)
{
    struct stat st = {0};
    (void)stat(jail_path, &st);
    char text[128];
    (void)snprintf(text, sizeof text, "%s %lld %lld.%ld", CANDOR_VERSION, (long long)st.st_size,
                   (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    hash_text(h, text);
}

bool image_compiler(const char *jail_path, char out[65])
{
    struct hasher *h = crypto_hasher_new(DIGEST_SHA256);
    uint8_t digest[32];
    if (!h)
        return false;
    hash_compiler(h, jail_path);
    bool ok = crypto_hasher_end(h, digest);
    crypto_hasher_free(h);
    for (int i = 0; ok && i < 32; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return ok;
}

static bool key_of(const struct sources *s, const struct build_options *options, char key[65])
{
    struct hasher *h = crypto_hasher_new(DIGEST_SHA256);
    uint8_t digest[32];
    if (!h)
        return false;
    hash_compiler(h, options->jail_path);
    (void)crypto_hasher_add(h, span_make(&options->order_options, sizeof options->order_options));
    (void)crypto_hasher_add(h, options->externals);
    for (uint32_t i = 0; i < s->count; i++) {
        hash_text(h, (const char *)s->items[i].name.at);
        hash_text(h, s->items[i].space.len ? (const char *)s->items[i].space.at : "");
        (void)crypto_hasher_add(h, span_make(s->items[i].sha256, 32));
    }
    for (uint32_t i = 0; i < s->root_count; i++)
        if (s->roots[i].include_only)
            hash_text(h, s->roots[i].path);
    bool ok = crypto_hasher_end(h, digest);
    crypto_hasher_free(h);
    for (int i = 0; i < 32; i++)
        (void)snprintf(key + 2 * i, 3, "%02x", digest[i]);
    return ok;
}

static bool name_head(struct image *image)
{
    uint8_t digest[32];
    if (!sources_hash(image->fd, digest, &image->len))
        return false;
    for (int i = 0; i < 32; i++)
        (void)snprintf(image->head + 2 * i, 3, "%02x", digest[i]);
    return true;
}

/* Includes are not in the key (nobody knew of them before compiling), so they are hashed again. A
 * line is "hash root name"; the last line is "end" and the counts. */
static bool includes_are_same(const struct sources *s, const char *path, struct image *image)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    char line[4400], hex[65], name[4097];
    bool ended = false, same = true;
    unsigned root;
    while (same && !ended && fgets(line, sizeof line, f)) {
        unsigned long long hashes;
        if (sscanf(line, "end %u %u %llu %u %u %64s", &image->rules, &image->strings, &hashes,
                   &image->errors, &image->warnings, image->head) == 6) {
            image->hashes = hashes;
            image->has_counts = ended = true;
            break;
        }
        same = sscanf(line, "%64s %u %4096[^\n]", hex, &root, name) == 3 && root < s->root_count;
        int fd = same ? sources_open_beneath(s, root, name) : -1;
        uint8_t digest[32];
        uint64_t size;
        char now[65] = "";
        same = fd >= 0 && sources_hash(fd, digest, &size);
        for (int i = 0; same && i < 32; i++)
            (void)snprintf(now + 2 * i, 3, "%02x", digest[i]);
        same = same && strcmp(now, hex) == 0;
        if (fd >= 0)
            (void)close(fd);
    }
    (void)fclose(f);
    return same && ended;
}

/* Ours, and nobody else may write it. */
static bool is_trusted(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           (st.st_uid == geteuid() || st.st_uid == 0) && (st.st_mode & 022) == 0;
}

static bool find(const struct sources *s, const char *folder, const char *key, struct image *out)
{
    char path[4300];
    (void)snprintf(path, sizeof path, "%s/%s.deps", folder, key);
    if (!includes_are_same(s, path, out))
        return false;
    (void)snprintf(path, sizeof path, "%s/%s.img", folder, key);
    out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (out->fd >= 0 && is_trusted(out->fd)) {
        struct stat st;
        (void)fstat(out->fd, &st);
        out->len = (uint64_t)st.st_size;
        return true;
    }
    if (out->fd >= 0)
        (void)close(out->fd);
    return false;
}

bool image_find(int dir, const char *head, struct image *out)
{
    char name[80];
    struct stat st = {0};
    *out = (struct image){.fd = -1};
    (void)snprintf(name, sizeof name, "%s.img", head);
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || !is_trusted(fd) || fstat(fd, &st) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    out->fd = fd;
    out->len = (uint64_t)st.st_size;
    (void)snprintf(out->head, sizeof out->head, "%s", head);
    return true;
}

static bool write_all(int fd, const void *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, (const char *)bytes + done, len - done);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool copy_image(int from, int to, uint64_t len)
{
    off_t at = 0;
    while ((uint64_t)at < len) {
        char chunk[65536];
        ssize_t n = pread(from, chunk, sizeof chunk, at);
        if (n <= 0 || !write_all(to, chunk, (size_t)n))
            return false;
        at += n;
    }
    return true;
}

static bool write_deps(int fd, const struct build_result *r, const struct image *image)
{
    struct buf b;
    buf_init(&b, 0);
    for (uint32_t i = 0; i < r->include_count; i++) {
        text_hex(&b, span_make(r->includes[i].sha256, 32));
        buf_print(&b, " %u ", r->includes[i].root);
        buf_span(&b, r->includes[i].name);
        buf_byte(&b, '\n');
    }
    buf_print(&b, "end %u %u %llu %u %u %s\n", r->rules, r->strings, (unsigned long long)r->hashes,
              r->errors, r->warnings, image->head);
    bool ok = !b.bad && write_all(fd, b.at, b.len);
    buf_done(&b);
    return ok;
}

/* Writes folder/key.ending by way of a temporary name. */
static bool store_one(const char *folder, const char *key, const char *ending,
                      const struct build_result *r, const struct image *image)
{
    char aside[4400], path[4300];
    (void)snprintf(path, sizeof path, "%s/%s.%s", folder, key, ending);
    (void)snprintf(aside, sizeof aside, "%s.%d", path, (int)getpid());
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
    if (fd < 0)
        return false;
    bool ok = strcmp(ending, "img") == 0 ? copy_image(image->fd, fd, image->len)
                                         : write_deps(fd, r, image);
    ok = fsync(fd) == 0 && ok;
    (void)close(fd);
    ok = ok && rename(aside, path) == 0;
    if (!ok)
        (void)unlink(aside);
    return ok;
}

static void make_folders(const char *folder)
{
    char path[4300];
    (void)snprintf(path, sizeof path, "%s", folder);
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        (void)mkdir(path, 0755);
        *p = '/';
    }
    (void)mkdir(path, 0755);
}

enum err image_get(struct sources *sources, const struct build_options *options, const char *folder,
                   struct image *out, struct why *why)
{
    char key[65];
    *out = (struct image){.fd = -1};
    if (!key_of(sources, options, key))
        return fail(why, ERR_SYSTEM, "cannot hash the rule sources");
    if (folder && find(sources, folder, key, out))
        return ERR_NONE;
    struct build_result r;
    TRY(build_run(sources, options, &r, why));
    *out = (struct image){.fd = r.image_fd,
                          .len = r.image_len,
                          .is_new = true,
                          .has_counts = true,
                          .rules = r.rules,
                          .strings = r.strings,
                          .errors = r.errors,
                          .warnings = r.warnings,
                          .hashes = r.hashes};
    if (!name_head(out)) {
        (void)close(out->fd);
        return fail(why, ERR_SYSTEM, "cannot hash the image");
    }
    if (folder) {
        make_folders(folder);
        /* Not kept is no failure: a full disk or a foreign folder costs time, not the scan. */
        if (store_one(folder, key, "img", &r, out))
            (void)store_one(folder, key, "deps", &r, out);
    }
    return ERR_NONE;
}

void image_forget(const struct sources *sources, const struct build_options *options,
                  const char *folder)
{
    char key[65], path[4300];
    if (!folder || !key_of(sources, options, key))
        return;
    (void)snprintf(path, sizeof path, "%s/%s.deps", folder, key);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/%s.img", folder, key);
    (void)unlink(path);
}

bool image_is_one(const char *path)
{
    char head[sizeof image_magic - 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool ok = fd >= 0 && pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
              memcmp(head, image_magic, sizeof head) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* Memory that nobody can change any more. Before Linux 6.3 there is no MFD_NOEXEC_SEAL. -1: failed.
 */
static int sealed_copy(int from, uint64_t len)
{
    int fd = memfd_create("candor-image", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0)
        fd = memfd_create("candor-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && copy_image(from, fd, len) &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* The file stays its owner's to write while it is mapped; what was checked must be what is used. */
enum err image_open(const char *path, struct image *out, struct why *why)
{
    struct stat st;
    *out = (struct image){.fd = -1, .is_new = true};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return fail_os(why, "cannot open %s", path);
    errno = EINVAL; /* no plain file, or one that became shorter */
    if (fstat(file, &st) == 0 && S_ISREG(st.st_mode))
        out->fd = sealed_copy(file, (uint64_t)st.st_size);
    enum err err = out->fd < 0 ? fail_os(why, "cannot read %s", path) : ERR_NONE;
    (void)close(file);
    if (err == ERR_NONE && !name_head(out)) {
        err = fail_os(why, "cannot read %s", path);
        (void)close(out->fd);
        out->fd = -1;
    }
    return err;
}

/* Two seconds: a file written twice within one tick of the kernel's clock would keep its time.
 * Owners who write through a mapping while we read fool nobody but themselves. */
enum { SETTLED_S = 2 };

/* What the file is now and who checked it, as a name; "" where a change might not be seen. */
static void name_state(int fd, const char *jail_path, char out[65])
{
    struct stat st;
    struct timespec now;
    char text[256];
    out[0] = 0;
    if (!is_trusted(fd) || !verdict_cache_may(fd) || fstat(fd, &st) != 0 ||
        clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0 ||
        st.st_ctim.tv_sec + SETTLED_S > now.tv_sec)
        return;
    struct file_state f = verdict_cache_state(&st);
    (void)snprintf(text, sizeof text, "checked %llu %llu %llu %llu %llu",
                   (unsigned long long)f.device, (unsigned long long)f.inode,
                   (unsigned long long)f.size, (unsigned long long)f.mtime_ns,
                   (unsigned long long)f.ctime_ns);
    uint8_t digest[32];
    struct hasher *h = crypto_hasher_new(DIGEST_SHA256);
    if (!h)
        return;
    hash_compiler(h, jail_path);
    hash_text(h, text);
    bool ok = crypto_hasher_end(h, digest);
    crypto_hasher_free(h);
    for (int i = 0; ok && i < 32; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static bool find_checked(int file, const char *folder, struct image *out)
{
    char path[4300], text[65] = "";
    (void)snprintf(path, sizeof path, "%s/%s.checked", folder, out->state);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 && is_trusted(fd) && read(fd, text, 64) == 64 &&
              strspn(text, "0123456789abcdef") == 64;
    if (fd >= 0)
        (void)close(fd);
    struct stat st;
    if (!ok || fstat(file, &st) != 0)
        return false;
    memcpy(out->head, text, sizeof out->head);
    out->len = (uint64_t)st.st_size;
    out->fd = file;
    out->is_new = false;
    return true;
}

enum err image_open_checked(const char *path, const char *jail_path, const char *folder,
                            struct image *out, struct why *why)
{
    char state[65] = "", after[65] = "";
    int file = folder && folder[0] ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (file < 0)
        return image_open(path, out, why);
    *out = (struct image){.fd = -1, .is_new = true};
    name_state(file, jail_path, state);
    memcpy(out->state, state, sizeof state);
    if (state[0] && find_checked(file, folder, out))
        return ERR_NONE;
    enum err err = image_open(path, out, why);
    if (err == ERR_NONE)
        name_state(file, jail_path, after);
    if (state[0] && strcmp(state, after) == 0) /* what was copied is that state */
        memcpy(out->state, state, sizeof state);
    (void)close(file);
    return err;
}

void image_keep_checked(const char *folder, const struct image *image)
{
    char path[4300], aside[4400];
    if (!folder || !folder[0] || !image->state[0])
        return;
    make_folders(folder);
    (void)snprintf(path, sizeof path, "%s/%s.checked", folder, image->state);
    (void)snprintf(aside, sizeof aside, "%s.%d", path, (int)getpid());
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
    if (fd < 0)
        return;
    bool ok = write_all(fd, image->head, 64);
    (void)close(fd);
    if (!ok || rename(aside, path) != 0)
        (void)unlink(aside);
}

enum err image_write(int image_fd, uint64_t len, const char *path, struct why *why)
{
    char aside[4200];
    (void)snprintf(aside, sizeof aside, "%s.%d", path, (int)getpid());
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fail_os(why, "cannot write %s", path);
    bool ok = copy_image(image_fd, fd, len);
    ok = fsync(fd) == 0 && ok;
    (void)close(fd);
    if (ok && rename(aside, path) == 0)
        return ERR_NONE;
    enum err err = fail_os(why, "cannot write %s", path);
    (void)unlink(aside);
    return err;
}
