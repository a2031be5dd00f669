/* Texts as ClamAV's signatures see them. Hostile bytes: the object's. *Observed* with clamscan and
 * sigtool 1.4.6:
 *   - text is lower-cased, each run of white space (9 to 13, 32) one blank, other bytes below 32
 * and above 127 left out; targets 7 and 0 see that, 0 sees the bytes, too
 *   - a file is text when its first 1024 bytes hold only 7 to 13 (but 11), 27, 32 to 126 and 128 to
 *     255, or when none of their 16-bit big-endian units is another one below 128, or 0xfffe
 *   - of HTML only what is made of it is seen, by target 0, too, when a mark such as <html> stands
 * in the first 1024 bytes; when one stands behind them, the bytes are seen as well */
#include "jail/match/clam_view.h"

#include "common/text.h"
#include "jail/match/clam_office.h"

enum { HEAD_BYTES = 1024, FOLD_BYTES = 2048 };

static bool is_texty(uint8_t c)
{
    return (c >= 7 && c <= 13 && c != 11) || c == 27 || (c >= 32 && c != 127);
}

static bool is_narrow(struct span head)
{
    for (size_t i = 0; i < head.len; i++)
        if (!is_texty(span_byte(head, i)))
            return false;
    return true;
}

static bool is_units(struct span head)
{
    for (size_t i = 0; i + 1 < head.len; i += 2) {
        unsigned unit = (unsigned)(span_byte(head, i) << 8 | span_byte(head, i + 1));
        if (unit == 0xfffe || (unit < 128 && !is_texty((uint8_t)unit)))
            return false;
    }
    return true;
}

static bool is_text(struct span head)
{
    bool is_little = span_starts(head, SPAN_OF("\xff\xfe"));
    return head.len > 0 && (is_narrow(head) || is_little || is_units(head));
}

/* Marks that make a text HTML; ClamAV knows some in fewer spellings than we. */
static const char *const marks[] = {"<html>",  "<head>", "<iframe", "<img",
                                    "<object", "<table", "<script", "<a "};

/* Place of the first mark at or after `from`; SIZE_MAX: none. */
static size_t find_mark(struct span s, size_t from)
{
    for (size_t at = from; (at = span_find_byte(s, '<', at)) != SIZE_MAX; at++)
        for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
            struct span mark = span_text(marks[i]);
            if (!span_equal_nocase(span_cut(s, at, mark.len), mark))
                continue;
            struct span rest = span_cut(s, at, 300);
            if (mark.len > 3 || span_find(rest, SPAN_OF("href"), 3) != SIZE_MAX ||
                span_find(rest, SPAN_OF("HREF"), 3) != SIZE_MAX ||
                span_find(rest, SPAN_OF("Href"), 3) != SIZE_MAX)
                return at;
        }
    return SIZE_MAX;
}

static bool has_mark(struct source *s)
{
    for (uint64_t at = 0; at < s->size;) {
        struct span view = source_view(s, at, LIMIT_VIEW_BYTES);
        if (find_mark(view, 0) != SIZE_MAX)
            return true;
        if (view.len == 0 || at + view.len == s->size)
            return false;
        at += view.len > HEAD_BYTES ? view.len - HEAD_BYTES : view.len;
    }
    return false;
}

/* Types that are told by their first bytes before anybody asks whether they are text. */
static bool may_be_text(enum object_type type)
{
    switch (type) {
    case TYPE_DATA:
    case TYPE_TEXT:
    case TYPE_SCRIPT:
    case TYPE_HTML:
    case TYPE_XML:
    case TYPE_MAIL:
    case TYPE_PEM:
        return true;
    default:
        return false;
    }
}

unsigned clam_sees(struct object *o)
{
    if (o->type == TYPE_ZIP)
        o->office = (uint8_t)clam_office_of(&o->source);
    if (!may_be_text(o->type) || o->told_target)
        return CLAM_SEES_RAW;
    struct span head = source_view(&o->source, 0, HEAD_BYTES);
    if (!is_text(head))
        return CLAM_SEES_RAW;
    if (o->type == TYPE_MAIL)
        return CLAM_SEES_RAW | CLAM_SEES_TEXT;
    if (find_mark(head, 0) != SIZE_MAX)
        return CLAM_SEES_HTML;
    return CLAM_SEES_RAW | (has_mark(&o->source) ? CLAM_SEES_HTML : CLAM_SEES_TEXT);
}

/* What each byte becomes: 0 is left out, ' ' is white space. */
static void spell_folds(uint8_t folds[256])
{
    for (uint32_t c = 0; c < 256; c++) {
        bool is_blank = text_is_space((uint8_t)c) || c == 11 || c == 12;
        folds[c] = is_blank ? ' ' : c >= 32 && c < 128 ? text_lower((uint8_t)c) : 0;
    }
}

/* *blank: whether the last byte written was a blank; what is left out does not part two. */
static void fold(struct span s, const uint8_t folds[256], bool *blank, struct buf *out)
{
    uint8_t made[FOLD_BYTES];
    uint32_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = folds[span_byte(s, i)];
        bool is_blank = c == ' ';
        made[n] = c; /* kept only when the next line moves past it */
        n += c != 0 && !(is_blank && *blank);
        *blank = c ? is_blank : *blank;
        if (n < FOLD_BYTES)
            continue;
        buf_put(out, made, n);
        n = 0;
    }
    buf_put(out, made, n);
}

static bool make_text(struct object *o, struct buf *out)
{
    bool blank = false;
    uint8_t folds[256];
    spell_folds(folds);
    for (uint64_t at = 0; at < o->source.size && !out->bad;) {
        struct span view = source_view(&o->source, at, LIMIT_VIEW_BYTES);
        if (view.len == 0)
            return false;
        fold(view, folds, &blank, out);
        at += view.len;
    }
    return !out->bad;
}

bool clam_view_make(struct object *o, enum clam_form form, struct buf *out)
{
    if (form == CLAM_FORM_TEXT)
        return make_text(o, out);
    return clam_html_make(o, form == CLAM_FORM_NOCOMMENT, out);
}
