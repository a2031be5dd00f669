/* One order to one compiling jail: sources in, image out, includes served on the way. */
#include "open/build.h"

#include "common/crypto.h"
#include "common/text.h"
#include "open/collect.h"
#include "open/slot.h"
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { INCLUDE_ROOM = 64 << 20, INCLUDES_MAX = 10000, TIMEOUT_S = 600, BORN_MS = 5000 };

struct build {
    struct sources *sources;
    const struct build_options *options;
    struct build_result *out;
    struct spawn *spawn;
    struct window *window;
    struct ring *ring;
    uint8_t *data;
    uint64_t used, room; /* of the window's data */
    uint32_t taken;
    struct collect collect;
    uint64_t diags;
    bool ended, has_image;
    enum err code; /* what the jail's FAIL said */
    char failure[400];
};

/* Sparse until touched: what a compiler may need for ten million hashes. */
static const struct confine_limits compile_limits = {
    .data_bytes = UINT64_C(12) << 30,
    .address_bytes = UINT64_C(32) << 30,
};

static uint64_t place(struct build *b, const void *bytes, uint64_t len)
{
    uint64_t at = b->used;
    must(len <= b->room - at);
    if (len)
        memcpy(b->data + at, bytes, (size_t)len);
    b->used = (at + len + 15) & ~UINT64_C(15);
    return at;
}

