/* Text back into bytes. An attacker typed every one. Input is looked at in pieces, output is
 * charged before it is written. */
#include "jail/unpack/decode_text.h"

#include "common/text.h"

#include <string.h>

enum {
    PIECE = 48 << 10,    /* of input at a time */
    LINE_MOST = 1 << 10, /* of a block's own lines */
};

/* --- base64 --- */

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct quad {
    uint32_t bits;
    unsigned count; /* characters, 0..3 */
};

/* What is not of the alphabet is passed over; '=' ends a quad, and more may follow it. */
static size_t base64_piece(struct quad *q, struct span in, uint8_t *to)
{
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = span_byte(in, i);
        int v = base64_value(c);
        if (v >= 0) {
            q->bits = q->bits << 6 | (uint32_t)v;
            if (++q->count < 4)
                continue;
            to[n++] = (uint8_t)(q->bits >> 16);
            to[n++] = (uint8_t)(q->bits >> 8);
            to[n++] = (uint8_t)q->bits;
        } else if (c == '=' && q->count >= 2) {
            uint32_t bits = q->bits << (6 * (4 - q->count));
            to[n++] = (uint8_t)(bits >> 16);
            if (q->count == 3)
                to[n++] = (uint8_t)(bits >> 8);
        } else {
            continue;
        }
        q->bits = q->count = 0;
    }
    return n;
}

/* The next piece of input; empty with a gap when it cannot be read or steps ran out. */
static struct span take_piece(struct unpack *u, struct child *out, uint64_t at, uint64_t end)
{
    struct span in = source_view(&u->object->source, at, end - at < PIECE ? end - at : PIECE);
    if (in.len == 0)
        unpack_gap_part(u, GAP_TRUNCATED, at, out->name, "its bytes cannot be read");
    if (!unpack_steps(u, in.len))
        return (struct span){NULL, 0};
    return in;
}

bool decode_base64(struct unpack *u, struct child *out, uint64_t at, uint64_t end)
{
    struct quad q = {0};
    while (at < end) {
        struct span in = take_piece(u, out, at, end);
        size_t most = in.len / 4 * 3 + 6;
        uint8_t *to = in.len > 0 ? unpack_room(u, out, most) : NULL;
        if (!to)
            return false;
        unpack_trim(u, out, most, base64_piece(&q, in, to));
        at += in.len;
    }
    if (q.count < 2)
        return true;
    uint8_t *to = unpack_room(u, out, 3); /* a last quad without its '=' */
    if (to)
        unpack_trim(u, out, 3, base64_piece(&q, SPAN_OF("="), to));
    return to != NULL;
}

/* --- quoted-printable --- */

/* `kept`: bytes at the end of `in` that need what follows them to be understood. */
static size_t quoted_piece(struct span in, bool is_last, uint8_t *to, size_t *kept)
{
    size_t n = 0, i = 0;
    while (i < in.len) {
        uint8_t c = span_byte(in, i);
        if (c != '=') {
            to[n++] = c;
            i++;
            continue;
        }
        if (!is_last && in.len - i < 3)
            break;
        int high = text_hex_digit(span_byte(in, i + 1)), low = text_hex_digit(span_byte(in, i + 2));
        size_t line = i + 1;
        while (span_byte(in, line) == ' ' || span_byte(in, line) == '\t')
            line++;
        if (high >= 0 && low >= 0) {
            to[n++] = (uint8_t)(high * 16 + low);
            i += 3;
        } else if (span_byte(in, line) == '\n' ||
                   (span_byte(in, line) == '\r' && line + 1 >= in.len)) {
            i = line + 1; /* a soft line break */
        } else if (span_byte(in, line) == '\r' && span_byte(in, line + 1) == '\n') {
            i = line + 2;
        } else {
            to[n++] = c;
            i++;
        }
    }
    *kept = in.len - (i < in.len ? i : in.len);
    return n;
}

bool decode_quoted(struct unpack *u, struct child *out, uint64_t at, uint64_t end)
{
    while (at < end) {
        struct span in = take_piece(u, out, at, end);
        uint8_t *to = in.len > 0 ? unpack_room(u, out, in.len) : NULL;
        size_t kept = 0;
        if (!to)
            return false;
        size_t used = quoted_piece(in, at + in.len >= end || in.len < 4, to, &kept);
        unpack_trim(u, out, in.len, used);
        at += in.len - kept;
    }
    return true;
}

