/* tlog-policy.md: lines of words. `log KEY [URL]`, `witness NAME KEY [URL]`, `group NAME all|any|N
 * MEMBER...`, `quorum NAME|none`. References go backwards only, so a policy cannot be a circle. */
#include "common/quorum.h"

#include "common/text.h"

#include <string.h>

enum { WORDS_MAX = 3 + QUORUM_WITNESSES_MAX + QUORUM_GROUPS_MAX };

struct line {
    struct span words[WORDS_MAX];
    uint32_t count;
    bool too_many;
};

static void split(struct span s, struct line *l)
{
    *l = (struct line){.count = 0};
    size_t at = 0;
    while (at < s.len) {
        while (at < s.len && (span_byte(s, at) == ' ' || span_byte(s, at) == '\t'))
            at++;
        size_t from = at;
        while (at < s.len && span_byte(s, at) != ' ' && span_byte(s, at) != '\t')
            at++;
        if (at == from)
            break;
        if (l->count == WORDS_MAX) {
            l->too_many = true;
            return;
        }
        l->words[l->count++] = span_cut(s, from, at - from);
    }
}

/* True when the key's bytes are on another line already; one key has one voice. */
static bool is_known_key(const struct quorum *q, const struct note_key *key)
{
    for (uint32_t i = 0; i < q->log_count; i++)
        if (memcmp(q->logs[i].key, key->key, 32) == 0)
            return true;
    for (uint32_t i = 0; i < q->witness_count; i++)
        if (memcmp(q->witnesses[i].key.key, key->key, 32) == 0)
            return true;
    return false;
}

/* ERR_UNSUPPORTED is no error here: *known is false then. */
static enum err read_key(const struct quorum *q, struct span text, uint8_t type,
                         struct note_key *out, bool *known, struct why *why)
{
    struct why inner = {0};
    enum err err = note_key_parse(text, out, &inner);
    *known = err == ERR_NONE;
    if (err == ERR_UNSUPPORTED)
        return ERR_NONE;
    if (err != ERR_NONE)
        return fail(why, err, "%s", inner.text);
    if (out->type != type)
        return fail(why, ERR_USAGE, "the key has type 0x%02x, not 0x%02x", out->type, type);
    if (is_known_key(q, out))
        return fail(why, ERR_USAGE, "the same key twice");
    return ERR_NONE;
}

static bool find_witness(const struct quorum *q, struct span name, uint32_t *index)
{
    for (*index = 0; *index < q->witness_count; ++*index)
        if (span_equal(q->witnesses[*index].name, name))
            return true;
    return false;
}

static bool find_group(const struct quorum *q, struct span name, uint32_t *index)
{
    for (*index = 0; *index < q->group_count; ++*index)
        if (span_equal(q->groups[*index].name, name))
            return true;
    return false;
}

static bool is_taken(const struct quorum *q, struct span name)
{
    uint32_t index;
    return find_witness(q, name, &index) || find_group(q, name, &index) ||
           span_equal(name, SPAN_OF("none"));
}

static enum err on_log(struct quorum *q, const struct line *l, struct why *why)
{
    bool known;
    if (l->count < 2 || l->count > 3)
        return fail(why, ERR_USAGE, "log KEY [URL]");
    if (q->log_count == QUORUM_LOGS_MAX)
        return fail(why, ERR_LIMIT, "more than %d logs", QUORUM_LOGS_MAX);
    TRY(read_key(q, l->words[1], NOTE_ED25519, &q->logs[q->log_count], &known, why));
    q->log_count += known;
    return ERR_NONE;
}

static enum err on_witness(struct quorum *q, const struct line *l, struct why *why)
{
    bool known;
    if (l->count < 3 || l->count > 4)
        return fail(why, ERR_USAGE, "witness NAME KEY [URL]");
    if (q->witness_count == QUORUM_WITNESSES_MAX)
        return fail(why, ERR_LIMIT, "more than %d witnesses", QUORUM_WITNESSES_MAX);
    if (is_taken(q, l->words[1]))
        return fail(why, ERR_USAGE, "the name is taken");
    struct note_key key;
    TRY(read_key(q, l->words[2], NOTE_COSIGNATURE, &key, &known, why));
    q->witnesses[q->witness_count].name = l->words[1];
    q->witnesses[q->witness_count].key = key;
    q->witness_count += known;
    return ERR_NONE;
}

/* True when a witness or group is in some group already: each has one place. */
static bool is_placed(const struct quorum *q, uint32_t witnesses, uint32_t groups)
{
    for (uint32_t i = 0; i < q->group_count; i++)
        if ((q->groups[i].witnesses & witnesses) || (q->groups[i].groups & groups))
            return true;
    return false;
}

static enum err add_member(const struct quorum *q, struct quorum_group *g, struct span name,
                           struct why *why)
{
    uint32_t index;
    uint32_t witnesses = find_witness(q, name, &index) ? 1u << index : 0;
    uint32_t groups = !witnesses && find_group(q, name, &index) ? 1u << index : 0;
    if (!witnesses && !groups)
        return fail(why, ERR_USAGE, "a member that no earlier line names");
    if (is_placed(q, witnesses, groups) || (g->witnesses & witnesses) || (g->groups & groups))
        return fail(why, ERR_USAGE, "a member that is in a group already");
    g->witnesses |= witnesses;
    g->groups |= groups;
    return ERR_NONE;
}

