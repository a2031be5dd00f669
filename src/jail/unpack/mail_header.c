/* Fields of a mail's header. An attacker typed every byte. */
#include "jail/unpack/mail_header.h"

#include "common/text.h"

#include <string.h>

enum { VALUE_MOST = 8192 };

/* One field, unfolded. */
struct field {
    struct span name; /* borrowed from the view */
    char value[VALUE_MOST];
    size_t len;
};

struct header_reader {
    struct mail_header *out;
    struct field field;
    bool has_type, has_coding;
};

/* --- words of a value --- */

/* White space and comments, which nest. */
static struct span skip_comments(struct span s)
{
    unsigned depth = 0;
    size_t i = 0;
    for (; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (c == '\\' && depth > 0)
            i++;
        else if (depth == 0 && !text_is_space(c))
            break;
    }
    return span_cut(s, i < s.len ? i : s.len, SIZE_MAX);
}

static bool is_word(uint8_t c)
{
    return c > ' ' && c != ';' && c != '(' && c != ')' && c != '"' && c != '=';
}

static struct span take_word(struct span *rest)
{
    size_t n = 0;
    *rest = skip_comments(*rest);
    while (n < rest->len && is_word(span_byte(*rest, n)))
        n++;
    struct span word = span_cut(*rest, 0, n);
    *rest = span_cut(*rest, n, SIZE_MAX);
    return word;
}

static void append(char *to, size_t room, size_t *len, uint8_t c)
{
    if (*len + 1 < room && c != 0)
        to[(*len)++] = (char)c;
    to[*len] = 0;
}

static void copy_lower(char *to, size_t room, struct span word)
{
    size_t len = 0;
    to[0] = 0;
    for (size_t i = 0; i < word.len; i++)
        append(to, room, &len, text_lower(span_byte(word, i)));
}

/* --- parameters: name=value, name="value", RFC 2231's name*0*=charset'language'%41 --- */

/* A value into `to`, behind the `len` bytes there. Cuts it off *rest. */
static void take_value(struct span *rest, bool is_percent, char *to, size_t room, size_t *len)
{
    *rest = skip_comments(*rest);
    bool is_quoted = span_byte(*rest, 0) == '"';
    size_t i = is_quoted;
    for (; i < rest->len; i++) {
        uint8_t c = span_byte(*rest, i);
        if (is_quoted ? c == '"' : c == ';' || text_is_space(c))
            break;
        int high = text_hex_digit(span_byte(*rest, i + 1)),
            low = text_hex_digit(span_byte(*rest, i + 2));
        if (is_quoted && c == '\\' && i + 1 < rest->len) {
            c = span_byte(*rest, ++i);
        } else if (is_percent && c == '%' && high >= 0 && low >= 0) {
            c = (uint8_t)(high * 16 + low);
            i += 2;
        }
        append(to, room, len, c);
    }
    *rest = span_cut(*rest, i + (is_quoted ? 1 : 0), SIZE_MAX);
}

/* The charset and language in front of an extended value are of no use here. */
static void drop_charset(char *value, size_t *len)
{
    char *second = strchr(value, '\'');
    second = second ? strchr(second + 1, '\'') : NULL;
    if (!second)
        return;
    *len = strlen(second + 1);
    memmove(value, second + 1, *len + 1);
}

