/* Walks a ledger's segments and holds them against the seal and every known head. Reads files that
 * an intruder may have edited; what an edit cannot be is named by index. */
#include "open/ledger_read.h"

#include "common/tlog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

enum { NOTE_MOST = 1 << 16 };

struct walk_state {
    int dir;
    struct ledger_known *known;
    const struct ledger_visit *visit;
    struct ledger_tail *tail;
    struct buf bytes;
    struct arena *arena; /* reset after each leaf */
};

enum err ledger_read_open(const char *folder, int *dir, int *lock, struct why *why)
{
    *lock = -1;
    *dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0 && errno == ENOENT)
        return fail(why, ERR_USAGE, "there is no ledger in %s", folder);
    if (*dir < 0)
        return fail_os(why, "%s", folder);
    *lock = openat(*dir, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (*lock >= 0)
        (void)flock(*lock, LOCK_SH); /* a copy on a read-only disk has no writer to wait for */
    return ERR_NONE;
}

/* --- key, head, seal --- */

enum err ledger_read_add_head(struct ledger_known *known, const struct note_key *key,
                              struct span bytes, struct why *why)
{
    struct arena *a = arena_new(0);
    struct note *n = a ? arena_new_of(a, struct note) : NULL;
    struct checkpoint c;
    enum err err = n ? note_parse(bytes, a, n, why) : fail(why, ERR_NOMEM, "head");
    if (err == ERR_NONE)
        err = checkpoint_parse(n->text, &c, why);
    if (err == ERR_NONE &&
        (note_check(n, key, NULL) != NOTE_GOOD || !span_equal(c.origin, key->name)))
        err = fail(why, ERR_LEDGER, "the head is not signed by this ledger's key");
    if (err == ERR_NONE && known->head_count == LEDGER_HEADS_MAX)
        err = fail(why, ERR_USAGE, "at most %d heads at a time", LEDGER_HEADS_MAX);
    if (err == ERR_NONE) {
        known->heads[known->head_count].size = c.size;
        known->heads[known->head_count++].root = c.root;
    }
    arena_free(a);
    return err;
}

static enum err read_key(int dir, struct buf *b, struct note_key *key, char key_text[256],
                         struct why *why)
{
    bool there;
    TRY(ledger_files_read(dir, "key.pub", 255, b, &there, why));
    if (!there)
        return fail(why, ERR_LEDGER, "the ledger's public key (key.pub) is missing");
    memcpy(key_text, b->at, b->len);
    key_text[b->len] = 0;
    size_t end = span_find_byte(buf_get(b), '\n', 0);
    if (end == SIZE_MAX || end + 1 != b->len)
        return fail(why, ERR_LEDGER, "key.pub is damaged");
    key_text[end] = 0;
    return note_key_parse(span_text(key_text), key, why);
}

static enum err read_seal(int dir, struct buf *b, struct ledger_known *out, struct why *why)
{
    bool there;
    TRY(ledger_files_read(dir, "seal", LEDGER_SEAL_BYTES, b, &there, why));
    if (!there)
        return fail(why, ERR_LEDGER,
                    "the seal is missing: nothing says how many entries there were");
    out->has_seal = true;
    return ledger_record_seal(buf_get(b), &out->seal, why);
}

static enum err read_head(int dir, struct buf *b, struct ledger_known *out,
                          const struct note_key *key, struct why *why)
{
    bool there;
    TRY(ledger_files_read(dir, "head", NOTE_MOST, b, &there, why));
    if (!there && out->seal.head_size > 0)
        return fail(why, ERR_LEDGER, "the signed head of %" PRIu64 " entries is missing",
                    out->seal.head_size);
    if (!there)
        return ERR_NONE;
    TRY(ledger_read_add_head(out, key, buf_get(b), why));
    out->has_head = true;
    if (out->heads[0].size < out->seal.head_size)
        return fail(why, ERR_LEDGER,
                    "the head was set back: it has %" PRIu64 " entries, there was one of %" PRIu64,
                    out->heads[0].size, out->seal.head_size);
    if (out->heads[0].size > out->seal.index)
        return fail(why, ERR_LEDGER,
                    "the seal was set back to entry %" PRIu64 ": the head has %" PRIu64,
                    out->seal.index, out->heads[0].size);
    return ERR_NONE;
}