/* --- blocks inside text --- */

struct block {
    struct unpack *u;
    struct child *out;
    uint64_t at, end;
    bool ok;
};

/* The next line of at most LINE_MOST bytes, without its end; longer ones come in pieces. */
static bool next_line(struct block *b, struct span *line)
{
    if (b->at >= b->end || !unpack_steps(b->u, 1))
        return false;
    struct span view = source_view(&b->u->object->source, b->at,
                                   b->end - b->at < LINE_MOST ? b->end - b->at : LINE_MOST);
    size_t lf = span_find_byte(view, '\n', 0);
    *line = span_cut(view, 0, lf);
    if (view.len == 0)
        return false;
    b->at += lf == SIZE_MAX ? view.len : lf + 1;
    if (line->len > 0 && span_byte(*line, line->len - 1) == '\r')
        line->len--;
    return unpack_steps(b->u, view.len / 8);
}

static bool put(struct block *b, const uint8_t *bytes, size_t n)
{
    uint8_t *to = n > 0 ? unpack_room(b->u, b->out, n) : NULL;
    if (to)
        memcpy(to, bytes, n);
    b->ok = b->ok && (n == 0 || to);
    return b->ok;
}

static uint32_t uu_value(struct span line, size_t i)
{
    return i < line.len ? (uint32_t)(span_byte(line, i) - ' ') & 0x3f : 0;
}

/* False: this line ends the block. */
static bool uu_line(struct block *b, struct span line)
{
    uint8_t bytes[64], first = span_byte(line, 0);
    size_t len = uu_value(line, 0), n = 0;
    if (len == 0 || first < ' ' || first > '`')
        return false; /* a short line lost blanks at its end on the way: they are zeros */
    for (size_t i = 1; n < len; i += 4) {
        uint32_t v = uu_value(line, i) << 18 | uu_value(line, i + 1) << 12 |
                     uu_value(line, i + 2) << 6 | uu_value(line, i + 3);
        for (int shift = 16; shift >= 0 && n < len; shift -= 8)
            bytes[n++] = (uint8_t)(v >> shift);
    }
    return put(b, bytes, n);
}

static void uu_block(struct block *b)
{
    struct span line;
    while (b->ok && next_line(b, &line)) {
        if (line.len == 0 || span_equal(line, SPAN_OF("`")) || span_equal(line, SPAN_OF(" ")))
            continue; /* what stands before "end", or between lines */
        if (span_equal(text_trim(line), SPAN_OF("end")))
            return;
        if (!uu_line(b, line)) {
            unpack_gap_part(b->u, GAP_DAMAGED, b->at, b->out->name,
                            "a line that is not uuencoded ends it");
            return;
        }
    }
    if (b->ok)
        unpack_gap_part(b->u, GAP_TRUNCATED, b->at, b->out->name, "uuencoded text without its end");
}

static void base64_block(struct block *b)
{
    struct quad q = {0};
    struct span line;
    uint8_t bytes[LINE_MOST];
    while (b->ok && next_line(b, &line)) {
        if (span_starts(line, SPAN_OF("====")))
            return;
        (void)put(b, bytes, base64_piece(&q, line, bytes));
    }
    if (b->ok)
        unpack_gap_part(b->u, GAP_TRUNCATED, b->at, b->out->name, "uuencoded text without its end");
}

static void yenc_block(struct block *b, bool is_part)
{
    struct span line;
    uint8_t bytes[LINE_MOST];
    bool is_escaped = false;
    if (is_part)
        unpack_gap_part(b->u, GAP_TRUNCATED, b->at, b->out->name,
                        "one piece of a yEnc file in several");
    while (b->ok && next_line(b, &line)) {
        size_t n = 0;
        if (span_starts(line, SPAN_OF("=yend")))
            return;
        if (span_starts(line, SPAN_OF("=ypart ")))
            continue;
        for (size_t i = 0; i < line.len; i++) {
            uint8_t c = span_byte(line, i);
            bool is_escape = c == '=' && !is_escaped;
            if (!is_escape)
                bytes[n++] = (uint8_t)(is_escaped ? c - 64 - 42 : c - 42);
            is_escaped = is_escape;
        }
        (void)put(b, bytes, n);
    }
    if (b->ok)
        unpack_gap_part(b->u, GAP_TRUNCATED, b->at, b->out->name, "yEnc text without its end");
}

