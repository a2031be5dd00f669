/* candor-source/v1. The owner's own bytes, read as a stranger's. */
#include "common/source_leaf.h"

#include "common/text.h"

#include <inttypes.h>

static const char first_line[] = "candor-source/v1";

static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (span_byte(s, i) < 0x20)
            return false;
    return s.len > 0 && s.len <= SOURCE_LEAF_NAME_MAX;
}

static bool is_sha256(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (text_hex_digit(span_byte(s, i)) < 0 || text_lower(span_byte(s, i)) != span_byte(s, i))
            return false;
    return s.len == 64;
}

static bool take(struct span *rest, const char *key, struct span *value)
{
    struct span line, word;
    if (!text_line(rest, &line) || !text_field(&line, ' ', &word) ||
        !span_equal(word, span_text(key)) || !line.at)
        return false;
    *value = line;
    return true;
}

enum err source_leaf_parse(struct span entry, struct source_leaf *out, struct why *why)
{
    struct span rest = entry, line, op, bytes;
    *out = (struct source_leaf){.is_added = false};
    bool ok = text_line(&rest, &line) && span_equal(line, span_text(first_line)) &&
              take(&rest, "op", &op) && take(&rest, "name", &out->name) && is_name(out->name);
    out->is_added = ok && span_equal(op, SPAN_OF("add"));
    if (ok && out->is_added)
        ok = take(&rest, "sha256", &out->sha256) && is_sha256(out->sha256) &&
             take(&rest, "bytes", &bytes) && text_u64(bytes, &out->bytes);
    else
        ok = ok && span_equal(op, SPAN_OF("remove"));
    return ok && rest.len == 0 ? ERR_NONE : fail(why, ERR_LEDGER, "no leaf of a log of sources");
}

enum err source_leaf_print(const struct source_leaf *leaf, struct buf *out, struct why *why)
{
    if (!is_name(leaf->name))
        return fail(why, ERR_USAGE, "a source's name has no control characters, and 1 to %d bytes",
                    SOURCE_LEAF_NAME_MAX);
    buf_print(out, "%s\nop %s\nname ", first_line, leaf->is_added ? "add" : "remove");
    buf_span(out, leaf->name);
    buf_byte(out, '\n');
    if (leaf->is_added) {
        buf_text(out, "sha256 ");
        buf_span(out, leaf->sha256);
        buf_print(out, "\nbytes %" PRIu64 "\n", leaf->bytes);
    }
    return out->bad ? fail(why, ERR_NOMEM, "source") : ERR_NONE;
}
