/* Appending to a ledger. Reads its own files only, as ledger_read.h checks them. doc/ledger.md. */
#include "open/ledger_store.h"

#include "common/crypto.h"
#include "common/text.h"
#include "common/tlog.h"
#include "open/ledger_retain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    WAITING_MOST = 4 << 20,
    SEGMENT_BYTES = 1 << 20,
    SEGMENTS_KEPT = 256,
    EMPTY_SEGMENT_BYTES = 88
};

struct ledger_store {
    int dir, lock, segment; /* segment: the newest, open for writing; -1 */
    uint32_t number;        /* of `segment` */
    struct note_key key;
    char key_text[256];
    uint8_t seed[32];
    struct ledger_known known;
    struct ledger_tail tail;
    struct buf waiting; /* length, leaf; again and again */
    bool fresh;         /* tail was read, and nothing failed since */
    bool may_drop;      /* the entry that allows it is being written */
    uint32_t keep_segments;
    uint64_t segment_bytes;
};

/* --- making one --- */

static enum err make_folders(const char *folder, struct why *why)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s", folder) >= sizeof path)
        return fail(why, ERR_USAGE, "the ledger's path is too long");
    for (size_t i = 1; path[i]; i++) {
        if (path[i] != '/')
            continue;
        path[i] = 0;
        (void)mkdir(path, 0700); /* the last one's failure tells */
        path[i] = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fail_os(why, "no ledger can be kept in %s", folder);
    return ERR_NONE;
}

static enum err write_seal(struct ledger_store *s, struct why *why)
{
    struct buf b;
    buf_init(&b, 0);
    ledger_record_put_seal(&b, &s->known.seal);
    int fd = openat(s->dir, "seal", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum err err =
        fd < 0  ? fail_os(why, "the ledger's seal")
        : b.bad ? fail(why, ERR_NOMEM, "seal")
                : ledger_files_write(fd, buf_get(&b), 0, why); /* in place: the old key goes */
    if (fd >= 0)
        (void)close(fd);
    if (b.at)
        explicit_bzero(b.at, b.len);
    buf_done(&b);
    return err;
}

static enum err write_segment(struct ledger_store *s, uint32_t number, struct why *why)
{
    struct buf b;
    char name[LEDGER_NAME_MAX];
    buf_init(&b, 0);
    ledger_record_put_header(&b, number, &s->tail.chain);
    ledger_files_segment(name, number, false);
    enum err err = b.bad ? fail(why, ERR_NOMEM, "segment")
                         : ledger_files_replace(s->dir, name, buf_get(&b), 0600, why);
    s->tail.bytes = b.len;
    s->tail.files.newest = number;
    s->tail.files.count++;
    buf_done(&b);
    return err;
}

static bool make_key(struct ledger_store *s, char name[64])
{
    uint8_t public[32], digest[32];
    if (getrandom(s->seed, sizeof s->seed, 0) != sizeof s->seed ||
        getrandom(s->known.seal.key, LEDGER_KEY_BYTES, 0) != LEDGER_KEY_BYTES ||
        !crypto_ed25519_public(s->seed, public) ||
        !crypto_digest(DIGEST_SHA256, span_make(public, sizeof public), digest))
        return false;
    (void)snprintf(name, 64, "candor-ledger/%02x%02x%02x%02x%02x%02x%02x%02x", digest[0], digest[1],
                   digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]);
    s->key = (struct note_key){.name = span_text(name), .type = NOTE_ED25519};
    memcpy(s->key.key, public, sizeof public);
    return note_key_id(&s->key);
}

/* The public key comes last: while it is missing, nothing was ever written here. */
static enum err make_new(struct ledger_store *s, struct why *why)
{
    char name[64];
    struct buf b;
    s->known = (struct ledger_known){.has_seal = true};
    ledger_record_start(&s->tail.chain);
    if (!make_key(s, name))
        return fail(why, ERR_SYSTEM, "no randomness for the ledger's key");
    TRY(write_seal(s, why));
    TRY(write_segment(s, 0, why));
    buf_init(&b, 0);
    text_hex(&b, span_make(s->seed, sizeof s->seed));
    buf_byte(&b, '\n');
    enum err err = ledger_files_replace(s->dir, "key", buf_get(&b), 0600, why);
    explicit_bzero(b.at, b.len);
    buf_clear(&b);
    note_key_print(&s->key, &b);
    buf_byte(&b, '\n');
    if (err == ERR_NONE)
        err = ledger_files_replace(s->dir, "key.pub", buf_get(&b), 0644, why);
    (void)snprintf(s->key_text, sizeof s->key_text, "%.*s", (int)(b.len - 1), (char *)b.at);
    buf_done(&b);
    if (err == ERR_NONE) /* the name it borrows must outlive this call */
        err = note_key_parse(span_text(s->key_text), &s->key, why);
    return err;
}

