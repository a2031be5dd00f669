/* Mail: a message or a mailbox of many (mbox). Its parts come out decoded, in the order in which
 * they stand; messages inside messages are walked through in place, for their parts are all that is
 * wanted. An attacker typed every byte, and mail programs forgive much: so does this. Format: RFC
 * 5322, RFC 2045, RFC 2046, 5.1; mbox: RFC 4155. */
#include "common/text.h"
#include "jail/unpack/decode_text.h"
#include "jail/unpack/formats.h"
#include "jail/unpack/mail_header.h"

#include <stdio.h>
#include <string.h>

enum {
    NESTED_MOST = 64, /* multiparts inside each other */
    KEPT = 4,         /* of them, from one message of a mailbox to the next */
    LINE_LOOK = MAIL_BOUNDARY_MOST + 64,
};

enum phase {
    PHASE_MESSAGE, /* the next message of a mailbox, or the only one */
    PHASE_HEADER,
    PHASE_BOUNDARY, /* what comes next begins behind a boundary */
    PHASE_BLOCKS,   /* text that was given: does it hold uuencoded blocks? */
};

struct boundary {
    uint16_t len;
    bool was_met;
    char text[MAIL_BOUNDARY_MOST];
};

struct state {
    enum phase phase;
    uint64_t at;
    uint64_t end;         /* of the message at hand */
    uint64_t messages_at; /* where the next message is looked for */
    uint64_t blocks_at, blocks_end;
    unsigned parts;
    unsigned depth; /* open multiparts */
    struct mail_header header;
    struct boundary open[NESTED_MOST];
};

/* A line that begins with "--": is it a boundary of an open multipart? */
struct found {
    uint64_t at, after; /* the line, and what follows it */
    unsigned level;
    bool is_last; /* "--boundary--" */
};

static bool mail_open(struct unpack *u, void *state)
{
    (void)u;
    (void)state;
    return true;
}

/* --- boundaries --- */

static bool is_blank(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!text_is_space(span_byte(s, i)))
            return false;
    return true;
}

static bool is_of_level(const struct boundary *b, struct span line, bool *is_last)
{
    struct span rest = span_cut(line, 2, SIZE_MAX), text = span_make(b->text, b->len);
    if (!span_starts(rest, text))
        return false;
    rest = span_cut(rest, b->len, SIZE_MAX);
    *is_last = span_starts(rest, SPAN_OF("--"));
    return is_blank(span_cut(rest, *is_last ? 2 : 0, SIZE_MAX));
}

/* The innermost that fits. */
static bool is_boundary(const struct state *s, struct span line, struct found *f)
{
    for (unsigned i = s->depth; i > 0; i--)
        if (is_of_level(&s->open[i - 1], line, &f->is_last)) {
            f->level = i - 1;
            return true;
        }
    return false;
}

/* Does the line of `view` at `line` begin one? A line that is not whole in the view does when all
 * that is seen of it is the boundary and blanks. */
static bool try_line(const struct state *s, struct span view, size_t line, bool is_all,
                     struct found *f)
{
    struct span rest = span_cut(view, line, LINE_LOOK);
    size_t lf = span_find_byte(rest, '\n', 0);
    bool is_enough = lf != SIZE_MAX || rest.len == LINE_LOOK || is_all;
    if (!is_enough || !span_starts(rest, SPAN_OF("--")) ||
        !is_boundary(s, span_cut(rest, 0, lf), f))
        return false;
    f->at = line;
    f->after = line + (lf == SIZE_MAX ? rest.len : lf + 1);
    return true;
}

/* In one stretch; `from` is where to look for the next line, `line` one that begins here or
 * SIZE_MAX. False: not there; *next is where the next stretch begins. */
static bool search_view(const struct state *s, struct span view, size_t line, bool is_all,
                        struct found *f, size_t *next)
{
    for (size_t from = 0;;) {
        if (line != SIZE_MAX && try_line(s, view, line, is_all, f))
            return true;
        size_t lf = span_find(view, SPAN_OF("\n--"), from);
        if (lf == SIZE_MAX) {
            *next = is_all || view.len <= 2 ? view.len : view.len - 2;
            return false;
        }
        if (!is_all && lf > 0 && view.len - lf <= LINE_LOOK) {
            *next = lf; /* so that it is seen whole, in a view that begins with its line feed */
            return false;
        }
        line = from = lf + 1;
    }
}