enum err ledger_read_known(int dir, struct ledger_known *out, struct note_key *key,
                           char key_text[256], struct why *why)
{
    struct buf b;
    struct why inner = {0};
    *out = (struct ledger_known){0};
    buf_init(&b, 0);
    enum err err = read_key(dir, &b, key, key_text, &inner);
    if (err == ERR_NONE)
        err = read_seal(dir, &b, out, &inner);
    if (err == ERR_NONE)
        err = read_head(dir, &b, out, key, &inner);
    buf_done(&b);
    if (err != ERR_NONE && err != ERR_NOMEM &&
        err != ERR_SYSTEM) /* a note or key in disorder: here, that is a damaged ledger */
        return fail(why, ERR_LEDGER, "key or head: %s", inner.text);
    return err == ERR_NONE ? err : fail(why, err, "%s", inner.text);
}

/* --- entries --- */

/* The tree as of now against every head of this size. */
static enum err check_heads(struct walk_state *w, struct why *why)
{
    const struct merkle_range *range = &w->tail->chain.range;
    struct merkle_hash root;
    for (uint32_t i = 0; i < w->known->head_count; i++) {
        if (w->known->heads[i].size != range->size)
            continue;
        if (!merkle_range_root(range, &root))
            return fail(why, ERR_NOMEM, "root");
        if (!merkle_equal(&root, &w->known->heads[i].root))
            return fail(why, ERR_LEDGER,
                        "fork: entries 0 to %" PRIu64 " are not those of the signed head of "
                        "%" PRIu64 " entries",
                        range->size - 1, range->size);
    }
    return ERR_NONE;
}

static enum err check_seals(struct walk_state *w, const struct ledger_record *r, struct why *why)
{
    struct ledger_known *k = w->known;
    if (k->has_seal && r->index == k->seal.index && !ledger_record_is_sealed(&k->seal, r))
        return fail(why, ERR_LEDGER, "entry %" PRIu64 " was not written by the keeper of the seal",
                    r->index);
    if (!k->has_owner || r->index != k->owner.index || r->index >= k->owner_end)
        return ERR_NONE;
    if (!ledger_record_is_sealed(&k->owner, r))
        return fail(why, ERR_LEDGER, "entry %" PRIu64 " does not carry the MAC of your key",
                    r->index);
    w->tail->owner_checked++;
    return ERR_NONE;
}

static enum err take_leaf(struct walk_state *w, const struct ledger_record *r, struct why *why)
{
    struct ledger_leaf leaf;
    struct why inner = {0};
    struct ledger_tail *t = w->tail;
    arena_reset(w->arena);
    if (ledger_parse(r->leaf, w->arena, &leaf, &inner) != ERR_NONE)
        return fail(why, ERR_LEDGER, "entry %" PRIu64 ": %s", r->index, inner.text);
    uint64_t time_s = leaf.numbers[LEDGER_TIME];
    if (time_s < t->last_s && t->clock_back == LEDGER_NONE)
        t->clock_back = r->index;
    t->last_s = time_s;
    if (leaf.kind == LEDGER_KIND_RETENTION)
        t->retention = leaf.numbers[LEDGER_KEPT];
    return w->visit && w->visit->leaf ? w->visit->leaf(w->visit->ctx, r, &leaf, why) : ERR_NONE;
}

static enum err take_records(struct walk_state *w, struct reader *r, bool is_newest,
                             struct why *why)
{
    struct ledger_record record;
    for (;;) {
        uint64_t index = w->tail->chain.range.size;
        enum ledger_next next = ledger_record_next(&w->tail->chain, r, &record);
        if (next == LEDGER_NEXT_END)
            return ERR_NONE;
        if (next == LEDGER_NEXT_TORN && is_newest) {
            w->tail->torn = reader_left(r);
            return ERR_NONE;
        }
        if (next != LEDGER_NEXT_ONE)
            return fail(why, ERR_LEDGER, "entry %" PRIu64 " is not the one that was written",
                        index);
        TRY(check_seals(w, &record, why));
        TRY(take_leaf(w, &record, why));
        TRY(check_heads(w, why));
    }
}

/* A dropped segment: leaf hashes, and at its end the link. */
static enum err take_hashes(struct walk_state *w, struct reader *r, struct why *why)
{
    struct ledger_chain *c = &w->tail->chain;
    while (reader_left(r) >= 2 * MERKLE_HASH_BYTES) {
        struct merkle_hash hash;
        memcpy(hash.bytes, reader_take(r, MERKLE_HASH_BYTES).at, MERKLE_HASH_BYTES);
        if (w->visit && w->visit->hash)
            TRY(w->visit->hash(w->visit->ctx, c->range.size, &hash, why));
        if (!merkle_range_append(&c->range, &hash))
            return fail(why, ERR_NOMEM, "ledger");
        TRY(check_heads(w, why));
    }
    struct span link = reader_take(r, sizeof c->link);
    if (r->bad || reader_left(r))
        return fail(why, ERR_LEDGER, "entry %" PRIu64 ": the hashes of dropped entries are damaged",
                    c->range.size);
    memcpy(c->link, link.at, sizeof c->link);
    w->tail->kept = c->range.size;
    return ERR_NONE;
}