static enum err read_seed(struct ledger_store *s, bool *there, struct why *why)
{
    struct buf b, raw;
    uint8_t public[32];
    buf_init(&b, 0);
    buf_init(&raw, 0);
    enum err err = ledger_files_read(s->dir, "key", 65, &b, there, why);
    bool ok = err == ERR_NONE && b.len == 65 && text_unhex(&raw, span_cut(buf_get(&b), 0, 64)) &&
              raw.len == 32;
    if (ok)
        memcpy(s->seed, raw.at, 32);
    if (err == ERR_NONE && *there &&
        (!ok || !crypto_ed25519_public(s->seed, public) || memcmp(public, s->key.key, 32) != 0))
        err = fail(why, ERR_LEDGER, "the ledger's secret key does not fit its public one");
    buf_done(&b);
    buf_done(&raw);
    return err;
}

/* --- under the lock --- */

static enum err reload(struct ledger_store *s, struct why *why)
{
    if (s->segment >= 0)
        (void)close(s->segment);
    s->segment = -1;
    TRY(ledger_read_known(s->dir, &s->known, &s->key, s->key_text, why));
    TRY(ledger_read_newest(s->dir, &s->known, &s->tail, why));
    if (s->known.seal.index != s->tail.chain.range.size)
        return fail(why, ERR_LEDGER, "the seal was set back to entry %" PRIu64,
                    s->known.seal.index);
    s->fresh = true;
    return ERR_NONE;
}