/* The first boundary of any open multipart in [from, end); `from` is the beginning of a line. */
static bool find_boundary(struct unpack *u, const struct state *s, uint64_t from, struct found *f)
{
    size_t line = 0, next = 0;
    for (uint64_t at = from; at < s->end && s->depth > 0; at += next) {
        struct span view = unpack_look(u, at, s->end);
        if (view.len < 2 * LINE_LOOK && at + view.len < s->end) /* the end of a stretch */
            view = source_view(&u->object->source, at,
                               s->end - at < 4 * LINE_LOOK ? s->end - at : 4 * LINE_LOOK);
        bool found = view.len > 0 && search_view(s, view, line, at + view.len >= s->end, f, &next);
        if (view.len == 0 || !unpack_steps(u, (found ? f->after : next) / 16 + 1))
            return false;
        if (found) {
            f->at += at;
            f->after += at;
            return true;
        }
        line = SIZE_MAX;
    }
    return false;
}

/* --- what is given --- */

static void name_part(struct unpack *u, struct state *s, struct child *out)
{
    char text[32];
    s->parts++;
    struct span name = span_text(s->header.name);
    if (name.len == 0) {
        (void)snprintf(text, sizeof text, "part %u", s->parts);
        name = span_text(text);
    }
    out->name = unpack_name(u, name);
}

/* What a person wrote: the text of a mail that is no attachment. */
static void class_part(const struct mail_header *h, struct child *out)
{
    struct span media = span_text(h->media);
    if (!h->name[0] && (media.len == 0 || span_starts(media, SPAN_OF("text/plain"))))
        out->evidence = EVIDENCE_TEXT;
}

/* Text itself may hold blocks; not where it is one, for then its own unpacker finds them all. */
static void look_for_blocks(struct unpack *u, struct state *s, uint64_t at, uint64_t end)
{
    struct span view = source_view(&u->object->source, at, end - at < 4096 ? end - at : 4096);
    struct span line = {NULL, 0};
    while (text_line(&view, &line))
        if (!is_blank(line))
            break;
    if (span_starts(line, SPAN_OF("-----BEGIN PGP MESSAGE-----")))
        unpack_gap(u, GAP_ENCRYPTED, at, "a message in PGP");
    if (decode_is_begin(text_trim(line)))
        return;
    s->blocks_at = at;
    s->blocks_end = end;
    s->phase = PHASE_BLOCKS;
}

static bool give_plain(struct unpack *u, struct state *s, struct child *out, uint64_t at,
                       uint64_t end)
{
    bool given = unpack_stored(u, out, at, end - at);
    if (!given)
        unpack_drop(u, out);
    look_for_blocks(u, s, at, end);
    return given;
}

static void say_oddities(struct unpack *u, const struct state *s, uint64_t at, struct span name)
{
    const struct mail_header *h = &s->header;
    if (h->is_encrypted)
        unpack_gap_part(u, GAP_ENCRYPTED, at, name, h->media);
    if (h->is_closed)
        unpack_gap_part(u, GAP_NOT_OPENED, at, name, "a message inside S/MIME");
    if (h->is_partial)
        unpack_gap_part(u, GAP_TRUNCATED, at, name,
                        "a piece of a message; the others are elsewhere");
    if (h->is_twice)
        unpack_gap_part(u, GAP_DAMAGED, at, name,
                        "two fields that say how to read it; the first was believed");
    if (h->coding == MAIL_UNKNOWN)
        unpack_gap_part(u, GAP_METHOD, at, name, h->coding_word);
}

/* A body without parts of its own. False: there is nothing to look at. */
static bool give_leaf(struct unpack *u, struct state *s, struct child *out, uint64_t end)
{
    uint64_t at = s->header.body_at;
    name_part(u, s, out);
    class_part(&s->header, out);
    say_oddities(u, s, at, out->name);
    if (at >= end)
        return false;
    switch (s->header.coding) {
    case MAIL_BASE64:
        (void)decode_base64(u, out, at, end);
        break;
    case MAIL_QUOTED:
        (void)decode_quoted(u, out, at, end);
        break;
    case MAIL_UU:
    case MAIL_YENC:
        s->blocks_at = at;
        s->blocks_end = end;
        s->phase = PHASE_BLOCKS;
        return false;
    default:
        return give_plain(u, s, out, at, end);
    }
    return out->len > 0;
}

/* --- steps of the walk --- */

/* A multipart opens: its parts follow behind its boundary. False: it is to be read as if it had
 * none. */