/* All pieces of the parameter `name`, in the order in which they stand. False: there is none. */
static bool find_parameter(struct span value, const char *name, char *to, size_t room)
{
    struct span want = span_text(name), rest = value;
    size_t len = 0, semicolon;
    bool found = false;
    to[0] = 0;
    while ((semicolon = span_find_byte(rest, ';', 0)) != SIZE_MAX) {
        rest = span_cut(rest, semicolon + 1, SIZE_MAX);
        struct span word = take_word(&rest);
        rest = skip_comments(rest);
        if (span_byte(rest, 0) != '=')
            continue;
        rest = span_cut(rest, 1, SIZE_MAX);
        struct span tail = span_cut(word, want.len, SIZE_MAX);
        bool is_ours = span_equal_nocase(span_cut(word, 0, want.len), want) &&
                       (tail.len == 0 || span_byte(tail, 0) == '*');
        bool is_extended = tail.len > 0 && span_byte(tail, tail.len - 1) == '*';
        char nowhere[1];
        size_t none = 0;
        if (!is_ours || (found && tail.len < 2)) { /* the first of two stands */
            take_value(&rest, false, nowhere, sizeof nowhere, &none);
            continue;
        }
        take_value(&rest, is_extended, to, room, &len);
        if (is_extended && !found)
            drop_charset(to, &len);
        found = true;
    }
    return found;
}

/* --- the fields that matter --- */

static void on_type(struct header_reader *r, struct span value)
{
    struct mail_header *h = r->out;
    struct span rest = value;
    h->is_twice = h->is_twice || r->has_type;
    if (r->has_type)
        return;
    r->has_type = true;
    copy_lower(h->media, sizeof h->media, take_word(&rest));
    (void)find_parameter(value, "boundary", h->boundary, sizeof h->boundary);
    size_t len = strlen(h->boundary);
    while (len > 0 && text_is_space((uint8_t)h->boundary[len - 1]))
        h->boundary[--len] = 0;
    if (!h->name[0])
        (void)find_parameter(value, "name", h->name, sizeof h->name);
    struct span media = span_text(h->media);
    h->is_partial = span_equal(media, SPAN_OF("message/partial")) ||
                    span_equal(media, SPAN_OF("message/external-body"));
    h->is_encrypted = span_equal(media, SPAN_OF("multipart/encrypted"));
    if (span_equal(media, SPAN_OF("application/pkcs7-mime")) ||
        span_equal(media, SPAN_OF("application/x-pkcs7-mime"))) {
        char kind[32];
        h->is_closed = find_parameter(value, "smime-type", kind, sizeof kind) &&
                       (span_equal_nocase(span_text(kind), SPAN_OF("signed-data")) ||
                        span_equal_nocase(span_text(kind), SPAN_OF("compressed-data")));
        h->is_encrypted = !h->is_closed;
    }
}

static const struct {
    const char *word;
    enum mail_coding coding;
} codings[] = {
    {"7bit", MAIL_PLAIN},    {"8bit", MAIL_PLAIN},    {"binary", MAIL_PLAIN},
    {"", MAIL_PLAIN},        {"base64", MAIL_BASE64}, {"quoted-printable", MAIL_QUOTED},
    {"x-uuencode", MAIL_UU}, {"uuencode", MAIL_UU},   {"x-uue", MAIL_UU},
    {"x-uu", MAIL_UU},       {"uue", MAIL_UU},        {"x-yencode", MAIL_YENC},
    {"yenc", MAIL_YENC},     {"x-yenc", MAIL_YENC},   {"7-bit", MAIL_PLAIN},
    {"8-bit", MAIL_PLAIN},   {"none", MAIL_PLAIN},    {"quotedprintable", MAIL_QUOTED},
    {"7bits", MAIL_PLAIN},   {"8bits", MAIL_PLAIN},   {"base-64", MAIL_BASE64},
};

static void on_coding(struct header_reader *r, struct span value)
{
    struct mail_header *h = r->out;
    struct span rest = value;
    h->is_twice = h->is_twice || r->has_coding;
    if (r->has_coding)
        return;
    r->has_coding = true;
    h->coding = MAIL_UNKNOWN;
    rest = skip_comments(rest);
    if (span_byte(rest, 0) == '"') /* "base64", quoted: read by several programs */
        rest = span_cut(rest, 1, SIZE_MAX);
    copy_lower(h->coding_word, sizeof h->coding_word, take_word(&rest));
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++)
        if (span_equal(span_text(h->coding_word), span_text(codings[i].word)))
            h->coding = codings[i].coding;
}

