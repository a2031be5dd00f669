/* Front end for lists of file hashes. Hostile bytes: a list somebody wrote. Formats: one
 * hexadecimal MD5, SHA-1 or SHA-256 a line, alone; as md5sum(1) and its like write it ("HASH name",
 * "HASH *name", a backslash before the hash when the name is escaped); as ClamAV's manual has .hdb
 * and .hsb ("HASH:size:name", size '*' for any, perhaps ":level" behind it). '#' begins a comment.
 */
#include "common/limits.h"
#include "common/text.h"
#include "jail/compile/compile.h"

#include <inttypes.h>
#include <stdio.h>

struct list {
    struct frontend *fe;
    const struct source_file *file;
    uint32_t index, line;
    struct span whole; /* the line at hand */
};

/* Column of `part`, which lies in the line at hand. */
static uint32_t column_of(const struct list *l, struct span part)
{
    return (uint32_t)(part.at - l->whole.at + 1);
}

static void say(struct list *l, uint32_t column, const char *text)
{
    struct frontend *fe = l->fe;
    fe->errors++;
    if (!fe->in->diag.give || fe->errors + fe->warnings > LIMIT_DIAGNOSTICS)
        return;
    struct diag d = {.level = DIAG_ERROR,
                     .file = l->file->name,
                     .line = l->line,
                     .column = column,
                     .text = span_text(text)};
    fe->in->diag.give(fe->in->diag.ctx, &d);
}

static size_t hex_len(struct span s)
{
    size_t n = 0;
    while (n < s.len && text_hex_digit(span_byte(s, n)) >= 0)
        n++;
    return n;
}

/* Fills the digest from the beginning of the line; *rest is what stands behind it. */
static bool read_digest(struct list *l, struct span text, struct ir_hash *h, struct span *rest)
{
    char reason[120];
    size_t digits = hex_len(text);
    enum digest d = 0;
    while (d < DIGEST_COUNT && crypto_digest_bytes(d) * 2 != digits)
        d++;
    if (d == DIGEST_COUNT) {
        (void)snprintf(reason, sizeof reason,
                       "expected a hash of 32, 40 or 64 hexadecimal digits, found %zu of them",
                       digits);
        say(l, column_of(l, text), reason);
        return false;
    }
    h->digest = d;
    for (size_t i = 0; i < digits / 2; i++)
        h->bytes[i] = (uint8_t)(text_hex_digit(span_byte(text, 2 * i)) * 16 +
                                text_hex_digit(span_byte(text, 2 * i + 1)));
    h->name = span_cut(text, 0, digits);
    *rest = span_cut(text, digits, text.len);
    return true;
}

/* ":size:name" with perhaps ":level", "size" a number or '*'. */
static bool read_clamav(struct list *l, struct span rest, struct ir_hash *h)
{
    struct span fields = span_cut(rest, 1, rest.len), size, name;
    if (!text_field(&fields, ':', &size) ||
        (!text_u64(size, &h->size) && !span_equal(size, SPAN_OF("*")))) {
        say(l, column_of(l, rest) + 1, "expected the file's size in bytes or '*' behind the hash");
        return false;
    }
    if (!text_field(&fields, ':', &name) || text_trim(name).len == 0) {
        say(l, column_of(l, rest) + 1, "expected ':' and a name behind the size");
        return false;
    }
    h->name = text_trim(name);
    return true;
}

/* "  name" or " *name"; nothing is fine, too: then the hash is the name. */
static bool read_sum(struct list *l, struct span rest, struct ir_hash *h)
{
    if (rest.len && !text_is_space(span_byte(rest, 0))) {
        say(l, column_of(l, rest), "expected the end of the line, a blank or ':' behind the hash");
        return false;
    }
    struct span name = text_trim(rest);
    if (span_byte(name, 0) == '*')
        name = span_cut(name, 1, name.len);
    if (name.len)
        h->name = name;
    return true;
}

static bool is_comment(struct span s)
{
    return s.len == 0 || span_byte(s, 0) == '#';
}

/* False only when out of memory. */
static bool read_line(struct list *l)
{
    struct ir_hash h = {.size = UINT64_MAX, .file = l->index, .line = l->line};
    struct span text = text_trim(l->whole), rest;
    if (is_comment(text))
        return true;
    if (span_byte(text, 0) == '\\')
        text = span_cut(text, 1, text.len);
    if (!read_digest(l, text, &h, &rest))
        return true;
    bool ok = span_byte(rest, 0) == ':' ? read_clamav(l, rest, &h) : read_sum(l, rest, &h);
    if (!ok)
        return true;
    struct ir_hash *made = ir_add_hash(l->fe->ir);
    if (made)
        *made = h;
    return made != NULL;
}

bool hashlist_parse(struct frontend *fe, const struct source_file *file)
{
    struct list l = {.fe = fe, .file = file};
    struct span rest = file->bytes;
    if (!ir_add_file(fe->ir, file->name, &l.index))
        return false;
    while (text_line(&rest, &l.whole)) {
        l.line++;
        if (!read_line(&l))
            return false;
    }
    return true;
}