static bool push(struct unpack *u, struct state *s)
{
    const struct mail_header *h = &s->header;
    size_t len = strlen(h->boundary);
    if (!span_starts(span_text(h->media), SPAN_OF("multipart/")))
        return false;
    if (len == 0 || s->depth == NESTED_MOST) {
        unpack_gap(u, len == 0 ? GAP_DAMAGED : GAP_TOO_DEEP, s->at,
                   len == 0 ? "a multipart without a boundary" : "multiparts nested too deep");
        return false;
    }
    struct boundary *b = &s->open[s->depth++];
    *b = (struct boundary){.len = (uint16_t)len};
    memcpy(b->text, h->boundary, len);
    if (h->is_encrypted)
        unpack_gap(u, GAP_ENCRYPTED, s->at, h->media);
    if (h->is_twice)
        unpack_gap(u, GAP_DAMAGED, s->at,
                   "two fields that say how to read it; the first was believed");
    return true;
}

/* A message as a part, as it stands: its header comes next, and its parts are this mail's. */
static bool is_message(const struct mail_header *h)
{
    struct span media = span_text(h->media);
    return h->coding == MAIL_PLAIN && (span_equal(media, SPAN_OF("message/rfc822")) ||
                                       span_equal(media, SPAN_OF("message/global")) ||
                                       span_equal(media, SPAN_OF("message/news")));
}

/* Where the line break in front of a boundary begins: it is the boundary's. */
static uint64_t before_break(struct unpack *u, uint64_t from, uint64_t at)
{
    uint64_t n = at - from < 2 ? at - from : 2;
    struct span tail = source_view(&u->object->source, at - n, n);
    if (tail.len > 0 && span_byte(tail, tail.len - 1) == '\n')
        at--;
    if (tail.len == 2 && span_byte(tail, 0) == '\r' && span_byte(tail, 1) == '\n')
        at--;
    return at;
}

/* One header and, if its body has no parts, that body. True: *out was given. */
static bool on_header(struct unpack *u, struct state *s, struct child *out)
{
    struct found f;
    (void)mail_header_read(u, s->at, s->end, &s->header);
    uint64_t body = s->header.body_at;
    s->phase = PHASE_BOUNDARY;
    if (push(u, s)) {
        s->at = body;
        return false;
    }
    if (is_message(&s->header) && body < s->end && body > s->at) {
        s->at = body;
        s->phase = PHASE_HEADER;
        return false;
    }
    bool found = find_boundary(u, s, body, &f);
    s->at = found ? f.at : s->end;
    return give_leaf(u, s, out, found ? before_break(u, body, f.at) : s->end);
}

/* The next boundary: a part's header follows it, or the multipart around. Without one the message
 * is over. */
static void on_boundary(struct unpack *u, struct state *s)
{
    struct found f;
    if (!find_boundary(u, s, s->at, &f)) {
        if (s->depth > 0 && !s->open[s->depth - 1].was_met && s->at < s->end) {
            /* nothing that its header promised: what there is, is looked at as text */
            unpack_gap(u, GAP_DAMAGED, s->at, "a multipart whose boundary never comes");
            s->header = (struct mail_header){.coding = MAIL_PLAIN, .body_at = s->at};
            s->blocks_at = s->at;
            s->blocks_end = s->end;
            s->at = s->end;
            s->phase = PHASE_BLOCKS;
            s->depth = 0;
            return;
        }
        s->phase = PHASE_MESSAGE;
        return;
    }
    /* A closed one stays known: some programs go on reading parts behind its end. */
    s->depth = f.level + 1;
    s->open[f.level].was_met = true;
    s->at = f.after;
    s->phase = f.is_last ? PHASE_BOUNDARY : PHASE_HEADER;
}

/* "From somebody Thu Jan  1 00:00:00 1970": a time of day is what a sentence has not. */
static bool is_envelope(struct span line)
{
    if (!span_starts(line, SPAN_OF("From ")))
        return false;
    for (size_t i = 5; i + 5 <= line.len; i++)
        if (text_is_digit(span_byte(line, i)) && text_is_digit(span_byte(line, i + 1)) &&
            span_byte(line, i + 2) == ':' && text_is_digit(span_byte(line, i + 3)) &&
            text_is_digit(span_byte(line, i + 4)))
            return true;
    return false;
}

static struct span line_at(struct unpack *u, uint64_t at)
{
    struct span view = source_view(&u->object->source, at, LINE_LOOK * 4);
    return span_cut(view, 0, span_find_byte(view, '\n', 0));
}

/* An envelope, and behind it a field: a new message. */
static bool begins_message(struct unpack *u, uint64_t at)
{
    struct span view = source_view(&u->object->source, at, LINE_LOOK * 4), line, next;
    if (!text_line(&view, &line) || !is_envelope(line) || !text_line(&view, &next))
        return false;
    size_t colon = span_find_byte(next, ':', 0), blank = span_find_byte(next, ' ', 0);
    return colon != SIZE_MAX && colon > 0 && colon < blank;
}

