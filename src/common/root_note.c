/* candor-root/v1. */
#include "common/root_note.h"

#include "common/text.h"

#include <inttypes.h>
#include <string.h>

static const char first_line[] = "candor-root/v1";

bool root_note_is(struct span bytes)
{
    return span_starts(bytes, span_text(first_line));
}

static bool is_among(const struct note_key *keys, uint32_t count, const struct note_key *key)
{
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(keys[i].key, key->key, sizeof key->key) == 0)
            return true;
    return false;
}

static enum err add_key(struct note_key *keys, uint32_t *count, uint32_t most, struct span text,
                        struct why *why)
{
    struct note_key key;
    struct why inner = {0};
    if (*count == most)
        return fail(why, ERR_PEER, "more than %u keys of a kind", most);
    if (note_key_parse(text, &key, &inner) != ERR_NONE)
        return fail(why, ERR_PEER, "%s", inner.text);
    if (key.type != NOTE_ED25519)
        return fail(why, ERR_PEER, "a key of another type than Ed25519");
    if (is_among(keys, *count, &key)) /* one holder would count twice */
        return fail(why, ERR_PEER, "the same key twice");
    keys[(*count)++] = key;
    return ERR_NONE;
}

static enum err take_line(struct root_note *r, struct span key, struct span value, struct why *why)
{
    if (span_equal(key, SPAN_OF("version")) && r->version == 0 && text_u64(value, &r->version) &&
        r->version > 0)
        return ERR_NONE;
    if (span_equal(key, SPAN_OF("threshold")) && r->threshold == 0 &&
        text_u64(value, &r->threshold) && r->threshold > 0)
        return ERR_NONE;
    if (span_equal(key, SPAN_OF("holder")))
        return add_key(r->holders, &r->holder_count, ROOT_HOLDERS_MAX, value, why);
    if (span_equal(key, SPAN_OF("log")))
        return add_key(r->logs, &r->log_count, ROOT_LOGS_MAX, value, why);
    return fail(why, ERR_PEER, "version, threshold, holder or log is wanted, each as it should be");
}

enum err root_note_parse(struct span text, struct root_note *out, struct why *why)
{
    struct span rest = text, line;
    memset(out, 0, sizeof *out);
    if (!text_line(&rest, &line) || !span_equal(line, span_text(first_line)))
        return fail(why, ERR_PEER, "not a root note of this version");
    for (unsigned number = 2; text_line(&rest, &line); number++) {
        size_t blank = span_find_byte(line, ' ', 0);
        struct why inner = {0};
        enum err err =
            take_line(out, span_cut(line, 0, blank == SIZE_MAX ? line.len : blank),
                      span_cut(line, blank == SIZE_MAX ? line.len : blank + 1, SIZE_MAX), &inner);
        if (err != ERR_NONE)
            return fail(why, err, "root note, line %u: %s", number, inner.text);
    }
    if (out->version == 0 || out->threshold == 0 || out->threshold > out->holder_count ||
        out->log_count == 0)
        return fail(why, ERR_PEER,
                    "a root note has a version, a threshold of its holders, and the log's keys");
    return ERR_NONE;
}

/* Good signatures by these holders; a false one spoils the note. */
static enum err count_signatures(const struct root_note *r, const struct note *n, uint64_t *out,
                                 struct why *why)
{
    *out = 0;
    for (uint32_t i = 0; i < r->holder_count; i++) {
        enum note_answer a = note_check(n, &r->holders[i], NULL);
        if (a == NOTE_BAD)
            return fail(why, ERR_LEDGER, "a holder's signature is false");
        *out += a == NOTE_GOOD;
    }
    return ERR_NONE;
}

static enum err open_signed(struct span bytes, struct arena *a, struct root_note *out,
                            struct note **note, struct why *why)
{
    struct why inner = {0};
    uint64_t good = 0;
    *note = arena_new_of(a, struct note);
    if (!*note)
        return fail(why, ERR_NOMEM, "root note");
    if (note_parse(bytes, a, *note, &inner) != ERR_NONE ||
        root_note_parse((*note)->text, out, &inner) != ERR_NONE)
        return fail(why, ERR_LEDGER, "%s", inner.text);
    TRY(count_signatures(out, *note, &good, why));
    return good >= out->threshold
               ? ERR_NONE
               : fail(why, ERR_LEDGER, "%" PRIu64 " of its own holders signed it, not %" PRIu64,
                      good, out->threshold);
}

enum err root_note_open(struct span bytes, struct arena *a, struct root_note *out, struct why *why)
{
    struct note *n;
    return open_signed(bytes, a, out, &n, why);
}

enum err root_note_follow(const struct root_note *now, struct span bytes, struct arena *a,
                          struct root_note *next, struct why *why)
{
    struct note *n;
    uint64_t good = 0;
    TRY(open_signed(bytes, a, next, &n, why));
    if (next->version != now->version + 1)
        return fail(why, ERR_LEDGER, "version %" PRIu64 " does not follow version %" PRIu64,
                    next->version, now->version);
    TRY(count_signatures(now, n, &good, why));
    return good >= now->threshold
               ? ERR_NONE
               : fail(why, ERR_LEDGER,
                      "%" PRIu64 " holders of version %" PRIu64 " signed it, not %" PRIu64, good,
                      now->version, now->threshold);
}

void root_note_print(const struct root_note *root, struct buf *out)
{
    buf_print(out, "%s\nversion %" PRIu64 "\nthreshold %" PRIu64 "\n", first_line, root->version,
              root->threshold);
    for (uint32_t i = 0; i < root->holder_count; i++) {
        buf_text(out, "holder ");
        note_key_print(&root->holders[i], out);
        buf_byte(out, '\n');
    }
    for (uint32_t i = 0; i < root->log_count; i++) {
        buf_text(out, "log ");
        note_key_print(&root->logs[i], out);
        buf_byte(out, '\n');
    }
}