static void on_disposition(struct header_reader *r, struct span value)
{
    char name[MAIL_NAME_MOST + 1];
    if (find_parameter(value, "filename", name, sizeof name) && name[0])
        memcpy(r->out->name, name, sizeof name);
}

static const struct {
    const char *name;
    void (*run)(struct header_reader *r, struct span value);
} fields[] = {
    {"content-type", on_type},
    {"content-transfer-encoding", on_coding},
    {"content-disposition", on_disposition},
};

static void end_field(struct header_reader *r)
{
    struct span value = span_make(r->field.value, r->field.len);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (span_equal_nocase(r->field.name, span_text(fields[i].name)))
            fields[i].run(r, value);
    r->field.name = (struct span){NULL, 0};
    r->field.len = 0;
}

static void add_value(struct field *f, struct span text)
{
    size_t room = sizeof f->value - f->len, n = text.len < room ? text.len : room;
    if (f->name.len == 0 || n == 0)
        return;
    memcpy(f->value + f->len, text.at, n);
    f->len += n;
}

/* --- lines --- */

/* "Name:" with white space before the colon, as some programs write and all read. SIZE_MAX: no
 * field. */
static size_t find_colon(struct span line)
{
    bool is_over = false;
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = span_byte(line, i);
        if (c == ':')
            return i > 0 ? i : SIZE_MAX;
        is_over = is_over || c == ' ' || c == '\t';
        if (c < ' ' ? c != '\t' : c >= 0x7f || (is_over && c != ' '))
            return SIZE_MAX;
    }
    return SIZE_MAX;
}

/* False: the header ended with the line before this one. */
static bool on_line(struct header_reader *r, struct span line)
{
    uint8_t first = span_byte(line, 0);
    if (first == ' ' || first == '\t') {
        add_value(&r->field, line);
        return true;
    }
    size_t colon = find_colon(line);
    bool is_envelope = span_starts(line, SPAN_OF("From ")) || span_starts(line, SPAN_OF(">From "));
    if (colon == SIZE_MAX && !is_envelope)
        return false;
    end_field(r);
    if (is_envelope && (colon == SIZE_MAX || colon > 5))
        return true;
    r->field.name = text_trim(span_cut(line, 0, colon));
    add_value(&r->field, span_cut(line, colon + 1, SIZE_MAX));
    return true;
}

/* All lines of `view`, which begins at `at`. True: the header's end was met. */
static bool read_lines(struct header_reader *r, struct span view, uint64_t at)
{
    struct span rest = view, line;
    *r->out = (struct mail_header){.coding = MAIL_PLAIN, .body_at = at};
    r->has_type = r->has_coding = false;
    r->field.name = (struct span){NULL, 0};
    r->field.len = 0;
    bool is_over = false;
    while (!is_over && rest.len > 0) {
        struct span before = rest;
        (void)text_line(&rest, &line);
        is_over = line.len == 0 || !on_line(r, line);
        r->out->body_at = at + (view.len - (is_over && line.len > 0 ? before.len : rest.len));
    }
    end_field(r);
    return is_over;
}

bool mail_header_read(struct unpack *u, uint64_t at, uint64_t end, struct mail_header *out)
{
    struct header_reader r = {.out = out};
    uint64_t most = end - at < MAIL_HEADER_MOST ? end - at : MAIL_HEADER_MOST;
    struct span view = unpack_look(u, at, at + most);
    bool is_over = read_lines(&r, view, at);
    if (!is_over && view.len < most) { /* it goes on in the next stretch */
        view = source_view(&u->object->source, at, most);
        is_over = read_lines(&r, view, at);
    }
    (void)unpack_steps(u, out->body_at - at + 1);
    if (is_over || at + view.len >= end)
        return true;
    unpack_gap(u, GAP_DAMAGED, at, "a header longer than any header");
    return false;
}