static bool is_behind_blank(struct span view, size_t lf)
{
    return lf > 0 &&
           (span_byte(view, lf - 1) == '\n' ||
            (lf > 1 && span_byte(view, lf - 1) == '\r' && span_byte(view, lf - 2) == '\n'));
}

/* Where the message that begins at `from` ends: at the next envelope behind an empty line. */
static uint64_t message_end(struct unpack *u, uint64_t from)
{
    enum { OVERLAP = 10 }; /* an empty line, and "\nFrom " */
    uint64_t size = u->object->source.size, at = from;
    while (at < size) {
        struct span view = unpack_look(u, at, size);
        if (view.len <= OVERLAP && at + view.len < size)
            view = source_view(&u->object->source, at, LINE_LOOK);
        size_t lf = span_find(view, SPAN_OF("\nFrom "), 0);
        bool is_last = at + view.len >= size || view.len <= OVERLAP;
        uint64_t step = lf != SIZE_MAX ? lf + 1 : is_last ? view.len : view.len - OVERLAP;
        if (view.len == 0 || !unpack_steps(u, step / 16 + 1))
            return size;
        at += step;
        if (lf != SIZE_MAX && is_behind_blank(view, lf) && begins_message(u, at))
            return at;
    }
    return size;
}

/* Boundaries of messages before stay known, the last few of them: where a mailbox does not quote
 * "From " in a text, what seemed a new message may be the same one going on. */
static void keep_boundaries(struct state *s)
{
    if (s->depth > KEPT)
        memmove(s->open, s->open + s->depth - KEPT, KEPT * sizeof s->open[0]);
    s->depth = s->depth < KEPT ? s->depth : KEPT;
    for (unsigned i = 0; i < s->depth; i++)
        s->open[i].was_met = true;
}

/* False: there are no more messages. */
static bool on_message(struct unpack *u, struct state *s)
{
    uint64_t size = u->object->source.size;
    if (s->messages_at >= size)
        return false;
    s->at = s->messages_at;
    bool is_box = is_envelope(line_at(u, s->at));
    s->end = is_box ? message_end(u, s->at) : size;
    s->messages_at = s->end;
    keep_boundaries(s);
    s->phase = PHASE_HEADER;
    return true;
}

static bool on_blocks(struct unpack *u, struct state *s, struct child *out)
{
    if (decode_block(u, out, &s->blocks_at, s->blocks_end))
        return out->len > 0;
    s->phase = PHASE_BOUNDARY;
    return false;
}

/* ClamAV tells of parts as they are decoded, counts none, and has only letters, digits and points
 * in their names (observed); what it calls those without a name is its own affair. */
static void tell(struct unpack *u, const struct state *s, const struct child *out, bool is_block)
{
    uint8_t name[256];
    size_t named = is_block || s->header.name[0] ? out->name.len : 0;
    uint64_t len = out->windowed          ? out->window_len
                   : out->whole_in_parent ? out->borrowed.len
                                          : out->len;
    for (size_t i = 0; i < named && i < sizeof name; i++) {
        uint8_t b = span_byte(out->name, i);
        name[i] = text_is_alnum(b) || b == '.' ? b : '_';
    }
    unpack_member(
        u, (struct member){.type = TYPE_MAIL,
                           .name = span_make(name, named < sizeof name ? named : sizeof name),
                           .packed = unpack_claim(len),
                           .full = unpack_claim(len)});
}

static bool mail_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    while (!u->budget->spent && unpack_steps(u, 100)) {
        bool given = false;
        enum phase phase = s->phase;
        switch (phase) {
        case PHASE_MESSAGE:
            if (!on_message(u, s))
                return false;
            break;
        case PHASE_HEADER:
            given = on_header(u, s, out);
            break;
        case PHASE_BOUNDARY:
            on_boundary(u, s);
            break;
        case PHASE_BLOCKS:
            given = on_blocks(u, s, out);
            break;
        }
        if (given) {
            tell(u, s, out, phase == PHASE_BLOCKS);
            return true;
        }
        unpack_drop(u, out);
        out->evidence = EVIDENCE_COUNT;
    }
    return false;
}

const struct unpacker mail_unpacker = {
    .name = "mail",
    .type = TYPE_MAIL,
    .state_bytes = sizeof(struct state),
    .open = mail_open,
    .next = mail_next,
};
