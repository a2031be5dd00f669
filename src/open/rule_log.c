/* Rule logs in folders. What is read may be a hostile mirror's. */
#include "open/rule_log.h"

#include <inttypes.h>
#include <string.h>

static enum err check_note(const struct note_key *key, struct rule_log *out, struct why *why)
{
    struct arena *a = arena_new(0);
    struct note *n = a ? arena_new_of(a, struct note) : NULL;
    struct why inner = {0};
    enum err err = n ? note_parse(buf_get(&out->note), a, n, &inner) : ERR_NOMEM;
    if (err == ERR_NONE)
        err = checkpoint_parse(n->text, &out->head, &inner);
    if (err != ERR_NONE)
        err = fail(why, err == ERR_NOMEM ? err : ERR_LEDGER, "checkpoint: %s", inner.text);
    else if (note_check(n, key, NULL) != NOTE_GOOD)
        err = fail(why, ERR_LEDGER, "the checkpoint is not signed by the log's key");
    else if (!span_equal(out->head.origin, key->name))
        err = fail(why, ERR_LEDGER, "the checkpoint is of another log");
    else if (out->head.size > RULE_LOG_MOST)
        err = fail(why, ERR_LEDGER, "the log claims %" PRIu64 " entries, more than any may have",
                   out->head.size);
    arena_free(a);
    return err;
}

/* *forked: this is the size that was seen before, and the root is another. */
static enum err compare(const struct rule_log_past *past, const struct merkle_range *range,
                        bool *forked, struct why *why)
{
    struct merkle_hash root;
    if (!past || past->size != range->size)
        return ERR_NONE;
    if (!merkle_range_root(range, &root))
        return fail(why, ERR_NOMEM, "root");
    *forked = !merkle_equal(&root, &past->root);
    return ERR_NONE;
}

static enum err take_entry(struct rule_log *out, struct merkle_range *range, struct span entry,
                           const struct rule_log_visit *visit, struct why *why)
{
    struct merkle_hash hash;
    struct rule_leaf leaf;
    uint64_t index = range->size;
    if (!merkle_leaf(entry, &hash) || !merkle_range_append(range, &hash))
        return fail(why, ERR_NOMEM, "log");
    buf_put(&out->hashes, hash.bytes, MERKLE_HASH_BYTES);
    if (!visit)
        return ERR_NONE;
    if (visit->raw)
        TRY(visit->raw(visit->ctx, index, entry, why));
    bool is_leaf = rule_leaf_parse(entry, &leaf, NULL) == ERR_NONE;
    return visit->entry(visit->ctx, index, is_leaf ? &leaf : NULL, why);
}

struct reading {
    const struct rule_log_past *past;
    const struct rule_log_visit *visit;
    bool forked;
};

static enum err take_bundle(struct rule_log *out, struct merkle_range *range, struct reading *how,
                            struct why *why)
{
    struct reader r = reader_of(buf_get(&out->last));
    struct span entry;
    uint64_t end = (range->size / TLOG_TILE_WIDTH + 1) * TLOG_TILE_WIDTH;
    end = end < out->head.size ? end : out->head.size;
    while (range->size < end) {
        if (!tlog_next_entry(&r, &entry))
            return fail(why, ERR_LEDGER, "entry %" PRIu64 " is missing or cut", range->size);
        TRY(take_entry(out, range, entry, how->visit, why));
        TRY(compare(how->past, range, &how->forked, why));
    }
    out->last.len = r.at; /* a full bundle may hold entries of a later head */
    return ERR_NONE;
}

enum err rule_log_read(int dir, const struct note_key *key, const struct rule_log_past *past,
                       const struct rule_log_visit *visit, struct rule_log *out, struct why *why)
{
    struct merkle_range range;
    struct merkle_hash root;
    struct reading how = {past, visit, false};
    merkle_range_init(&range);
    *out = (struct rule_log){0};
    TRY(tiles_get(dir, "checkpoint", NOTE_BYTES_MAX, &out->note, why));
    TRY(check_note(key, out, why));
    if (past && past->size > out->head.size)
        return fail(why, ERR_LEDGER, "smaller: %" PRIu64 " entries, there were %" PRIu64,
                    out->head.size, past->size);
    TRY(compare(past, &range, &how.forked, why));
    while (range.size < out->head.size) {
        TRY(tiles_get_bundle(dir, range.size / TLOG_TILE_WIDTH, out->head.size, &out->last, why));
        TRY(take_bundle(out, &range, &how, why));
    }
    if (range.size % TLOG_TILE_WIDTH == 0)
        buf_clear(&out->last);
    if (!merkle_range_root(&range, &root) || out->hashes.bad)
        return fail(why, ERR_NOMEM, "log");
    if (!merkle_equal(&root, &out->head.root)) /* a bad mirror, or worse: but not signed */
        return fail(why, ERR_LEDGER, "the entries are not those whose root is signed");
    return how.forked
               ? fail(why, ERR_LEDGER,
                      "fork: the first %" PRIu64 " entries are not those that were signed before",
                      past->size)
               : ERR_NONE;
}

void rule_log_done(struct rule_log *log)
{
    buf_done(&log->note);
    buf_done(&log->hashes);
    buf_done(&log->last);
}

static enum err put_entries(int dir, struct rule_log *log, struct span entries, uint64_t *size,
                            struct why *why)
{
    struct reader r = reader_of(entries);
    struct span entry;
    while (tlog_next_entry(&r, &entry)) {
        struct merkle_hash hash;
        if (!merkle_leaf(entry, &hash) || !tlog_put_entry(&log->last, entry))
            return fail(why, ERR_NOMEM, "log");
        buf_put(&log->hashes, hash.bytes, MERKLE_HASH_BYTES);
        if (++*size % TLOG_TILE_WIDTH)
            continue;
        TRY(tiles_put_bundle(dir, *size / TLOG_TILE_WIDTH - 1, TLOG_TILE_WIDTH, buf_get(&log->last),
                             why));
        buf_clear(&log->last);
    }
    uint32_t width = tlog_partial(*size, 0);
    return width ? tiles_put_bundle(dir, *size / TLOG_TILE_WIDTH, width, buf_get(&log->last), why)
                 : ERR_NONE;
}

enum err rule_log_append(int dir, struct rule_log *log, struct span entries,
                         const struct note_key *key, const uint8_t seed[32], struct why *why)
{
    struct checkpoint head = {.origin = key->name, .size = log->head.size};
    TRY(put_entries(dir, log, entries, &head.size, why));
    struct merkle_hash *hashes = (struct merkle_hash *)(void *)log->hashes.at;
    if (log->hashes.bad)
        return fail(why, ERR_NOMEM, "log");
    struct merkle_range range;
    merkle_range_init(&range);
    for (uint64_t i = 0; i < head.size; i++)
        if (!merkle_range_append(&range, &hashes[i]))
            return fail(why, ERR_NOMEM, "log");
    if (!merkle_range_root(&range, &head.root))
        return fail(why, ERR_NOMEM, "root");
    TRY(tiles_put_hashes(dir, hashes, head.size, why));
    struct buf note;
    buf_init(&note, 0);
    checkpoint_print(&head, &note);
    enum err err = note_sign(&note, key, seed, 0, why);
    if (err == ERR_NONE)
        err = tiles_put(dir, "checkpoint", buf_get(&note), why);
    buf_done(&note);
    return err;
}