static bool same_chain(const struct ledger_chain *a, const struct ledger_chain *b)
{
    return a->range.size == b->range.size && a->range.count == b->range.count &&
           memcmp(a->range.nodes, b->range.nodes, a->range.count * sizeof a->range.nodes[0]) == 0 &&
           memcmp(a->link, b->link, sizeof a->link) == 0;
}

/* `starts`: the reader begins here, the header is believed as far as the heads agree. */
static enum err take_segment(struct walk_state *w, uint32_t number, bool starts, struct why *why)
{
    char name[LEDGER_NAME_MAX];
    struct ledger_tail *t = w->tail;
    struct ledger_chain head;
    uint32_t said = 0;
    bool there, dropped = number < t->files.whole;
    ledger_files_segment(name, number, dropped);
    TRY(ledger_files_read(w->dir, name, LEDGER_SEGMENT_MOST, &w->bytes, &there, why));
    uint64_t index = t->chain.range.size;
    if (!there)
        return fail(why, ERR_LEDGER, "entries from %" PRIu64 " on are missing: no %s", index, name);
    struct reader r = reader_of(buf_get(&w->bytes));
    struct why inner = {0};
    if (ledger_record_header(&r, &said, &head, &inner) != ERR_NONE)
        return fail(why, ERR_LEDGER, "before entry %" PRIu64 ": %s: %s", index, name, inner.text);
    if (said != number || (!starts && !same_chain(&head, &t->chain)))
        return fail(why, ERR_LEDGER,
                    "entry %" PRIu64 ": %s does not go on where the one before ends", index, name);
    t->chain = head;
    if (dropped)
        return take_hashes(w, &r, why);
    TRY(take_records(w, &r, number == t->files.newest, why));
    t->bytes = r.at;
    return ERR_NONE;
}

static enum err check_end(struct walk_state *w, struct why *why)
{
    const struct ledger_known *k = w->known;
    uint64_t size = w->tail->chain.range.size, most = k->has_seal ? k->seal.index : 0;
    for (uint32_t i = 0; i < k->head_count; i++)
        most = k->heads[i].size > most ? k->heads[i].size : most;
    if (most > size)
        return fail(why, ERR_LEDGER, "entries %" PRIu64 " to %" PRIu64 " are missing: cut off",
                    size, most - 1);
    return ERR_NONE;
}

static enum err begin(struct walk_state *w, struct why *why)
{
    *w->tail = (struct ledger_tail){.clock_back = LEDGER_NONE};
    ledger_record_start(&w->tail->chain);
    buf_init(&w->bytes, 0);
    w->arena = arena_new(0);
    if (!w->arena)
        return fail(why, ERR_NOMEM, "ledger");
    TRY(ledger_files_list(w->dir, &w->tail->files, why));
    if (w->tail->files.count == 0 && (!w->known->has_seal || w->known->seal.index > 0))
        return fail(why, ERR_LEDGER, "entry 0 and all others are missing");
    return ERR_NONE;
}

static enum err walk_all(struct walk_state *w, struct why *why)
{
    const struct ledger_files *f = &w->tail->files;
    TRY(begin(w, why));
    for (uint64_t n = 0; f->count && n <= f->newest; n++)
        TRY(take_segment(w, (uint32_t)n, false, why));
    TRY(check_end(w, why));
    if (w->tail->kept > w->tail->retention)
        return fail(why, ERR_LEDGER,
                    "entries %" PRIu64 " to %" PRIu64 " were dropped, and no entry allows it",
                    w->tail->retention, w->tail->kept - 1);
    return ERR_NONE;
}

static enum err walk_newest(struct walk_state *w, struct why *why)
{
    TRY(begin(w, why));
    if (w->tail->files.count == 0)
        return ERR_NONE;
    TRY(take_segment(w, w->tail->files.newest, true, why));
    return check_end(w, why);
}

static enum err run(struct walk_state *w, enum err (*walk)(struct walk_state *, struct why *),
                    struct why *why)
{
    enum err err = walk(w, why);
    buf_done(&w->bytes);
    arena_free(w->arena);
    return err;
}

enum err ledger_read_all(int dir, struct ledger_known *known, const struct ledger_visit *visit,
                         struct ledger_tail *out, struct why *why)
{
    struct walk_state w = {.dir = dir, .known = known, .visit = visit, .tail = out};
    return run(&w, walk_all, why);
}

enum err ledger_read_newest(int dir, struct ledger_known *known, struct ledger_tail *out,
                            struct why *why)
{
    struct walk_state w = {.dir = dir, .known = known, .tail = out};
    return run(&w, walk_newest, why);
}
