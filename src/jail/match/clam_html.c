/* HTML as ClamAV's signatures see it. Hostile bytes: the object's. *Observed* with sigtool
 * --html-normalise 1.4.6, form "nocomment": all is lower case; runs of white space are one blank,
 * none behind a tag; <!...> is gone up to the first '>'; character references are replaced by the
 * character, in attributes, too; attributes are parted by one blank (but what touches a value that
 * has white space in it), nothing stands around '=', and 'value' becomes "value"; inside of script
 * and style white space is gone but in strings, whose quotes become double ones. Form "notags": the
 * text alone, a blank for each tag, the values of href and src as they are. */
#include "jail/match/clam_view.h"

#include "common/text.h"

enum { NAME_MAX = 16, REFERENCE_MAX = 12 };

enum state { IN_TEXT, IN_TAG, IN_MARKUP, IN_VALUE, IN_CODE };

struct html {
    struct buf *out;
    bool tags;  /* the form with them */
    bool blank; /* the next white space adds nothing */
    bool space; /* some is due before the next byte */
    enum state state;
    uint8_t quote;          /* of the value or string at hand; 0: none */
    uint8_t name[NAME_MAX]; /* of the tag at hand, lower case */
    uint32_t name_len;
    bool named; /* the name is complete */
    uint8_t attribute[NAME_MAX];
    uint32_t attribute_len;
    bool after_equals;
    bool spaced;  /* the value at hand has white space in it */
    bool wanted;  /* the value at hand goes into the form without tags */
    bool is_code; /* what follows the tag at hand is script or style */
};

static bool is_blank(uint8_t c)
{
    return text_is_space(c) || c == 11 || c == 12;
}

static struct span name_of(const struct html *h)
{
    return span_make(h->name, h->name_len);
}

static void put(struct html *h, uint8_t c)
{
    if (h->space)
        buf_byte(h->out, ' ');
    h->space = false;
    h->blank = false;
    buf_byte(h->out, c);
}

static void put_blank(struct html *h)
{
    if (!h->blank)
        buf_byte(h->out, ' ');
    h->blank = true;
}

/* In values, a run of white space that begins with a tab is one tab. */
static void put_tab(struct html *h)
{
    buf_byte(h->out, '\t');
    h->blank = true;
}

static void open_tag(struct html *h, uint8_t next)
{
    h->state = next == '!' ? IN_MARKUP : IN_TAG;
    h->name_len = h->attribute_len = 0;
    h->named = h->after_equals = h->is_code = h->space = false;
    if (h->tags && h->state == IN_TAG)
        put(h, '<');
    else if (!h->tags)
        put_blank(h);
}

static void close_tag(struct html *h)
{
    bool is_code =
        span_equal(name_of(h), SPAN_OF("script")) || span_equal(name_of(h), SPAN_OF("style"));
    h->space = false;
    if (h->tags && h->state != IN_MARKUP)
        put(h, '>');
    h->blank = h->blank || h->tags;
    h->state = is_code && h->state != IN_MARKUP ? IN_CODE : IN_TEXT;
}

static void begin_value(struct html *h, uint8_t c)
{
    struct span attribute = span_make(h->attribute, h->attribute_len);
    h->state = IN_VALUE;
    h->quote = c == '"' || c == '\'' ? c : 0;
    h->wanted = (span_equal(attribute, SPAN_OF("href")) && span_equal(name_of(h), SPAN_OF("a"))) ||
                (span_equal(attribute, SPAN_OF("src")) && span_equal(name_of(h), SPAN_OF("img")));
    h->after_equals = h->spaced = false;
    h->attribute_len = 0;
    if (h->tags && h->quote)
        put(h, '"');
    else if (h->tags)
        put(h, text_lower(c));
    else if (h->wanted)
        put_blank(h);
    if (!h->tags && h->wanted && !h->quote)
        put(h, c);
}

static void end_value(struct html *h)
{
    if (h->tags && h->quote)
        put(h, '"');
    else if (!h->tags && h->wanted)
        put_blank(h);
    h->state = IN_TAG;
}

static void remember(struct html *h, uint8_t c)
{
    if (!h->named && h->name_len < NAME_MAX)
        h->name[h->name_len++] = c;
    else if (h->named && h->attribute_len < NAME_MAX)
        h->attribute[h->attribute_len++] = c;
}

static void on_tag(struct html *h, uint8_t c)
{
    if (c == '>') {
        close_tag(h);
    } else if (is_blank(c)) {
        h->named = h->named || h->name_len > 0;
        h->space = h->tags && h->named && !h->after_equals;
    } else if (c == '=' && h->named) { /* in a name it is a byte like others */
        h->space = false;
        h->after_equals = true;
        if (h->tags)
            put(h, '=');
    } else if (h->after_equals) {
        begin_value(h, c);
    } else {
        if (h->space)
            h->attribute_len = 0;
        if (h->tags)
            put(h, text_lower(c));
        remember(h, text_lower(c));
    }
}

static void on_value(struct html *h, uint8_t c)
{
    if (h->quote ? c == h->quote : is_blank(c) || c == '>') {
        bool ends_tag = c == '>' && !h->quote;
        end_value(h);
        if (ends_tag)
            close_tag(h);
        else
            h->space = h->tags && !h->spaced;
        return;
    }
    h->spaced = h->spaced || is_blank(c);
    if (!h->tags && !h->wanted)
        return;
    if (is_blank(c) && !h->blank && h->tags && c == '\t')
        put_tab(h);
    else if (is_blank(c))
        put_blank(h);
    else
        put(h, h->tags ? text_lower(c) : c);
}

static void on_text(struct html *h, uint8_t c)
{
    if (is_blank(c))
        put_blank(h);
    else
        put(h, text_lower(c));
}