static enum err on_group(struct quorum *q, const struct line *l, struct why *why)
{
    uint64_t need = 0;
    if (l->count < 4)
        return fail(why, ERR_USAGE, "group NAME all|any|N MEMBER...");
    if (q->group_count == QUORUM_GROUPS_MAX)
        return fail(why, ERR_LIMIT, "more than %d groups", QUORUM_GROUPS_MAX);
    if (is_taken(q, l->words[1]))
        return fail(why, ERR_USAGE, "the name is taken");
    uint32_t members = l->count - 3;
    if (span_equal(l->words[2], SPAN_OF("all")))
        need = members;
    else if (span_equal(l->words[2], SPAN_OF("any")))
        need = 1;
    else if (!text_u64(l->words[2], &need))
        return fail(why, ERR_USAGE, "all, any or a number is wanted");
    if (need < 1 || need > members)
        return fail(why, ERR_USAGE, "the group has %u members", members);
    struct quorum_group g = {.name = l->words[1], .need = (uint32_t)need};
    for (uint32_t i = 3; i < l->count; i++)
        TRY(add_member(q, &g, l->words[i], why));
    q->groups[q->group_count++] = g;
    return ERR_NONE;
}

static enum err on_quorum(struct quorum *q, const struct line *l, struct why *why)
{
    if (l->count != 2 || q->has_rule)
        return fail(why, ERR_USAGE, "one line: quorum NAME|none");
    q->has_rule = true;
    q->is_none = span_equal(l->words[1], SPAN_OF("none"));
    if (q->is_none || find_witness(q, l->words[1], &q->index))
        return ERR_NONE;
    q->is_group = find_group(q, l->words[1], &q->index);
    return q->is_group ? ERR_NONE : fail(why, ERR_USAGE, "a quorum that no earlier line names");
}

static const struct {
    const char *word;
    enum err (*read)(struct quorum *q, const struct line *l, struct why *why);
} lines[] = {{"log", on_log}, {"witness", on_witness}, {"group", on_group}, {"quorum", on_quorum}};

static enum err read_line(struct quorum *q, const struct line *l, struct why *why)
{
    if (l->too_many)
        return fail(why, ERR_LIMIT, "too many words");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (span_equal(l->words[0], span_text(lines[i].word)))
            return lines[i].read(q, l, why);
    return fail(why, ERR_USAGE, "log, witness, group or quorum is wanted");
}

enum err quorum_parse(struct span text, struct quorum *out, struct why *why)
{
    struct span line;
    memset(out, 0, sizeof *out);
    for (unsigned number = 1; text_line(&text, &line); number++) {
        struct line l;
        struct why inner = {0};
        split(line, &l);
        if (l.count == 0 || span_byte(l.words[0], 0) == '#')
            continue;
        enum err err = read_line(out, &l, &inner);
        if (err != ERR_NONE)
            return fail(why, err, "policy, line %u: %s", number, inner.text);
    }
    return out->has_rule ? ERR_NONE : fail(why, ERR_USAGE, "policy: no quorum line");
}

bool quorum_is_met(const struct quorum *q, uint32_t good)
{
    uint32_t met = 0; /* bit a group */
    if (q->is_none)
        return q->has_rule;
    for (uint32_t i = 0; i < q->group_count; i++) {
        const struct quorum_group *g = &q->groups[i];
        uint32_t have = (uint32_t)__builtin_popcount(g->witnesses & good) +
                        (uint32_t)__builtin_popcount(g->groups & met);
        if (have >= g->need)
            met |= 1u << i;
    }
    return q->has_rule && ((q->is_group ? met : good) >> q->index & 1);
}

enum err quorum_weigh(const struct quorum *q, const struct note *n, struct quorum_verdict *out,
                      struct why *why)
{
    *out = (struct quorum_verdict){.good = 0};
    for (uint32_t i = 0; i < q->log_count; i++) {
        enum note_answer a = note_check(n, &q->logs[i], NULL);
        if (a == NOTE_BAD)
            return fail(why, ERR_PEER, "the log's signature is false");
        out->log_signed = out->log_signed || a == NOTE_GOOD;
    }
    for (uint32_t i = 0; i < q->witness_count; i++) {
        uint64_t at = 0;
        enum note_answer a = note_check(n, &q->witnesses[i].key, &at);
        if (a == NOTE_BAD)
            return fail(why, ERR_PEER, "the cosignature of witness %u is false", i + 1);
        if (a != NOTE_GOOD)
            continue;
        out->oldest_s = out->good == 0 || at < out->oldest_s ? at : out->oldest_s;
        out->newest_s = at > out->newest_s ? at : out->newest_s;
        out->good |= 1u << i;
    }
    return ERR_NONE;
}
