/* Judges releases. Each byte is a stranger's; a bound stands before each loop. */
#include "common/rule_bundle.h"

#include "common/text.h"
#include "common/tlog.h"

#include <inttypes.h>

/* "NAME NUMBER\n" */
static bool take_number(struct span *rest, const char *name, uint64_t *out)
{
    size_t end = span_find_byte(*rest, '\n', 0), len = span_text(name).len;
    bool ok = end != SIZE_MAX && end > len && span_starts(*rest, span_text(name)) &&
              span_byte(*rest, len) == ' ' &&
              text_u64(span_cut(*rest, len + 1, end - len - 1), out);
    *rest = span_cut(*rest, end == SIZE_MAX ? rest->len : end + 1, SIZE_MAX);
    return ok;
}

enum err rule_bundle_parse(struct span bytes, struct rule_bundle *out, struct why *why)
{
    static const char first[] = "candor-bundle/v1\n";
    struct span rest = span_cut(bytes, sizeof first - 1, SIZE_MAX);
    uint64_t note;
    if (bytes.len > RULE_BUNDLE_MOST || !span_starts(bytes, span_text(first)))
        return fail(why, ERR_PEER, "not a release of this version");
    if (!take_number(&rest, "from", &out->from) || !take_number(&rest, "to", &out->to) ||
        !take_number(&rest, "note", &note) || span_byte(rest, 0) != '\n' || out->from > out->to ||
        note > NOTE_BYTES_MAX || note >= rest.len)
        return fail(why, ERR_PEER, "the head of the release is malformed");
    out->note = span_cut(rest, 1, (size_t)note);
    out->entries = span_cut(rest, 1 + (size_t)note, SIZE_MAX);
    return ERR_NONE;
}

/* Until when the quorum is met by cosignatures of 72 hours, none from the future: the latest moment
 * at which enough of them are that young. 0: it is not. */
static uint64_t fresh_until(const struct quorum *policy, const struct note *n, uint64_t now_s)
{
    uint64_t until_s[QUORUM_WITNESSES_MAX] = {0}, latest = 0;
    if (quorum_is_met(policy, 0))
        return UINT64_MAX;
    for (uint32_t i = 0; i < policy->witness_count; i++) {
        uint64_t time_s = 0;
        if (note_check(n, &policy->witnesses[i].key, &time_s) == NOTE_GOOD &&
            time_s <= now_s + RULE_BUNDLE_AHEAD_S)
            until_s[i] = time_s + RULE_BUNDLE_FRESH_S;
    }
    for (uint32_t i = 0; i < policy->witness_count; i++) {
        uint32_t good = 0;
        for (uint32_t k = 0; k < policy->witness_count; k++)
            good |= until_s[k] >= until_s[i] && until_s[i] ? 1u << k : 0;
        if (until_s[i] > latest && quorum_is_met(policy, good))
            latest = until_s[i];
    }
    return latest;
}

/* By the log that the text names, not by another of the policy's. */
static bool is_signed(const struct quorum *policy, const struct note *n, struct span origin)
{
    for (uint32_t i = 0; i < policy->log_count; i++)
        if (span_equal(policy->logs[i].name, origin) &&
            note_check(n, &policy->logs[i], NULL) == NOTE_GOOD)
            return true;
    return false;
}

struct judging {
    const struct quorum *policy;
    uint64_t now_s;
    struct checkpoint head; /* origin borrows from the note */
    struct rule_bundle_verdict *out;
};

