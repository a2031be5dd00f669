/* Is it text, and what kind? Text is what a person wrote, so a match in it never leaves the
 * machine: the word "script" needs evidence, "text" does not. Mail and uuencode are containers:
 * strict, for a note that begins with "From: me" is none. RFC 5322 section 2.2, RFC 7468, POSIX
 * uuencode. */
#include "jail/object/sniff_text.h"

#include "common/text.h"

enum { LOOK_BYTES = 4096, HEADERS_LEAST = 2 };

static bool is_control(uint8_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\v' &&
            c != '\b' && c != 0x1b && c != 0x1a) ||
           c == 0x7f;
}

/* Bytes that are no UTF-8 are allowed: texts in older encodings are texts. Long sequences of them
 * without one control character are not found in compressed or machine data. */
static bool is_bytes_text(struct span s, bool is_all)
{
    size_t good = 0, bad = 0;
    for (size_t i = 0; i < s.len;) {
        uint8_t c = span_byte(s, i);
        if ((c >= ' ' && c < 0x7f) || c == '\n') { /* most of most texts */
            good++;
            i++;
            continue;
        }
        if (is_control(c))
            return false;
        size_t n = text_utf8(s, i);
        bool is_cut = n == 0 && !is_all && s.len - i < 4;
        good += n > 0 || is_cut;
        bad += n == 0 && !is_cut;
        i += n ? n : 1;
    }
    return bad == 0 || (s.len >= 32 && bad <= good + s.len / 2 + s.len / 3);
}

/* With a byte order mark: mostly units below U+0600, no U+0000, no other control characters. */
static bool is_utf16_text(struct span s)
{
    bool little = span_starts(s, SPAN_OF("\xff\xfe")), big = span_starts(s, SPAN_OF("\xfe\xff"));
    if (!little && !big)
        return false;
    for (size_t i = 2; i + 1 < s.len; i += 2) {
        uint8_t low = span_byte(s, little ? i : i + 1), high = span_byte(s, little ? i + 1 : i);
        if (high == 0 && (low == 0 || is_control(low)))
            return false;
    }
    return true;
}

static struct span skip_space(struct span s)
{
    size_t i = 0;
    while (i < s.len && text_is_space(span_byte(s, i)))
        i++;
    return span_cut(s, i, SIZE_MAX);
}

static bool starts(struct span s, const char *text)
{
    struct span want = span_text(text);
    return span_equal_nocase(span_cut(s, 0, want.len), want);
}

/* `text` anywhere near the beginning, ignoring case. */
static bool contains(struct span s, const char *text)
{
    struct span want = span_text(text);
    struct span look = span_cut(s, 0, LOOK_BYTES);
    for (size_t i = 0; i + want.len <= look.len; i++)
        if (span_equal_nocase(span_cut(look, i, want.len), want))
            return true;
    return false;
}

static bool starts_any(struct span s, const char *const *list)
{
    for (size_t i = 0; list[i]; i++)
        if (starts(s, list[i]))
            return true;
    return false;
}

static const char *const html_openings[] = {
    "<!doctype html", "<html", "<head",   "<body",  "<script", "<iframe", "<title", "<table",
    "<div",           "<meta", "<a href", "<style", "<p>",     "<br",     "<h1",    "<font",
    "<img",           NULL,
};

/* Words that a program begins with and a sentence does not. */
static const char *const script_openings[] = {
    "#!",
    "<?php",
    "<?=",
    "<%",
    "@echo ",
    "@if ",
    "@set ",
    "on error resume next",
    "option explicit",
    "attribute vb_name",
    "#requires",
    "$erroractionpreference",
    "param(",
    "'use strict'",
    "\"use strict\"",
    "(function",
    "!function",
    "wscript.",
    "$psscriptroot",
    "powershell ",
    "invoke-expression",
    "iex ",
    "eval(",
    "set-strictmode",
    "import-module ",
    "javascript:",
    "jscript.encode",
    "#@~^",
    NULL,
};

/* "var x =", "function f(", "from os import": a word, a name, then what only a program has. */
struct shape {
    const char *word;
    const char *then; /* must stand on the same line */
};

static const struct shape shapes[] = {
    {"var ", "="},
    {"let ", "="},
    {"const ", "="},
    {"function ", "("},
    {"import ", ";"},
    {"from ", " import "},
    {"def ", "):"},
    {"class ", ":"},
    {"package ", ";"},
    {"using ", ";"},
    {"sub ", "("},
    {"dim ", " as "},
    {"set ", "=createobject("},
    {"set ", "= createobject("},
    {"$", " = "},
};

static bool is_script(struct span s)
{
    if (starts_any(s, script_openings))
        return true;
    size_t end = span_find_byte(span_cut(s, 0, LOOK_BYTES), '\n', 0);
    struct span line = span_cut(s, 0, end == SIZE_MAX ? LOOK_BYTES : end);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (starts(line, shapes[i].word) && contains(line, shapes[i].then))
            return true;
    return false;
}

