/* What a jail asks for: NEED, pieces of its one file; INCLUDE, rule sources by name. Traps when a
 * reply holds bytes that were not asked for, or when a name leads out of the folder it belongs to.
 */
#include "drive.h"

#include "common/crypto.h"
#include "open/slot.h"
#include "open/sources.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 100000, ROOM = 65536, GUARD = 4096 };

static uint8_t byte_at(uint64_t i)
{
    return (uint8_t)(i * 31 + (i >> 8));
}

static struct window *window;
static struct spawn_slot memory;
static int big_fd = -1;

/* A file whose every byte is known, and a window with a strip behind it that nobody may touch. */
static void set_up_file(void)
{
    uint8_t *bytes = malloc(FILE_BYTES);
    big_fd = memfd_create("big", MFD_CLOEXEC);
    window = calloc(1, WINDOW_DATA + ROOM + GUARD);
    if (!bytes || big_fd < 0 || !window)
        abort();
    for (uint64_t i = 0; i < FILE_BYTES; i++)
        bytes[i] = byte_at(i);
    if (write(big_fd, bytes, FILE_BYTES) != FILE_BYTES)
        abort();
    free(bytes);
    memory.window = window;
}

static void need(const uint8_t *data, size_t size)
{
    static struct slot s;
    struct stat st;
    struct record r = {.kind = MSG_NEED, .parent = 7};
    if (size < 16 || fstat(big_fd, &st) != 0)
        return;
    memcpy(&r.at, data, 8);
    memcpy(&r.len, data + 8, 8);
    if (size > 20)
        memcpy(&r.code, data + 17, 4);
    if (size > 16 && data[16] & 4)
        r.code %= ROOM + 10;
    if (size > 16 && data[16] & 1) { /* near the ends, where mistakes live */
        r.at %= FILE_BYTES + 10;
        r.len %= ROOM + 10;
    }
    s = (struct slot){
        .memory = &memory, .count = 1, .started = size > 16 && data[16] & 2 ? SLOT_NONE : 0};
    s.files[0] = (struct slot_file){.fd = big_fd,
                                    .report = report_new(SPAN_OF("big")),
                                    .mtime = st.st_mtim,
                                    .ctime = st.st_ctim};
    s.files[0].report->size = FILE_BYTES;
    uint8_t *room = (uint8_t *)window + WINDOW_DATA;
    memset(room + ROOM, 0xa5, GUARD);
    slot_serve(&s, &r, ROOM);
    const struct reply *reply = &window->reply;
    if (reply->seq != 7 || (reply->ok && (reply->len > r.len || r.at + reply->len > FILE_BYTES ||
                                          reply->at != r.code || reply->at + reply->len > ROOM)))
        __builtin_trap();
    for (uint64_t i = 0; reply->ok && i < reply->len; i++)
        if (room[reply->at + i] != byte_at(r.at + i))
            __builtin_trap();
    for (size_t i = 0; i < GUARD; i++)
        if (room[ROOM + i] != 0xa5)
            __builtin_trap();
    report_free(s.files[0].report);
}

static char folder[] = "/tmp/candor-fuzz.XXXXXX";
static struct sources *sources;
static ino_t secret;

static void put(const char *name, const char *text)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

static void put_link(const char *name, const char *to)
{
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (symlink(to, path) != 0)
        abort();
}

static void remove_folder(void)
{
    static const char *const names[] = {"in/a.yar", "in/sub/b.yar", "in/out", "in/up",
                                        "in/sub",   "in",           "secret", ""};
    char path[200];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)remove(path);
    }
}

static void set_up_sources(void)
{
    char path[200];
    struct stat st;
    struct why why = {0};
    if (!mkdtemp(folder))
        abort();
    (void)atexit(remove_folder);
    (void)snprintf(path, sizeof path, "%s/in", folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/in/sub", folder);
    (void)mkdir(path, 0700);
    put("secret", "outside");
    put("in/a.yar", "inside");
    put("in/sub/b.yar", "inside");
    put_link("in/out", "../secret");
    put_link("in/up", "..");
    (void)snprintf(path, sizeof path, "%s/secret", folder);
    if (stat(path, &st) != 0)
        abort();
    secret = st.st_ino;
    (void)snprintf(path, sizeof path, "%s/in", folder);
    if (crypto_warm(&why) != ERR_NONE || sources_new(&sources, &why) != ERR_NONE ||
        sources_add(sources, path, &why) != ERR_NONE) {
        (void)fprintf(stderr, "%s\n", why.text);
        abort();
    }
}

/* Only a.yar and b.yar lie inside, and each is six bytes long. */
static void include(const uint8_t *data, size_t size)
{
    struct record r = {.kind = MSG_INCLUDE};
    size_t cut = size > 0 ? data[0] : 0;
    if (size == 0)
        return;
    struct span all = span_make(data + 1, size - 1);
    struct span from = span_cut(all, 0, cut);
    (void)channel_put(&r, 0, span_cut(all, cut < all.len ? cut : all.len, SIZE_MAX));
    int fd = -1;
    uint32_t root = 0;
    struct span name;
    struct stat st;
    if (!sources_include(sources, channel_text(&r, 0), from, &fd, &name, &root))
        return;
    if (fstat(fd, &st) != 0 || st.st_ino == secret || !S_ISREG(st.st_mode) || st.st_size != 6 ||
        root != 0)
        __builtin_trap();
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!window) {
        set_up_file();
        set_up_sources();
    }
    if (size == 0)
        return 0;
    if (data[0] == 'i')
        include(data + 1, size - 1);
    else
        need(data + 1, size - 1);
    return 0;
}
