/* Rows of an audit: reading them from records, and judging them. */
#include "user/audit_rows.h"

#include "common/text.h"

static bool take_want(struct audit_of_rule *row, struct arena *a, unsigned flags, struct span s)
{
    struct reader r = reader_of(s);
    struct audit_want w = {.class = reader_u8(&r), .flags = flags};
    w.tricks = reader_u16le(&r);
    uint16_t len = reader_u16le(&r);
    w.bytes = arena_copy(a, reader_take(&r, len));
    w.meaning = arena_copy(a, reader_rest(&r));
    if (r.bad || row->want_count >= ROW_WORDS_MOST || !w.bytes.at || !w.meaning.at ||
        !arena_grow(a, (void **)&row->wants, &row->want_cap, row->want_count + 1, sizeof w))
        return false;
    row->wants[row->want_count++] = w;
    return true;
}

static void take_numbers(struct audit_of_rule *row, struct span s)
{
    struct reader r = reader_of(s);
    while (reader_left(&r) >= 4 && row->number_count < ROW_NUMBERS_MOST)
        row->numbers[row->number_count++] = reader_u32le(&r);
}

bool audit_rows_take(struct audit_of_rule *row, struct arena *a, const struct record *r,
                     struct span name, struct span items)
{
    struct reader in = reader_of(items);
    *row = (struct audit_of_rule){.name = arena_copy(a, name),
                                  .line = r->file,
                                  .strings = r->object,
                                  .class = r->evidence,
                                  .tricks = r->at,
                                  .code_strings = r->len,
                                  .is_private = (r->flags & 1) != 0};
    while (reader_left(&in) > 0) {
        uint8_t kind = reader_u8(&in), extra = reader_u8(&in);
        uint16_t len = reader_u16le(&in);
        struct span s = reader_take(&in, len);
        if (in.bad)
            return false;
        if (kind == 'S')
            row->space = arena_copy(a, s);
        else if (kind == 'F')
            row->source = arena_copy(a, s);
        else if (kind == 'N')
            take_numbers(row, s);
        else if (kind != 'W' || !take_want(row, a, extra, s))
            return false;
    }
    return row->name.at && row->class <= CLASS_STRONG;
}

static bool has_words(const struct audit_of_rule *row)
{
    for (uint32_t i = 0; i < row->want_count; i++)
        if (row->wants[i].class >= CLASS_PLAIN)
            return true;
    return false;
}

/* Documents decide where they can; tricks that no document can answer are judged by what they are.
 */
enum audit_verdict audit_rows_verdict(const struct audit_of_rule *row)
{
    uint64_t opaque = row->tricks & ~(uint64_t)TRICKS_OPEN;
    if (row->plain_hits > 0)
        return AUDIT_HUNTS;
    switch (row->class) {
    case CLASS_STRONG:
        return AUDIT_HUNTS;
    case CLASS_PLAIN:
        return row->own_hits > 0 || opaque ? AUDIT_HUNTS : AUDIT_UNCLEAR;
    case CLASS_WEAK:
        return AUDIT_UNCLEAR;
    case CLASS_FREE:
        return row->own_hits > 0 || (row->tricks & TRICK_STATISTICS) ? AUDIT_HUNTS : AUDIT_UNCLEAR;
    default:
        return row->own_hits > 0 ? (has_words(row) ? AUDIT_HUNTS : AUDIT_UNCLEAR) : AUDIT_MALWARE;
    }
}

const char *audit_verdict_name(enum audit_verdict v)
{
    static const char *const names[AUDIT_VERDICTS] = {[AUDIT_MALWARE] = "malware",
                                                      [AUDIT_UNCLEAR] = "unclear",
                                                      [AUDIT_HUNTS] = "hunts-documents"};
    return v < AUDIT_VERDICTS ? names[v] : "unknown";
}

static void add(struct buf *out, const char *text)
{
    buf_text(out, "; ");
    buf_text(out, text);
}

void audit_rows_why(const struct audit_of_rule *row, struct buf *out)
{
    static const char *const tricks[TRICKS] = {
        "a hash or checksum of a part of the file hides what is searched for (L5)",
        "it judges by statistics, which every text has (L5)",
        "numbers spell letters (L5)",
        "words are hidden by xor (L5)",
        "words are hidden by base64 (L5)",
        "words are written as a hex string (L3)",
        "words are written as a regular expression (L3)",
        "another rule does the hunting for it (L2)",
        "it asks for file names or owners, not bytes (L4)",
        "words stand backwards or shifted (L5)"};
    static const char *const classes[] = {
        "it asks for something that only code has",
        "nothing that it asks for is missing in a document (L6)",
        "words suffice, but it also lists much code", "words suffice, no code is asked for (L2)",
        "markings, personal data or papers suffice, no code is asked for (L3, L4, L7)"};
    buf_text(out, row->class <= CLASS_STRONG ? classes[row->class] : "");
    if (row->own_hits > 0)
        buf_print(out, "; true of %u of %u documents of prose and its own words", row->own_hits,
                  row->own_docs);
    if (row->plain_hits > 0)
        buf_print(out, "; true of %u of %u documents that hold nothing of it (L6)", row->plain_hits,
                  row->plain_docs);
    for (unsigned i = 0; i < TRICKS && row->class != CLASS_CODE; i++)
        if (row->tricks >> i & 1)
            add(out, tricks[i]);
}
