/* The rule state's folder. Whoever can write it owns the machine's rules; it is read with care all
 * the same, for a half-broken disk is no reason to crash. */
#include "open/rule_state.h"

#include "common/text.h"
#include "open/ledger_files.h"
#include "open/tiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char first_line[] = "candor-rules/v1";
enum { STATE_MOST = 1 << 16, LEAVES_MOST = 1 << 30 };

enum err rule_state_open(const char *folder, bool make, int *dir, struct why *why)
{
    if (make)
        TRY(tiles_make_folder(folder, why));
    *dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*dir >= 0 || (!make && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)))
        return ERR_NONE;
    return fail_os(why, "%s", folder);
}

enum err rule_state_lock(int dir, bool wait, int *lock, struct why *why)
{
    *lock = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*lock < 0)
        return fail_os(why, "the rules' lock");
    if (flock(*lock, LOCK_EX | (wait ? 0 : LOCK_NB)) == 0)
        return ERR_NONE;
    (void)close(*lock);
    *lock = -1;
    return !wait && errno == EWOULDBLOCK ? ERR_NONE : fail_os(why, "the rules' lock");
}

/* --- reading: "key value" lines; unknown keys are an error --- */

static bool take_text(struct span value, char *out, size_t size)
{
    if (value.len >= size)
        return false;
    memcpy(out, value.at, value.len);
    out[value.len] = 0;
    return true;
}

static bool take_numbers(struct span value, uint64_t *out, uint32_t count)
{
    struct span word;
    for (uint32_t i = 0; i < count; i++)
        if (!text_field(&value, ' ', &word) || !text_u64(word, &out[i]))
            return false;
    return value.len == 0;
}

static bool take_node(struct span value, struct merkle_hash *nodes, uint32_t *count)
{
    struct buf raw;
    buf_init(&raw, 64);
    bool ok = *count < 64 && text_unhex(&raw, value) && raw.len == MERKLE_HASH_BYTES;
    if (ok)
        memcpy(nodes[(*count)++].bytes, raw.at, MERKLE_HASH_BYTES);
    buf_done(&raw);
    return ok;
}

static bool take_head(struct span word, char out[65])
{
    for (size_t i = 0; i < word.len; i++)
        if (text_hex_digit(span_byte(word, i)) < 0)
            return false;
    return word.len == 64 && take_text(word, out, 65);
}

/* "IMAGE COMPILER ENTRIES OWN RULES HASHES REVOKED SINCE" */
static bool take_set(struct span value, struct rule_set *out)
{
    struct span image, compiler;
    uint64_t n[6];
    if (!text_field(&value, ' ', &image) || !text_field(&value, ' ', &compiler) ||
        !take_head(image, out->image) || !take_head(compiler, out->compiler) ||
        !take_numbers(value, n, 6))
        return false;
    out->entries = n[0];
    out->own = n[1];
    out->rules = n[2];
    out->hashes = n[3];
    out->revoked = n[4];
    out->since_s = n[5];
    return true;
}

struct loading {
    struct rule_state *state;
    struct merkle_hash nodes[64];
    uint32_t node_count;
    uint64_t size;
};

static bool take_batch(struct rule_state *s, struct span value)
{
    uint64_t n[2];
    if (s->batch_count == RULE_STATE_BATCHES || !take_numbers(value, n, 2))
        return false;
    s->batches[s->batch_count++] = (struct rule_batch){n[0], n[1]};
    return true;
}