static enum err judge_note(const struct rule_bundle *b, struct judging *j, struct why *why)
{
    const struct quorum *policy = j->policy;
    struct checkpoint *head = &j->head;
    struct arena *a = arena_new(0);
    struct note *n = a ? arena_new_of(a, struct note) : NULL;
    struct quorum_verdict v = {0};
    struct why inner = {0};
    enum err err = n ? note_parse(b->note, a, n, &inner) : ERR_NOMEM;
    if (err == ERR_NONE)
        err = checkpoint_parse(n->text, head, &inner);
    if (err == ERR_NONE)
        err = quorum_weigh(policy, n, &v, &inner);
    if (err != ERR_NONE)
        err = fail(why, err == ERR_NOMEM ? err : ERR_LEDGER, "checkpoint: %s", inner.text);
    else if (!is_signed(policy, n, head->origin))
        err = fail(why, ERR_LEDGER, "the checkpoint is not signed by a log of the policy");
    else if (!quorum_is_met(policy, v.good))
        err = fail(why, ERR_LEDGER, "too few witnesses cosigned: not what the policy asks");
    j->out->is_signed = v.log_signed && is_signed(policy, n, head->origin);
    j->out->head = *head;
    if (err == ERR_NONE) {
        j->out->newest_s = v.newest_s;
        j->out->fresh_until_s = fresh_until(policy, n, j->now_s);
        j->out->is_stale = j->out->fresh_until_s < j->now_s;
    }
    arena_free(a);
    return err;
}

static enum err take_leaf(struct span entry, struct rule_bundle_verdict *out, struct why *why)
{
    struct rule_leaf leaf;
    struct merkle_hash hash;
    struct why inner = {0};
    if (rule_leaf_parse(entry, &leaf, &inner) != ERR_NONE)
        return fail(why, ERR_LEDGER, "entry %" PRIu64 ": %s", out->next.range.size, inner.text);
    out->added += leaf.op != RULE_REVOKE;
    out->revoked += leaf.op == RULE_REVOKE;
    return merkle_leaf(entry, &hash) && merkle_range_append(&out->next.range, &hash)
               ? ERR_NONE
               : fail(why, ERR_NOMEM, "release");
}

/* Entries that are known already are skipped unread: their hashes are in the past's tree. */
static enum err take_entries(const struct rule_bundle *b, struct rule_bundle_verdict *out,
                             struct why *why)
{
    struct reader r = reader_of(b->entries);
    struct span entry;
    uint64_t known = out->next.range.size;
    for (uint64_t index = b->from; index < b->to; index++) {
        if (!tlog_next_entry(&r, &entry))
            return fail(why, ERR_LEDGER, "entry %" PRIu64 " is missing or cut", index);
        if (index >= known)
            TRY(take_leaf(entry, out, why));
    }
    return reader_left(&r) ? fail(why, ERR_LEDGER, "more entries than the checkpoint has")
                           : ERR_NONE;
}

enum err rule_bundle_judge(struct span bytes, const struct quorum *policy,
                           const struct rule_bundle_past *past, uint64_t now_s,
                           struct rule_bundle_verdict *out, struct why *why)
{
    struct rule_bundle b;
    struct judging j = {.policy = policy, .now_s = now_s, .out = out};
    struct merkle_hash root;
    struct why inner = {0};
    *out = (struct rule_bundle_verdict){.next = *past};
    if (rule_bundle_parse(bytes, &b, &inner) != ERR_NONE)
        return fail(why, ERR_LEDGER, "%s", inner.text);
    TRY(judge_note(&b, &j, why));
    const struct checkpoint head = j.head;
    if (head.size != b.to)
        return fail(why, ERR_LEDGER, "the release ends at %" PRIu64 ", its checkpoint at %" PRIu64,
                    b.to, head.size);
    if (head.size < past->range.size)
        return fail(why, ERR_LEDGER, "rolled back: %" PRIu64 " entries, there were %" PRIu64,
                    head.size, past->range.size);
    if (b.from > past->range.size)
        return fail(why, ERR_LEDGER, "entries %" PRIu64 " to %" PRIu64 " are not in the release",
                    past->range.size, b.from - 1);
    TRY(take_entries(&b, out, why));
    if (!merkle_range_root(&out->next.range, &root))
        return fail(why, ERR_NOMEM, "root");
    return merkle_equal(&root, &head.root)
               ? ERR_NONE
               : fail(why, ERR_LEDGER, "a fork, or changed entries: the signed root is another");
}