static size_t read_into(int fd, uint8_t *to, uint64_t want)
{
    size_t have = 0;
    while (have < want) {
        ssize_t n = pread(fd, to + have, (size_t)want - have, (off_t)have);
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    return have;
}

/* The bytes must be those that were hashed: the cache's key stands for them. */
static enum err place_source(struct build *b, const struct source_item *item,
                             struct batch_source *row, struct why *why)
{
    int fd = -1;
    size_t got = item->bytes.len;
    row->at = b->used;
    row->len = item->size;
    if (item->bytes.at) {
        memcpy(b->data + b->used, item->bytes.at, got);
    } else {
        TRY(sources_open(b->sources, item, &fd, why));
        got = read_into(fd, b->data + b->used, item->size);
        (void)close(fd);
    }
    uint8_t digest[32];
    if (got != item->size ||
        !crypto_digest(DIGEST_SHA256, span_make(b->data + b->used, got), digest) ||
        memcmp(digest, item->sha256, sizeof digest) != 0)
        return fail(why, ERR_SYSTEM, "%s changed while it was read", item->path);
    b->used = (b->used + item->size + 15) & ~UINT64_C(15);
    row->name_at = (uint32_t)place(b, item->name.at, item->name.len);
    row->name_len = (uint32_t)item->name.len;
    return ERR_NONE;
}

static uint64_t room_needed(const struct sources *s, const struct build_options *options)
{
    uint64_t sum = INCLUDE_ROOM + options->externals.len + 4096;
    for (uint32_t i = 0; i < s->count; i++)
        sum += s->items[i].size + s->items[i].name.len + s->items[i].space.len +
               sizeof(struct batch_source) + 64;
    return (sum + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

/* Names go before large bodies would push them past 32 bits: bodies are placed after the table. */
static enum err place_all(struct build *b, struct why *why)
{
    struct order *o = &b->window->order;
    uint64_t table_bytes = b->sources->count * sizeof(struct batch_source);
    o->table_at = b->used;
    b->used += (table_bytes + 15) & ~UINT64_C(15);
    for (uint32_t i = 0; i < b->sources->count; i++) {
        struct batch_source row = {.kind = b->sources->items[i].kind};
        TRY(place_source(b, &b->sources->items[i], &row, why));
        struct span space = b->sources->items[i].space;
        row.space_at = space.len ? (uint32_t)place(b, space.at, space.len) : row.name_at;
        row.space_len = space.len ? (uint32_t)space.len : row.name_len;
        memcpy(b->data + o->table_at + i * sizeof row, &row, sizeof row);
    }
    o->externals_at = place(b, b->options->externals.at, b->options->externals.len);
    o->externals_len = b->options->externals.len;
    o->count = b->sources->count;
    o->options = b->options->order_options;
    return ERR_NONE;
}

static void ring_go(struct build *b)
{
    __atomic_add_fetch(&b->window->go, 1, __ATOMIC_SEQ_CST);
    channel_wake(&b->window->go);
}

static void reply(struct build *b, uint32_t seq, bool ok, uint64_t at, uint64_t len)
{
    b->window->reply.ok = ok;
    b->window->reply.at = at;
    b->window->reply.len = len;
    __atomic_store_n(&b->window->reply.seq, seq, __ATOMIC_RELEASE);
    ring_go(b);
}

/* Reads an include into the window behind its name: u32 length, name, bytes. */
static bool place_include(struct build *b, int fd, struct span name, uint64_t *at, uint64_t *len,
                          uint8_t sha256[32])
{
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size < 0)
        return false;
    uint64_t size = (uint64_t)st.st_size;
    uint32_t name_len = (uint32_t)name.len;
    if (size > LIMIT_SOURCE_BYTES || size + name.len + 64 > b->room - b->used)
        return false;
    *at = place(b, &name_len, sizeof name_len);
    b->used = *at + sizeof name_len;
    memcpy(b->data + b->used, name.at, name.len);
    b->used += name.len;
    size_t got = read_into(fd, b->data + b->used, size);
    *len = sizeof name_len + name.len + got;
    bool ok =
        got == size && crypto_digest(DIGEST_SHA256, span_make(b->data + b->used, got), sha256);
    b->used = (b->used + got + 15) & ~UINT64_C(15);
    return ok;
}

static void on_include(struct build *b, const struct record *r)
{
    int fd = -1;
    struct build_include inc = {0};
    uint64_t at = 0, len = 0;
    struct build_result *out = b->out;
    bool ok = out->include_count < INCLUDES_MAX &&
              sources_include(b->sources, channel_text(r, 0), buf_get(&b->collect.name), &fd,
                              &inc.name, &inc.root) &&
              place_include(b, fd, inc.name, &at, &len, inc.sha256) &&
              arena_grow(b->sources->arena, (void **)&out->includes, &out->include_cap,
                         out->include_count + 1, sizeof inc);
    if (ok)
        out->includes[out->include_count++] = inc;
    if (fd >= 0)
        (void)close(fd);
    reply(b, r->parent, ok, at, len);
}

static void on_diag(struct build *b, const struct record *r)
{
    struct diag d = {.level = r->code <= DIAG_NOTE ? (enum diag_level)r->code : DIAG_ERROR,
                     .line = (uint32_t)r->at,
                     .column = (uint32_t)r->len,
                     .text = collect_whole(&b->collect, r)};
    struct span names = buf_get(&b->collect.name); /* the file's, and behind a NUL the rule's */
    if (text_field(&names, 0, &d.file))
        d.rule = names;
    else
        d.file = names;
    b->options->diag.give(b->options->diag.ctx, &d);
}

static enum err on_record(struct build *b, const struct record *r, struct why *why)
{
    switch (r->kind) {
    case MSG_TEXT:
        return collect_text(&b->collect, r, why);
    case MSG_DIAG: /* the compiler stops at LIMIT_DIAGNOSTICS and may say so once more */
        if (b->diags++ > LIMIT_DIAGNOSTICS)
            return fail(why, ERR_PEER, "a compiler that does not stop complaining");
        on_diag(b, r);
        break;
    case MSG_AUDIT:
        if (!b->options->audit)
            return fail(why, ERR_PEER, "nobody asked for an audit");
        b->options->audit(b->options->audit_ctx, r, buf_get(&b->collect.name),
                          collect_whole(&b->collect, r));
        break;
    case MSG_INCLUDE:
        on_include(b, r);
        break;
    case MSG_FAIL:
        b->code = r->code > ERR_NONE && r->code < ERR_COUNT ? (enum err)r->code : ERR_PEER;
        text_escape_into(b->failure, sizeof b->failure, collect_whole(&b->collect, r));
        break;
    case MSG_IMAGE:
        if (r->len > b->spawn->setup.output_bytes)
            return fail(why, ERR_PEER, "an image larger than its place");
        b->has_image = true;
        b->out->image_len = r->len;
        b->out->rules = r->object;
        b->out->strings = r->parent;
        b->out->hashes = r->at;
        b->out->errors = r->code;
        b->out->warnings = r->file;
        break;
    case MSG_END:
        b->ended = true;
        break;
    default:
        return fail(why, ERR_PEER, "record %s from a compiler", channel_name(r->kind));
    }
    buf_clear(&b->collect.text);
    buf_clear(&b->collect.name);
    return ERR_NONE;
}

static enum err drain(struct build *b, struct why *why)
{
    uint32_t count = __atomic_load_n(&b->ring->head, __ATOMIC_ACQUIRE) - b->taken;
    if (count > RECORD_RING)
        return fail(why, ERR_PEER, "the compiler broke the protocol");
    for (uint32_t i = 0; i < count && !b->ended; i++) {
        struct record r;
        memcpy(&r, &b->ring->records[b->taken % RECORD_RING], sizeof r);
        b->taken++;
        TRY(on_record(b, &r, why));
    }
    if (count > 0) {
        __atomic_store_n(&b->window->tail, b->taken, __ATOMIC_RELEASE);
        ring_go(b);
    }
    return ERR_NONE;
}

/* Until END, death or the deadline. Polls the bell at most every 100 ms: a compiler is not in a
 * hurry. */
static enum err converse(struct build *b, struct why *why)
{
    uint64_t limit_s = b->options->timeout_s ? b->options->timeout_s : TIMEOUT_S;
    uint64_t deadline = slot_now_ms() + limit_s * 1000, born = slot_now_ms() + BORN_MS;
    b->window->opener_sleeps = 1;
    while (!b->ended) {
        uint32_t bell = __atomic_load_n(&b->ring->bell, __ATOMIC_SEQ_CST);
        bool dead = (__atomic_load_n(&b->ring->life, __ATOMIC_SEQ_CST) & FUTEX_OWNER_DIED) != 0;
        TRY(drain(b, why));
        if (b->ended)
            break;
        bool late = slot_now_ms() > deadline;
        b->out->crashed = dead || late;
        if (dead)
            return fail(why, ERR_RULES, "the compiler crashed on these sources");
        if (slot_now_ms() > born && __atomic_load_n(&b->ring->life, __ATOMIC_SEQ_CST) == 0)
            return fail(why, ERR_CAGE, "the compiler does not come up");
        if (late)
            return fail(why, ERR_RULES, "the compiler took longer than %llu s",
                        (unsigned long long)limit_s);
        struct timespec t = {0, 100000000};
        (void)syscall(SYS_futex, &b->ring->bell, FUTEX_WAIT, bell, &t, NULL, 0);
    }
    return ERR_NONE;
}

/* The image, copied out of the jail's reach into sealed memory. */
static enum err take_image(struct build *b, struct why *why)
{
    struct zygote_answer a;
    TRY(spawn_order(b->spawn, 0, true, why)); /* the jail is dead before its output is read */
    TRY(spawn_answer(b->spawn, &a, why));
    int fd = memfd_create("candor-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const uint8_t *from = b->spawn->slots[0].output;
    uint64_t done = 0;
    while (fd >= 0 && done < b->out->image_len) {
        ssize_t n = write(fd, from + done, (size_t)(b->out->image_len - done));
        if (n <= 0)
            break;
        done += (uint64_t)n;
    }
    if (fd < 0 || done != b->out->image_len ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return fail_os(why, "memory for the image");
    }
    b->out->image_fd = fd;
    return ERR_NONE;
}

/* Everything is clean to an empty set, so it never becomes one in silence. */
static enum err check_empty(const struct build *b, struct why *why)
{
    if (b->options->allow_empty || b->out->rules > 0 || b->out->hashes > 0)
        return ERR_NONE;
    const char *path = b->sources->count > 0 ? b->sources->items[0].path : "the rules";
    return fail(why, ERR_RULES, "no rule in %s%s: nothing could be found", path,
                b->sources->count > 1 ? " and the others" : "");
}

static enum err work(struct build *b, struct why *why)
{
    struct zygote_answer a;
    TRY(place_all(b, why));
    TRY(spawn_order(b->spawn, 0, false, why));
    TRY(spawn_answer(b->spawn, &a, why));
    if (a.pid <= 0)
        return fail(why, ERR_CAGE, "the zygote cannot fork the compiler");
    __atomic_store_n(&b->window->order.kind, (uint32_t)MSG_COMPILE, __ATOMIC_RELEASE);
    ring_go(b);
    TRY(converse(b, why));
    if (b->code != ERR_NONE)
        return fail(why, b->code, "%s", b->failure);
    if (!b->has_image)
        return fail(why, ERR_PEER, "the compiler gave no image");
    TRY(check_empty(b, why));
    return take_image(b, why);
}

enum err build_run(struct sources *sources, const struct build_options *options,
                   struct build_result *out, struct why *why)
{
    *out = (struct build_result){.image_fd = -1};
    struct build b = {
        .sources = sources, .options = options, .out = out, .room = room_needed(sources, options)};
    struct zygote_setup setup = {.slots = 1,
                                 .window_bytes = WINDOW_DATA + b.room,
                                 .ring_bytes = sizeof(struct ring),
                                 .output_bytes = LIMIT_IMAGE_BYTES,
                                 .limits = compile_limits};
    TRY(spawn_open(&b.spawn, options->jail_path, &setup, -1, why));
    b.window = b.spawn->slots[0].window;
    b.ring = b.spawn->slots[0].ring;
    b.data = (uint8_t *)b.window + WINDOW_DATA;
    collect_init(&b.collect);
    enum err err = work(&b, why);
    collect_done(&b.collect);
    spawn_close(b.spawn);
    return err;
}