static void on_code(struct html *h, uint8_t c)
{
    if (h->tags && !is_blank(c))
        put(h, c == '\'' ? '"' : text_lower(c));
}

/* A character reference at `at`: the character, and *len bytes of it; -1: none. */
static int reference(struct span s, size_t at, size_t *len)
{
    static const struct {
        const char *name;
        uint8_t value;
    } names[] = {{"amp", '&'},   {"lt", '<'},    {"gt", '>'},  {"quot", '"'},
                 {"nbsp", 0xa0}, {"copy", 0xa9}, {"reg", 0xae}};
    size_t end = span_find_byte(span_cut(s, at, REFERENCE_MAX), ';', 1);
    struct span name = span_cut(s, at + 1, end == SIZE_MAX ? 0 : end - 1);
    uint64_t value;
    if (end == SIZE_MAX || name.len == 0)
        return -1;
    *len = end + 1;
    if (span_byte(name, 0) == '#') {
        bool hex = (span_byte(name, 1) | 0x20) == 'x';
        struct span digits = span_cut(name, hex ? 2 : 1, SIZE_MAX);
        bool ok = hex ? text_hex_u64(digits, &value) : text_u64(digits, &value);
        return ok && value && value < 256 ? (int)value : -1;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_equal(name, span_text(names[i].name)))
            return names[i].value;
    return -1;
}

/* Whether the tag that ends script or style stands here. */
static bool ends_code(const struct html *h, struct span s, size_t at)
{
    return span_byte(s, at + 1) == '/' &&
           span_equal_nocase(span_cut(s, at + 2, h->name_len), name_of(h));
}

/* White space behind it is dropped. */
static void put_high(struct html *h, uint8_t c)
{
    put(h, c);
    h->blank = true;
}

/* The last byte of a sequence of UTF-8, which comes out as a copy of the one before it. */
static bool ends_sequence(struct span s, size_t at)
{
    uint8_t c = span_byte(s, at), next = span_byte(s, at + 1);
    return at > 0 && c >= 128 && c < 192 && !(next >= 128 && next < 192);
}

/* The character of a reference that is beyond one byte; 0: another, or none. */
static uint64_t wide_reference(struct span text)
{
    static const struct {
        const char *name;
        uint16_t value;
    } names[] = {{"lsquo", 0x2018}, {"rsquo", 0x2019},  {"ldquo", 0x201c},
                 {"rdquo", 0x201d}, {"mdash", 0x2014},  {"ndash", 0x2013},
                 {"bull", 0x2022},  {"hellip", 0x2026}, {"trade", 0x2122}};
    uint64_t value = 0;
    bool hex = (span_byte(text, 1) | 0x20) == 'x';
    struct span digits = span_cut(text, hex ? 2 : 1, SIZE_MAX);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_equal(text, span_text(names[i].name)))
            return names[i].value;
    if (span_byte(text, 0) != '#' ||
        !(hex ? text_hex_u64(digits, &value) : text_u64(digits, &value)))
        return 0;
    return value >= 256 && value <= UINT16_MAX ? value : 0;
}

/* Such a reference is written anew in hexadecimal. */
static bool put_wide_reference(struct html *h, struct span s, size_t *at)
{
    static const char digits[] = "0123456789abcdef";
    size_t end = span_find_byte(span_cut(s, *at, REFERENCE_MAX), ';', 1);
    uint64_t value = end == SIZE_MAX ? 0 : wide_reference(span_cut(s, *at + 1, end - 1));
    if (!value)
        return false;
    for (size_t i = 0; i < 3; i++)
        put(h, (uint8_t) "&#x"[i]);
    for (int shift = 12; shift >= 0; shift -= 4)
        put(h, (uint8_t)digits[value >> shift & 15]);
    put(h, ';');
    *at += end + 1;
    return true;
}

static void one(struct html *h, struct span s, size_t *at)
{
    uint8_t c = span_byte(s, *at);
    size_t len = 1;
    bool in_code = h->state == IN_CODE;
    int value = c == '&' ? reference(s, *at, &len) : -1;
    if (c == '&' && h->tags && h->state == IN_TEXT && put_wide_reference(h, s, at))
        return;
    if (value >= 0)
        c = (uint8_t)value;
    else
        len = 1;
    *at += len;
    if (c == '<' && value < 0 && (h->state == IN_TEXT || (in_code && ends_code(h, s, *at - 1)))) {
        open_tag(h, span_byte(s, *at));
        return;
    }
    switch (h->state) {
    case IN_TEXT:
        if (!h->tags && value < 0 && c >= 128)
            put_high(h, ends_sequence(s, *at - 1) ? span_byte(s, *at - 2) : c);
        else if (h->tags || (value < 0 && c != '&'))
            on_text(h, c);
        else
            put_blank(h);
        break;
    case IN_TAG:
        on_tag(h, c);
        break;
    case IN_MARKUP:
        if (c == '>')
            close_tag(h);
        break;
    case IN_VALUE:
        on_value(h, c);
        break;
    case IN_CODE:
        on_code(h, c);
        break;
    }
}

bool clam_html_make(struct object *o, bool tags, struct buf *out)
{
    struct html h = {.out = out, .tags = tags, .blank = tags};
    for (uint64_t from = 0; from < o->source.size && !out->bad;) {
        struct span view = source_view(&o->source, from, LIMIT_VIEW_BYTES);
        bool is_last = from + view.len == o->source.size;
        size_t at = 0, end = is_last || view.len <= REFERENCE_MAX * 2
                                 ? view.len
                                 : view.len - REFERENCE_MAX * 2;
        if (view.len == 0)
            return false;
        while (at < end)
            one(&h, view, &at);
        from += at;
    }
    return !out->bad;
}
