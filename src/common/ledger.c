/* Leaves of the ledger to text and back. Reads what is in the ledger's files: ours, or whatever an
 * intruder made of it. */
#include "common/ledger.h"

#include "common/text.h"
#include "common/tlog.h"

#include <inttypes.h>

static const char first_line[] = "candor-ledger/v1";
static const char cut_mark[] = "[cut]";

enum field_type { FIELD_NUMBER, FIELD_TEXT };

#define F(id) (UINT64_C(1) << LEDGER_##id)
static const struct {
    const char *name, *meaning;
    uint64_t fields;
} kinds[LEDGER_KIND_COUNT] = {
#define LEDGER_KIND(id, name, fields, meaning)                                                     \
    [LEDGER_KIND_##id] = {name, meaning, (fields) | F(TIME)},
#include "common/ledger.def"
#undef LEDGER_KIND
};
#undef F

static const struct {
    const char *name, *meaning;
    enum field_type type;
    size_t most;
} fields[LEDGER_FIELD_COUNT] = {
#define LEDGER_FIELD(id, name, type, most, meaning)                                                \
    [LEDGER_##id] = {name, meaning, FIELD_##type, most},
#include "common/ledger.def"
#undef LEDGER_FIELD
};

const char *ledger_kind_name(enum ledger_kind kind)
{
    return (unsigned)kind < LEDGER_KIND_COUNT ? kinds[kind].name : "unknown";
}

const char *ledger_kind_meaning(enum ledger_kind kind)
{
    return (unsigned)kind < LEDGER_KIND_COUNT ? kinds[kind].meaning : "";
}

const char *ledger_field_name(enum ledger_field field)
{
    return (unsigned)field < LEDGER_FIELD_COUNT ? fields[field].name : "unknown";
}

const char *ledger_field_meaning(enum ledger_field field)
{
    return (unsigned)field < LEDGER_FIELD_COUNT ? fields[field].meaning : "";
}

bool ledger_kind_has(enum ledger_kind kind, enum ledger_field field)
{
    return (unsigned)kind < LEDGER_KIND_COUNT && (kinds[kind].fields >> field & 1) != 0;
}

bool ledger_field_is_text(enum ledger_field field)
{
    return (unsigned)field < LEDGER_FIELD_COUNT && fields[field].type == FIELD_TEXT;
}

void ledger_leaf_init(struct ledger_leaf *leaf, enum ledger_kind kind, uint64_t time_s)
{
    *leaf = (struct ledger_leaf){.kind = kind};
    leaf->numbers[LEDGER_TIME] = time_s;
}

static void print_text(struct buf *out, struct span text, size_t most)
{
    if (text.len <= most) {
        text_escape(out, text);
        return;
    }
    text_escape(out, span_cut(text, 0, most - sizeof cut_mark + 1));
    buf_text(out, cut_mark);
}

bool ledger_print(const struct ledger_leaf *leaf, struct buf *out)
{
    must((unsigned)leaf->kind < LEDGER_KIND_COUNT);
    size_t begin = out->len;
    buf_print(out, "%s\nkind %s\n", first_line, kinds[leaf->kind].name);
    for (int f = 0; f < LEDGER_FIELD_COUNT; f++) {
        if (!ledger_kind_has(leaf->kind, (enum ledger_field)f))
            continue;
        buf_print(out, "%s ", fields[f].name);
        if (fields[f].type == FIELD_TEXT)
            print_text(out, leaf->texts[f], fields[f].most);
        else if (leaf->numbers[f] == LEDGER_NONE)
            buf_byte(out, '-');
        else
            buf_print(out, "%" PRIu64, leaf->numbers[f]);
        buf_byte(out, '\n');
    }
    must(out->len - begin <= TLOG_ENTRY_MAX); /* ledger.def's sums allow no more */
    return !out->bad;
}

/* What text_escape wrote, back to bytes; false where it would have written something else is left
 * to the caller, who prints again and compares. */
static bool unescape(struct buf *out, struct span text)
{
    struct reader r = reader_of(text);
    while (reader_left(&r)) {
        uint8_t c = reader_u8(&r);
        if (c != '\\') {
            buf_byte(out, c);
            continue;
        }
        uint8_t next = reader_u8(&r);
        if (next == 'x') {
            int high = text_hex_digit(reader_u8(&r)), low = text_hex_digit(reader_u8(&r));
            if (high < 0 || low < 0)
                return false;
            buf_byte(out, (uint8_t)(high << 4 | low));
        } else if (next == '\\') {
            buf_byte(out, '\\');
        } else {
            return false;
        }
    }
    return !r.bad && !out->bad;
}

static bool parse_text(struct span value, struct arena *a, struct span *out)
{
    struct buf b;
    buf_init(&b, TLOG_ENTRY_MAX);
    bool ok = unescape(&b, value);
    if (ok)
        *out = arena_copy(a, buf_get(&b));
    buf_done(&b);
    return ok && out->at;
}

static bool parse_field(struct span line, int f, struct arena *a, struct ledger_leaf *out)
{
    struct span name = span_text(fields[f].name);
    if (!span_starts(line, name) || span_byte(line, name.len) != ' ')
        return false;
    struct span value = span_cut(line, name.len + 1, SIZE_MAX);
    if (fields[f].type == FIELD_TEXT)
        return parse_text(value, a, &out->texts[f]);
    if (span_equal(value, SPAN_OF("-"))) {
        out->numbers[f] = LEDGER_NONE;
        return true;
    }
    return text_u64(value, &out->numbers[f]);
}

static bool parse_kind(struct span line, struct ledger_leaf *out)
{
    for (int k = 0; k < LEDGER_KIND_COUNT; k++) {
        struct span name = span_text(kinds[k].name);
        if (span_starts(line, SPAN_OF("kind ")) && span_equal(span_cut(line, 5, SIZE_MAX), name)) {
            out->kind = (enum ledger_kind)k;
            return true;
        }
    }
    return false;
}

/* There is one right spelling: printing again must give the same bytes. */
static bool is_canonical(const struct ledger_leaf *leaf, struct span bytes)
{
    struct buf b;
    buf_init(&b, 2 * TLOG_ENTRY_MAX);
    bool same = ledger_print(leaf, &b) && span_equal(buf_get(&b), bytes);
    buf_done(&b);
    return same;
}

enum err ledger_parse(struct span bytes, struct arena *a, struct ledger_leaf *out, struct why *why)
{
    struct span rest = bytes, line;
    *out = (struct ledger_leaf){0};
    if (bytes.len > TLOG_ENTRY_MAX || !text_line(&rest, &line) ||
        !span_equal(line, span_text(first_line)))
        return fail(why, ERR_LEDGER, "not a leaf of this version (%s)", first_line);
    if (!text_line(&rest, &line) || !parse_kind(line, out))
        return fail(why, ERR_LEDGER, "a leaf of no known kind");
    for (int f = 0; f < LEDGER_FIELD_COUNT; f++) {
        if (!ledger_kind_has(out->kind, (enum ledger_field)f))
            continue;
        if (!text_line(&rest, &line) || !parse_field(line, f, a, out))
            return fail(why, ERR_LEDGER, "field %s of a %s leaf is missing or malformed",
                        fields[f].name, kinds[out->kind].name);
    }
    if (rest.len || !is_canonical(out, bytes))
        return fail(why, ERR_LEDGER, "a %s leaf in a spelling that nobody writes",
                    kinds[out->kind].name);
    return ERR_NONE;
}
