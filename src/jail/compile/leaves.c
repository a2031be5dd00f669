/* Reads leaves. Hostile bytes: a log's publisher wrote them. Format: doc/rulelog.md. */
#include "jail/compile/leaves.h"

#include "common/text.h"

bool leaves_is(const struct source_file *f)
{
    struct span end = SPAN_OF(".leaf");
    return f->name.len > end.len &&
           span_equal(span_cut(f->name, f->name.len - end.len, end.len), end);
}

static bool is_named(const struct source_file *f, struct span id)
{
    return f->name.len == id.len + 5 && span_starts(f->name, id);
}

enum err leaves_open(const struct source_file *f, struct arena *a, struct source_file *out,
                     struct why *why)
{
    struct rule_leaf leaf;
    struct why inner = {0};
    struct buf name;
    char shown[200];
    text_escape_into(shown, sizeof shown, f->name);
    if (rule_leaf_parse(f->bytes, &leaf, &inner) != ERR_NONE)
        return fail(why, ERR_RULES, "%s: %s", shown, inner.text);
    if (leaf.op == RULE_REVOKE || !is_named(f, leaf.id))
        return fail(why, ERR_RULES, "%s: a leaf that holds no rule of that name", shown);
    buf_init(&name, 0);
    buf_span(&name, leaf.id);
    buf_text(&name, leaf.op == RULE_HASHES ? ".sha256" : ".yar");
    *out = (struct source_file){.name = arena_copy(a, buf_get(&name)),
                                .space = f->space,
                                .bytes = leaf.text,
                                .kind = leaf.op == RULE_HASHES ? SOURCE_HASHES : SOURCE_YARA,
                                .leaf = f->bytes};
    buf_done(&name);
    return out->name.at ? ERR_NONE : fail(why, ERR_NOMEM, "compiling: out of memory");
}