/* Comments and processing instructions say nothing yet. */
static struct span skip_comments(struct span s)
{
    for (int i = 0; i < 16 && starts(s, "<!--"); i++) {
        size_t end = span_find(span_cut(s, 0, LOOK_BYTES), SPAN_OF("-->"), 0);
        if (end == SIZE_MAX)
            return s;
        s = skip_space(span_cut(s, end + 3, SIZE_MAX));
    }
    return s;
}

static enum object_type markup(struct span s)
{
    struct span inner = skip_comments(s);
    if (starts_any(inner, html_openings))
        return TYPE_HTML;
    if (starts(inner, "<?xml"))
        return contains(inner, "<html") ? TYPE_HTML : TYPE_XML;
    if (starts(s, "<!--"))
        return contains(s, "<html") || contains(s, "<script") ? TYPE_HTML : TYPE_XML;
    if (starts(inner, "<!doctype ") || starts(inner, "<svg") || starts(inner, "<rss"))
        return TYPE_XML;
    return TYPE_DATA;
}

/* Fields that a mail has and a note has not. */
static const char *const mail_fields[] = {
    "received:",
    "message-id:",
    "mime-version:",
    "return-path:",
    "delivered-to:",
    "from:",
    "to:",
    "subject:",
    "date:",
    "content-type:",
    "x-",
    "reply-to:",
    "content-transfer-encoding:",
    "dkim-signature:",
    NULL,
};

/* Length of "Name:" at the beginning of a line, or 0. */
static size_t field_name(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = span_byte(line, i);
        if (c == ':')
            return i;
        if (c <= ' ' || c >= 0x7f)
            return 0;
    }
    return 0;
}

/* Header lines up to an empty one; at least two of the known fields and nothing that is no field.
 */
static bool is_mail(struct span s)
{
    if (starts(s, "From ") && contains(s, "\nfrom:")) /* mbox */
        s = span_cut(s, span_find_byte(s, '\n', 0) + 1, SIZE_MAX);
    unsigned known = 0, lines = 0;
    struct span rest = span_cut(s, 0, LOOK_BYTES * 4);
    while (rest.len > 0) {
        size_t end = span_find_byte(rest, '\n', 0);
        struct span line = span_cut(rest, 0, end);
        uint8_t c = span_byte(line, 0);
        if (line.len == 0 || c == '\r')
            break;
        bool is_folded = lines > 0 && (c == ' ' || c == '\t');
        if (!is_folded && field_name(line) == 0)
            return false;
        known += !is_folded && starts_any(line, mail_fields);
        lines++;
        rest = end == SIZE_MAX ? (struct span){NULL, 0} : span_cut(rest, end + 1, SIZE_MAX);
    }
    return known >= HEADERS_LEAST && (contains(s, "\nfrom:") || starts(s, "from:") ||
                                      contains(s, "mime-version:") || contains(s, "received:"));
}

/* "begin 644 name", a line whose first character tells its length, or yEnc's first line. */
static bool is_uuencode(struct span s)
{
    if (starts(s, "=ybegin ") && contains(s, "size="))
        return true;
    if (!span_starts(s, SPAN_OF("begin ")) && !span_starts(s, SPAN_OF("begin-base64 ")))
        return false;
    struct span mode = span_cut(s, span_find_byte(s, ' ', 0) + 1, 4);
    for (size_t i = 0; i < 3; i++)
        if (span_byte(mode, i) < '0' || span_byte(mode, i) > '7')
            return false;
    size_t end = span_find_byte(span_cut(s, 0, LOOK_BYTES), '\n', 0);
    return (span_byte(mode, 3) == ' ' || text_is_digit(span_byte(mode, 3))) && end != SIZE_MAX;
}

enum object_type sniff_text_type(struct span head, bool is_all)
{
    if (is_utf16_text(head))
        return TYPE_TEXT;
    struct span s = span_starts(head, SPAN_OF("\xef\xbb\xbf")) ? span_cut(head, 3, SIZE_MAX) : head;
    s = skip_space(s);
    if (span_starts(s, SPAN_OF("#!")) && span_starts(head, SPAN_OF("#!")))
        return TYPE_SCRIPT; /* with a payload behind it, too: the kernel runs it */
    enum object_type type = markup(s);
    if (type != TYPE_DATA)
        return type;
    if (starts(s, "<?php"))
        return TYPE_SCRIPT;
    if (!is_bytes_text(head, is_all))
        return TYPE_DATA;
    if (span_starts(s, SPAN_OF("-----BEGIN ")))
        return TYPE_PEM;
    if (is_uuencode(s))
        return TYPE_UUENCODE;
    if (is_mail(s))
        return TYPE_MAIL;
    return is_script(s) ? TYPE_SCRIPT : TYPE_TEXT;
}