/* Nobody wrote since: the newest segment has the length we know, and is the newest. */
static bool is_unchanged(const struct ledger_store *s)
{
    char name[LEDGER_NAME_MAX];
    struct stat mine, named;
    if (!s->fresh || s->segment < 0)
        return false;
    ledger_files_segment(name, s->tail.files.newest + 1, false);
    if (fstatat(s->dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0)
        return false;
    ledger_files_segment(name, s->tail.files.newest, false);
    return fstat(s->segment, &mine) == 0 &&
           fstatat(s->dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && mine.st_ino == named.st_ino &&
           (uint64_t)mine.st_size == s->tail.bytes;
}

static enum err open_segment(struct ledger_store *s, struct why *why)
{
    char name[LEDGER_NAME_MAX];
    if (s->segment >= 0)
        return ERR_NONE;
    ledger_files_segment(name, s->tail.files.newest, false);
    s->segment = openat(s->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (s->segment < 0)
        return fail_os(why, "the ledger cannot be written: %s", name);
    if (s->tail.torn && ftruncate(s->segment, (off_t)s->tail.bytes) != 0)
        return fail_os(why, "the ledger cannot be written: %s", name);
    s->tail.torn = 0;
    return ERR_NONE;
}

static uint32_t whole_segments(const struct ledger_store *s)
{
    return s->tail.files.newest - s->tail.files.whole + 1;
}

/* Says in an entry that the oldest whole segment may go, before it does. */
static enum err plan_drop(struct ledger_store *s, struct why *why)
{
    struct ledger_leaf leaf;
    if (whole_segments(s) <= s->keep_segments)
        return ERR_NONE;
    ledger_leaf_init(&leaf, LEDGER_KIND_RETENTION, 0);
    TRY(ledger_retain_first(s->dir, s->tail.files.whole + 1, &leaf.numbers[LEDGER_KEPT], why));
    s->may_drop = true;
    return ledger_store_add(s, &leaf, why);
}

static enum err drop(struct ledger_store *s, struct why *why)
{
    if (!s->may_drop)
        return ERR_NONE;
    s->may_drop = false;
    TRY(ledger_retain_drop(s->dir, s->tail.files.whole, why));
    s->tail.files.whole++;
    return ERR_NONE;
}

static enum err turn_segment(struct ledger_store *s, struct why *why)
{
    if (s->tail.bytes < s->segment_bytes)
        return ERR_NONE;
    if (fdatasync(s->segment) != 0)
        return fail_os(why, "the ledger cannot be synced");
    TRY(write_seal(s, why));
    (void)close(s->segment);
    s->segment = -1;
    TRY(write_segment(s, s->tail.files.newest + 1, why));
    (void)fsync(s->dir); /* a lost name is found as missing entries, never unseen */
    TRY(open_segment(s, why));
    return plan_drop(s, why);
}

static enum err write_waiting(struct ledger_store *s, enum ledger_commit how, struct why *why)
{
    struct ledger_chain chain = s->tail.chain;
    struct ledger_seal seal = s->known.seal;
    struct reader r = reader_of(buf_get(&s->waiting));
    struct buf out;
    bool ok = true;
    buf_init(&out, 0);
    while (reader_left(&r) && ok) {
        uint32_t len = reader_u32le(&r);
        ok = ledger_record_put(&chain, &seal, reader_take(&r, len), &out);
    }
    enum err err = ok ? ledger_files_write(s->segment, buf_get(&out), s->tail.bytes, why)
                      : fail(why, ERR_NOMEM, "ledger");
    if (err == ERR_NONE && how != LEDGER_WRITE && fdatasync(s->segment) != 0)
        err = fail_os(why, "the ledger cannot be synced");
    if (err == ERR_NONE) {
        s->tail.chain = chain;
        s->known.seal = seal;
        s->tail.bytes += out.len;
    } else {
        s->fresh =
            false; /* what is left behind the last good byte is torn off by the next writer */
        if (ftruncate(s->segment, (off_t)s->tail.bytes) != 0)
            s->tail.torn = 1;
    }
    buf_done(&out);
    return err;
}

static enum err sign(struct ledger_store *s, struct why *why)
{
    struct checkpoint c = {.origin = s->key.name, .size = s->tail.chain.range.size};
    struct buf b;
    if (!merkle_range_root(&s->tail.chain.range, &c.root))
        return fail(why, ERR_NOMEM, "root");
    buf_init(&b, 0);
    checkpoint_print(&c, &b);
    enum err err = note_sign(&b, &s->key, s->seed, 0, why);
    if (err == ERR_NONE)
        err = ledger_files_replace(s->dir, "head", buf_get(&b), 0644, why);
    buf_done(&b);
    if (err == ERR_NONE)
        s->known.seal.head_size = c.size;
    return err;
}

static enum err commit_locked(struct ledger_store *s, enum ledger_commit how, uint64_t *first,
                              struct why *why)
{
    if (!is_unchanged(s))
        TRY(reload(s, why));
    TRY(open_segment(s, why));
    TRY(turn_segment(s, why));
    if (first)
        *first = s->tail.chain.range.size;
    TRY(write_waiting(s, how, why));
    buf_clear(&s->waiting);
    if (how == LEDGER_WRITE) /* the seal never runs ahead of what a power cut leaves */
        return ERR_NONE;
    TRY(write_seal(s, why));
    TRY(drop(s, why));
    if (how != LEDGER_SIGN)
        return ERR_NONE;
    TRY(sign(s, why));
    return write_seal(s, why);
}

static enum err lock(struct ledger_store *s, struct why *why)
{
    while (flock(s->lock, LOCK_EX) != 0)
        if (errno != EINTR)
            return fail_os(why, "the ledger's lock");
    return ERR_NONE;
}

enum err ledger_store_commit(struct ledger_store *s, enum ledger_commit how, uint64_t *first,
                             struct why *why)
{
    TRY(lock(s, why));
    enum err err = commit_locked(s, how, first, why);
    if (err != ERR_NONE)
        s->fresh = false;
    (void)flock(s->lock, LOCK_UN);
    return err;
}

/* --- for callers --- */

/* Nothing there, or what an interrupted make_new leaves: no key, no head, no entry. */
static bool is_new(const struct ledger_store *s, const struct ledger_files *files)
{
    struct stat st;
    char name[LEDGER_NAME_MAX];
    ledger_files_segment(name, 0, false);
    if (fstatat(s->dir, "key.pub", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
        fstatat(s->dir, "head", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return false;
    return files->count == 0 || (files->count == 1 && fstatat(s->dir, name, &st, 0) == 0 &&
                                 st.st_size == EMPTY_SEGMENT_BYTES);
}

static enum err open_locked(struct ledger_store *s, struct why *why)
{
    struct ledger_files files;
    bool there;
    TRY(ledger_files_list(s->dir, &files, why));
    if (is_new(s, &files))
        return make_new(s, why);
    TRY(reload(s, why));
    TRY(read_seed(s, &there, why));
    return there ? open_segment(s, why)
                 : fail(why, ERR_LEDGER, "the ledger's secret key is missing");
}

enum err ledger_store_open(struct ledger_store **out, const char *folder, struct why *why)
{
    TRY(make_folders(folder, why));
    struct ledger_store *s = calloc(1, sizeof *s);
    if (!s)
        return fail(why, ERR_NOMEM, "ledger");
    *s = (struct ledger_store){
        .lock = -1, .segment = -1, .keep_segments = SEGMENTS_KEPT, .segment_bytes = SEGMENT_BYTES};
    buf_init(&s->waiting, WAITING_MOST);
    s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (s->dir >= 0)
        s->lock = openat(s->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum err err = s->lock < 0 ? fail_os(why, "no ledger can be kept in %s", folder) : lock(s, why);
    if (err == ERR_NONE) {
        err = open_locked(s, why);
        (void)flock(s->lock, LOCK_UN);
    }
    if (err != ERR_NONE)
        ledger_store_close(s);
    else
        *out = s;
    return err;
}

void ledger_store_close(struct ledger_store *s)
{
    if (!s)
        return;
    const int fds[] = {s->segment, s->lock, s->dir};
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    buf_done(&s->waiting);
    explicit_bzero(s, sizeof *s);
    free(s);
}

enum err ledger_store_add(struct ledger_store *s, struct ledger_leaf *leaf, struct why *why)
{
    struct timespec now;
    struct buf b;
    (void)clock_gettime(CLOCK_REALTIME, &now); /* fails for no clock that we ask */
    leaf->numbers[LEDGER_TIME] = (uint64_t)now.tv_sec;
    buf_init(&b, TLOG_ENTRY_MAX);
    bool ok = ledger_print(leaf, &b);
    if (ok) {
        buf_u32le(&s->waiting, (uint32_t)b.len);
        buf_span(&s->waiting, buf_get(&b));
    }
    buf_done(&b);
    return ok && !s->waiting.bad ? ERR_NONE
                                 : fail(why, ERR_NOMEM, "the ledger's entries that wait");
}

bool ledger_store_get_head(const struct ledger_store *s, uint64_t *size, struct merkle_hash *root)
{
    *size = s->tail.chain.range.size;
    return merkle_range_root(&s->tail.chain.range, root);
}

static enum err reseal_locked(struct ledger_store *s, struct ledger_seal *out, struct why *why)
{
    uint8_t fresh[LEDGER_KEY_BYTES];
    if (!is_unchanged(s))
        TRY(reload(s, why));
    if (getrandom(fresh, sizeof fresh, 0) != sizeof fresh)
        return fail_os(why, "no randomness for a seal");
    TRY(open_segment(s, why));
    memcpy(s->known.seal.key, fresh, sizeof fresh);
    explicit_bzero(fresh, sizeof fresh);
    *out = s->known.seal;
    TRY(write_seal(s, why));
    return commit_locked(s, LEDGER_SIGN, NULL, why);
}

enum err ledger_store_reseal(struct ledger_store *s, struct ledger_seal *out, struct why *why)
{
    struct ledger_leaf leaf;
    ledger_leaf_init(&leaf, LEDGER_KIND_CONFIG, 0);
    leaf.texts[LEDGER_WHAT] = SPAN_OF("seal");
    leaf.texts[LEDGER_VALUE] = SPAN_OF("a new key, handed to the owner");
    TRY(ledger_store_add(s, &leaf, why));
    TRY(lock(s, why));
    enum err err = reseal_locked(s, out, why);
    (void)flock(s->lock, LOCK_UN);
    return err;
}

void ledger_store_keep(struct ledger_store *s, uint32_t segments, uint64_t segment_bytes)
{
    s->keep_segments = segments ? segments : SEGMENTS_KEPT;
    s->segment_bytes = segment_bytes ? segment_bytes : SEGMENT_BYTES;
}
