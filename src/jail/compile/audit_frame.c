/* Frames of documents. The texts are strangers'. Names: RFC 5322, 3.6; RTF 1.9.1, "Information
 * Group"; ISO 32000-1, 14.3.3; ECMA-376 part 2, 11; HTML. */
#include "jail/compile/audit_frame.h"

#include "common/text.h"

static const struct {
    const char *opens; /* lower case */
    enum audit_frame frame;
} frames[] = {
    {"from:", FRAME_PERSON},
    {"to:", FRAME_PERSON},
    {"cc:", FRAME_PERSON},
    {"bcc:", FRAME_PERSON},
    {"sender:", FRAME_PERSON},
    {"reply-to:", FRAME_PERSON},
    {"return-path:", FRAME_PERSON},
    {"delivered-to:", FRAME_PERSON},
    {"subject:", FRAME_TEXT},
    {"content-disposition: attachment; filename=", FRAME_FILE},
    {"attachment; filename=", FRAME_FILE},
    {"filename=", FRAME_FILE},
    {"\\author ", FRAME_PERSON},
    {"\\operator ", FRAME_PERSON},
    {"\\manager ", FRAME_PERSON},
    {"\\title ", FRAME_TEXT},
    {"\\subject ", FRAME_TEXT},
    {"\\company ", FRAME_TEXT},
    {"\\keywords ", FRAME_TEXT},
    {"\\doccomm ", FRAME_TEXT},
    {"/author", FRAME_PERSON},
    {"/title", FRAME_TEXT},
    {"/subject", FRAME_TEXT},
    {"/keywords", FRAME_TEXT},
    {"<dc:creator>", FRAME_PERSON},
    {"<cp:lastmodifiedby>", FRAME_PERSON},
    {"<meta:initial-creator>", FRAME_PERSON},
    {"<author>", FRAME_PERSON},
    {"<o:author>", FRAME_PERSON},
    {"<o:lastauthor>", FRAME_PERSON},
    {"<manager>", FRAME_PERSON},
    {"<company>", FRAME_TEXT},
    {"<dc:title>", FRAME_TEXT},
    {"<dc:subject>", FRAME_TEXT},
    {"<cp:keywords>", FRAME_TEXT},
    {"<title>", FRAME_TEXT},
    {"<h1>", FRAME_TEXT},
    {"<h2>", FRAME_TEXT},
    {"<h3>", FRAME_TEXT},
    {"<p>", FRAME_TEXT},
    {"<b>", FRAME_TEXT},
    {"<td>", FRAME_TEXT},
    {"<li>", FRAME_TEXT},
    {"<w:t>", FRAME_TEXT},
    {"<a:t>", FRAME_TEXT},
    {"<t>", FRAME_TEXT},
    {"<text:p>", FRAME_TEXT},
    {"fn:", FRAME_PERSON}, /* vCard */
    {"summary:", FRAME_TEXT},
};

enum { FRAMES_MOST = 4 }; /* inside each other */

static bool starts_nocase(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_equal_nocase(span_cut(s, 0, prefix.len), prefix);
}

/* Marks that open a value: blanks, a parenthesis, a quote. */
static struct span skip_marks(struct span s)
{
    size_t i = 0;
    while (i < s.len && span_find_byte(SPAN_OF(" \t(\"<"), span_byte(s, i), 0) != SIZE_MAX)
        i++;
    return span_cut(s, i, SIZE_MAX);
}

static struct span drop_end(struct span s)
{
    size_t close = span_find_last(s, SPAN_OF("</"));
    if (close != SIZE_MAX && close > 0 && span_byte(s, s.len - 1) == '>')
        s = span_cut(s, 0, close);
    while (s.len > 0 &&
           span_find_byte(SPAN_OF(" \t\r\n)\">}"), span_byte(s, s.len - 1), 0) != SIZE_MAX)
        s.len--;
    return s;
}

enum audit_frame audit_unframe(struct span *text)
{
    enum audit_frame met = FRAME_NONE;
    for (unsigned round = 0; round < FRAMES_MOST; round++) {
        bool found = false;
        for (size_t i = 0; i < sizeof frames / sizeof frames[0] && !found; i++) {
            struct span opens = span_text(frames[i].opens);
            if (!starts_nocase(*text, opens))
                continue;
            struct span inner = drop_end(skip_marks(span_cut(*text, opens.len, SIZE_MAX)));
            if (inner.len < 3)
                return met;
            *text = inner;
            met = frames[i].frame > met ? frames[i].frame : met;
            found = true;
        }
        if (!found)
            return met;
    }
    return met;
}

bool audit_is_document_name(struct span text)
{
    static const char *const endings[] = {".docx", ".doc", ".odt", ".rtf",  ".pdf",
                                          ".xlsx", ".xls", ".ods", ".pptx", ".ppt",
                                          ".odp",  ".eml", ".msg", ".pst",  ".csv"};
    bool is_document = false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct span end = span_text(endings[i]);
        is_document =
            is_document || (text.len > end.len + 2 &&
                            span_equal_nocase(span_cut(text, text.len - end.len, end.len), end));
    }
    for (size_t i = 0; i < text.len && is_document; i++) {
        uint8_t c = span_byte(text, i);
        is_document =
            text_is_alnum(c) || c >= 0x80 || span_find_byte(SPAN_OF(" ._-()"), c, 0) != SIZE_MAX;
    }
    return is_document;
}

bool audit_is_store(struct span bytes)
{
    static const struct {
        const char *head;
        uint8_t len;
    } stores[] = {
        {"\x03\xd9\xa2\x9a", 4}, /* KeePass */
        {"\xfe\xed\xfe\xed", 4}, /* Java's key store */
        {"\xce\xce\xce\xce", 4}, /* the same, JCEKS */
        {"LUKS\xba\xbe", 6},     /* an encrypted disk */
        {"!BDN", 4},             /* Outlook's folders */
        {"\x00\x05\x31\x62", 4}, /* Berkeley DB, as wallets are */
        {"\x1a\x00\x00\x04", 4}, /* Notes */
        {"PuTTY-User-Key-File", 19},
        {"PWS3", 4}, /* Password Safe */
    };
    for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++)
        if (span_starts(bytes, span_make(stores[i].head, stores[i].len)) &&
            bytes.len <= 32) /* longer ones are code that happens to begin so */
            return true;
    return false;
}
