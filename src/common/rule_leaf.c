/* candor-rule/v1. Reads entries of logs: strangers' bytes. */
#include "common/rule_leaf.h"

#include "common/text.h"
#include "common/tlog.h"

static const char first_line[] = "candor-rule/v1";

/* A YARA identifier. */
static bool is_id(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (!(text_is_alnum(c) || c == '_') || (i == 0 && text_is_digit(c)))
            return false;
    }
    return s.len > 0 && s.len <= RULE_LEAF_ID_MAX;
}

/* 64 lower-case hexadecimal digits. */
static bool is_hex(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (text_hex_digit(span_byte(s, i)) < 0 || text_lower(span_byte(s, i)) != span_byte(s, i))
            return false;
    return s.len == 64;
}

static bool is_digest(struct span s)
{
    return span_starts(s, SPAN_OF("sha256:")) && is_hex(span_cut(s, 7, SIZE_MAX));
}

static bool is_block(struct span s)
{
    struct span rest = s;
    for (size_t lines = 0; rest.len > 0; lines++) {
        if (lines == RULE_LEAF_HASHES_MAX || !is_hex(span_cut(rest, 0, 64)) ||
            span_byte(rest, 64) != '\n')
            return false;
        rest = span_cut(rest, 65, SIZE_MAX);
    }
    return s.len > 0;
}

static bool is_evidence(struct span s)
{
    struct span rest = s, one;
    uint32_t count = 0;
    size_t len = 0;
    while (text_field(&rest, ' ', &one)) {
        if (!is_digest(one) || ++count > RULE_LEAF_EVIDENCE_MAX)
            return false;
        len += one.len + 1;
    }
    return count > 0 && len == s.len + 1;
}

bool rule_leaf_is_class(struct span s)
{
    static const char *const classes[] = {"malware", "pua", "hacktool", "test"};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (span_equal(s, span_text(classes[i])))
            return true;
    return false;
}

bool rule_leaf_has_evidence(const struct rule_leaf *leaf, struct span hex)
{
    struct span rest = leaf->evidence, one;
    while (text_field(&rest, ' ', &one))
        if (span_equal(span_cut(one, 7, SIZE_MAX), hex))
            return true;
    return false;
}

/* The value of the line "NAME VALUE\n" at the start of *rest. */
static bool take(struct span *rest, const char *name, struct span *value)
{
    size_t end = span_find_byte(*rest, '\n', 0), len = span_text(name).len;
    if (end == SIZE_MAX || !span_starts(*rest, span_text(name)) || span_byte(*rest, len) != ' ' ||
        end <= len)
        return false;
    *value = span_cut(*rest, len + 1, end - len - 1);
    *rest = span_cut(*rest, end + 1, SIZE_MAX);
    return true;
}

static const char *const ops[] = {
    [RULE_ADD] = "add", [RULE_REVOKE] = "revoke", [RULE_HASHES] = "hashes"};

static enum err read_op(struct span word, struct rule_leaf *out, struct why *why)
{
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        out->op = (enum rule_op)i;
        if (span_equal(word, span_text(ops[i])))
            return ERR_NONE;
    }
    return fail(why, ERR_PEER, "the leaf's op is none of add, revoke, hashes");
}

enum err rule_leaf_parse(struct span entry, struct rule_leaf *out, struct why *why)
{
    struct span rest = entry, op;
    size_t end = span_text(first_line).len;
    *out = (struct rule_leaf){0};
    if (entry.len > TLOG_ENTRY_MAX || !span_starts(entry, span_text(first_line)) ||
        span_byte(entry, end) != '\n')
        return fail(why, ERR_PEER, "not a leaf of this version (%s)", first_line);
    rest = span_cut(rest, end + 1, SIZE_MAX);
    if (!take(&rest, "op", &op) || !take(&rest, "id", &out->id) || !is_id(out->id))
        return fail(why, ERR_PEER, "the leaf has no op or no id that is a rule's name");
    TRY(read_op(op, out, why));
    if (out->op == RULE_ADD &&
        (!take(&rest, "evidence", &out->evidence) || !is_evidence(out->evidence)))
        return fail(why, ERR_PEER, "a rule needs evidence: sha256:HEX of at least one sample");
    if (out->op != RULE_REVOKE &&
        (!take(&rest, "class", &out->class) || !rule_leaf_is_class(out->class)))
        return fail(why, ERR_PEER, "a rule's class is malware, pua, hacktool or test");
    if (span_byte(rest, 0) != '\n')
        return fail(why, ERR_PEER, "a blank line parts the leaf's lines from its text");
    out->text = span_cut(rest, 1, SIZE_MAX);
    if (out->op == RULE_HASHES && !is_block(out->text))
        return fail(why, ERR_PEER, "a block is 1 to %d lines, each a SHA-256 in lower case",
                    RULE_LEAF_HASHES_MAX);
    return out->op == RULE_ADD && out->text.len == 0 ? fail(why, ERR_PEER, "the rule is missing")
                                                     : ERR_NONE;
}

enum err rule_leaf_print(const struct rule_leaf *leaf, struct buf *out, struct why *why)
{
    size_t begin = out->len;
    struct rule_leaf back;
    struct why inner = {0};
    buf_print(out, "%s\nop %s\nid ", first_line, ops[leaf->op]);
    buf_span(out, leaf->id);
    if (leaf->op == RULE_ADD) {
        buf_text(out, "\nevidence ");
        buf_span(out, leaf->evidence);
    }
    if (leaf->op != RULE_REVOKE) {
        buf_text(out, "\nclass ");
        buf_span(out, leaf->class);
    }
    buf_text(out, "\n\n");
    buf_span(out, leaf->text);
    if (out->bad)
        return fail(why, ERR_NOMEM, "leaf");
    struct span all = span_cut(buf_get(out), begin, SIZE_MAX);
    if (all.len > TLOG_ENTRY_MAX)
        return fail(why, ERR_USAGE, "the rule takes %zu bytes, a leaf at most %d", all.len,
                    TLOG_ENTRY_MAX);
    if (rule_leaf_parse(all, &back, &inner) != ERR_NONE)
        return fail(why, ERR_USAGE, "%s", inner.text);
    /* a newline in a field would make another leaf of it */
    return back.op == leaf->op && span_equal(back.id, leaf->id) &&
                   span_equal(back.evidence, leaf->evidence) &&
                   span_equal(back.class, leaf->class) && span_equal(back.text, leaf->text)
               ? ERR_NONE
               : fail(why, ERR_USAGE, "a field of the leaf holds a newline");
}