static bool take_line(struct loading *l, struct span key, struct span value)
{
    struct rule_state *s = l->state;
    const struct {
        const char *key;
        uint64_t *to;
    } numbers[] = {{"size", &l->size},       {"bytes", &s->leaf_bytes},
                   {"revoked", &s->revoked}, {"fresh-until", &s->fresh_until_s},
                   {"taken", &s->taken_s},   {"held-entries", &s->held_entries}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (span_equal(key, span_text(numbers[i].key)))
            return take_numbers(value, numbers[i].to, 1);
    if (span_equal(key, SPAN_OF("origin")))
        return take_text(value, s->origin, sizeof s->origin);
    if (span_equal(key, SPAN_OF("held")))
        return take_text(value, s->held, sizeof s->held);
    if (span_equal(key, SPAN_OF("node")))
        return take_node(value, l->nodes, &l->node_count);
    if (span_equal(key, SPAN_OF("batch")))
        return take_batch(s, value);
    if (span_equal(key, SPAN_OF("active")))
        return take_set(value, &s->active);
    return span_equal(key, SPAN_OF("last")) && take_set(value, &s->last);
}

static bool parse(struct span text, struct rule_state *out)
{
    struct loading l = {.state = out};
    struct span line;
    if (!text_line(&text, &line) || !span_equal(line, span_text(first_line)))
        return false;
    while (text_line(&text, &line)) {
        size_t blank = span_find_byte(line, ' ', 0);
        if (blank == SIZE_MAX ||
            !take_line(&l, span_cut(line, 0, blank), span_cut(line, blank + 1, SIZE_MAX)))
            return false;
    }
    return merkle_range_load(&out->range, l.size, l.nodes, l.node_count) &&
           out->leaf_bytes <= LEAVES_MOST && out->active.entries <= l.size &&
           out->last.entries <= l.size;
}

enum err rule_state_read(int dir, struct rule_state *out, struct why *why)
{
    struct buf b;
    bool there = false;
    *out = (struct rule_state){0};
    merkle_range_init(&out->range);
    if (dir < 0)
        return ERR_NONE;
    buf_init(&b, 0);
    enum err err = ledger_files_read(dir, "state", STATE_MOST, &b, &there, why);
    if (err == ERR_NONE && there && !parse(buf_get(&b), out))
        err = fail(why, ERR_LEDGER, "the state of the rules is damaged");
    buf_done(&b);
    return err;
}

/* --- writing --- */

static void put_set(struct buf *b, const char *name, const struct rule_set *s)
{
    if (s->image[0])
        buf_print(
            b, "%s %s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
            name, s->image, s->compiler, s->entries, s->own, s->rules, s->hashes, s->revoked,
            s->since_s);
}

enum err rule_state_write(int dir, const struct rule_state *s, struct why *why)
{
    struct buf b;
    buf_init(&b, 0);
    buf_print(&b, "%s\n", first_line);
    if (s->origin[0])
        buf_print(&b, "origin %s\n", s->origin);
    buf_print(&b,
              "size %" PRIu64 "\nbytes %" PRIu64 "\nrevoked %" PRIu64 "\nfresh-until %" PRIu64
              "\ntaken %" PRIu64 "\n",
              s->range.size, s->leaf_bytes, s->revoked, s->fresh_until_s, s->taken_s);
    for (uint32_t i = 0; i < s->range.count; i++) {
        buf_text(&b, "node ");
        text_hex(&b, span_make(s->range.nodes[i].bytes, MERKLE_HASH_BYTES));
        buf_byte(&b, '\n');
    }
    for (uint32_t i = 0; i < s->batch_count; i++)
        buf_print(&b, "batch %" PRIu64 " %" PRIu64 "\n", s->batches[i].to, s->batches[i].taken_s);
    put_set(&b, "active", &s->active);
    put_set(&b, "last", &s->last);
    if (s->held[0])
        buf_print(&b, "held-entries %" PRIu64 "\nheld %s\n", s->held_entries, s->held);
    enum err err = b.bad ? fail(why, ERR_NOMEM, "the state of the rules")
                         : ledger_files_replace(dir, "state", buf_get(&b), 0644, why);
    buf_done(&b);
    return err;
}

enum err rule_state_leaves(int dir, const struct rule_state *s, struct buf *out, struct why *why)
{
    bool there = false;
    buf_init(out, 0);
    if (dir < 0 || s->leaf_bytes == 0)
        return ERR_NONE;
    TRY(ledger_files_read(dir, "leaves", (size_t)LEAVES_MOST * 2, out, &there, why));
    if (out->len < s->leaf_bytes)
        return fail(why, ERR_LEDGER, "entries of the rule log are missing");
    out->len = (size_t)s->leaf_bytes;
    return ERR_NONE;
}

enum err rule_state_append(int dir, struct rule_state *s, struct span entries, struct why *why)
{
    if (entries.len > LEAVES_MOST - s->leaf_bytes)
        return fail(why, ERR_LIMIT, "the rule log is larger than may be kept");
    int fd = openat(dir, "leaves", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fail_os(why, "the rules' folder");
    enum err err = ftruncate(fd, (off_t)s->leaf_bytes) == 0 ? ERR_NONE : fail_os(why, "leaves");
    if (err == ERR_NONE)
        err = ledger_files_write(fd, entries, s->leaf_bytes, why);
    if (err == ERR_NONE && fsync(fd) != 0)
        err = fail_os(why, "leaves");
    (void)close(fd);
    if (err == ERR_NONE)
        s->leaf_bytes += entries.len;
    return err;
}

/* --- batches --- */

void rule_state_batch(struct rule_state *s, uint64_t to, uint64_t taken_s)
{
    uint32_t first = 0;
    while (first < s->batch_count && s->batches[first].to <= s->active.entries)
        first++; /* active already: of no use */
    if (first == 0 && s->batch_count == RULE_STATE_BATCHES)
        first = 1; /* the oldest entries wait as long as those of the next batch */
    memmove(s->batches, s->batches + first, (s->batch_count - first) * sizeof s->batches[0]);
    s->batch_count -= first;
    s->batches[s->batch_count++] = (struct rule_batch){to, taken_s};
}

uint64_t rule_state_due(const struct rule_state *s, uint64_t now_s, uint64_t delay_s)
{
    uint64_t due = s->active.entries;
    for (uint32_t i = 0; i < s->batch_count; i++) {
        const struct rule_batch *b = &s->batches[i];
        if (now_s < b->taken_s || now_s - b->taken_s < delay_s)
            break; /* a clock that was set back makes them wait longer */
        due = b->to > due ? b->to : due;
    }
    return due;
}

void rule_state_sweep(int dir, const struct rule_state *s)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *e;
    while (d && (e = readdir(d))) {
        struct span name = span_text(e->d_name);
        struct span head = span_cut(name, 0, 64);
        bool is_image = name.len == 68 && span_equal(span_cut(name, 64, 4), SPAN_OF(".img"));
        if (is_image && !span_equal(head, span_text(s->active.image)) &&
            !span_equal(head, span_text(s->last.image)))
            (void)unlinkat(dir, e->d_name, 0);
    }
    if (d)
        (void)closedir(d);
    else if (copy >= 0)
        (void)close(copy);
}