static bool is_mode(struct span s)
{
    uint64_t digits = 0;
    for (size_t i = 0; i < s.len; i++)
        digits += span_byte(s, i) >= '0' && span_byte(s, i) <= '7';
    return s.len >= 3 && s.len <= 5 && digits == s.len;
}

/* The name behind "begin 644 ". False: no such line. */
static bool read_begin(struct span line, const char *word, struct span *name)
{
    struct span rest = line, mode;
    if (!span_starts(line, span_text(word)))
        return false;
    rest = text_trim(span_cut(line, strlen(word), SIZE_MAX));
    if (!text_field(&rest, ' ', &mode) || !is_mode(mode))
        return false;
    *name = text_trim(rest);
    return true;
}

static bool read_yenc(struct span line, struct span *name)
{
    if (!span_starts(line, SPAN_OF("=ybegin ")) || span_find(line, SPAN_OF("size="), 0) == SIZE_MAX)
        return false;
    size_t at = span_find(line, SPAN_OF("name="), 0);
    *name = at == SIZE_MAX ? (struct span){NULL, 0} : text_trim(span_cut(line, at + 5, SIZE_MAX));
    return true;
}

bool decode_is_begin(struct span line)
{
    struct span name;
    return read_begin(line, "begin ", &name) || read_begin(line, "begin-base64 ", &name) ||
           read_yenc(line, &name);
}

/* The next line in [from, end) that may begin a block: it starts with "begin" or "=ybegin".
 * UINT64_MAX: none. */
static uint64_t find_begin(struct unpack *u, uint64_t from, uint64_t end)
{
    enum { OVERLAP = 16 };
    for (uint64_t at = from; at < end;) {
        struct span view = unpack_look(u, at, end);
        if (view.len <= OVERLAP && at + view.len < end)
            view = source_view(&u->object->source, at, LINE_MOST);
        if (at == from &&
            (span_starts(view, SPAN_OF("begin")) || span_starts(view, SPAN_OF("=ybegin "))))
            return at;
        size_t uu = span_find(view, SPAN_OF("\nbegin"), 0),
               y = span_find(view, SPAN_OF("\n=ybegin "), 0);
        size_t first = uu < y ? uu : y;
        bool is_last = at + view.len >= end || view.len <= OVERLAP;
        uint64_t step = first != SIZE_MAX ? first + 1 : is_last ? view.len : view.len - OVERLAP;
        if (view.len == 0 || !unpack_steps(u, step / 16 + 1))
            return UINT64_MAX;
        at += step;
        if (first != SIZE_MAX)
            return at;
    }
    return UINT64_MAX;
}

static void run_block(struct block *b, struct span line)
{
    struct span name;
    bool is_part = span_find(line, SPAN_OF(" part="), 0) != SIZE_MAX;
    bool is_uu = read_begin(line, "begin ", &name),
         is_base64 = read_begin(line, "begin-base64 ", &name);
    if (!is_uu && !is_base64)
        (void)read_yenc(line, &name);
    b->out->name = unpack_name(b->u, name);
    if (is_uu)
        uu_block(b);
    else if (is_base64)
        base64_block(b);
    else
        yenc_block(b, is_part);
}

bool decode_block(struct unpack *u, struct child *out, uint64_t *at, uint64_t end)
{
    struct block b = {.u = u, .out = out, .at = *at, .end = end, .ok = true};
    while (!u->budget->spent) {
        struct span line;
        uint64_t begin = find_begin(u, b.at, end);
        if (begin == UINT64_MAX)
            break;
        b.at = begin;
        if (!next_line(&b, &line))
            break;
        if (!decode_is_begin(line))
            continue;
        run_block(&b, line);
        *at = b.at;
        return true;
    }
    *at = end;
    return false;
}
