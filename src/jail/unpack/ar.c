/* ar: a line of magic, then members with text headers of 60 bytes. Used by .a and .deb. An attacker
 * typed every byte. Format: ar(5) of FreeBSD and GNU binutils' bfd documentation; no standard. */
#include "common/text.h"
#include "jail/unpack/formats.h"

enum { MAGIC_BYTES = 8, HEADER_BYTES = 60, NAMES_MOST = 16 << 20, BSD_NAME_MOST = 4096 };

struct state {
    uint64_t at;
    uint64_t names_at, names_len; /* GNU's table of long names, "//" */
    bool is_thin;
};

struct header {
    struct span name; /* as it stands there, without the spaces behind */
    uint64_t size;
    uint64_t data_at;
};

static bool ar_open(struct unpack *u, void *state)
{
    struct state *s = state;
    struct span magic = source_view(&u->object->source, 0, MAGIC_BYTES);
    s->is_thin = span_equal(magic, SPAN_OF("!<thin>\n"));
    s->at = MAGIC_BYTES;
    if (s->is_thin)
        unpack_gap(u, GAP_NOT_OPENED, 0, "a thin archive: its members are files elsewhere");
    return true;
}

static struct span trim(struct span s)
{
    while (s.len > 0 && span_byte(s, s.len - 1) == ' ')
        s = span_cut(s, 0, s.len - 1);
    return s;
}

/* Name 16, time 12, owner 6, group 6, mode 8, size 10, end mark. The size ends at a space. */
static bool read_header(struct span block, struct header *h)
{
    h->name = trim(span_cut(block, 0, 16));
    struct span size = trim(span_cut(block, 48, 10));
    return block.len == HEADER_BYTES && text_u64(size, &h->size) &&
           span_equal(span_cut(block, 58, 2), SPAN_OF("`\n"));
}

/* "/123": an offset into the table of long names; entries end with "/\n" or NUL. */
static struct span gnu_name(struct unpack *u, const struct state *s, uint64_t offset)
{
    if (offset >= s->names_len)
        return (struct span){NULL, 0};
    uint64_t left = s->names_len - offset;
    struct span name = source_view(&u->object->source, s->names_at + offset,
                                   left < BSD_NAME_MOST ? left : BSD_NAME_MOST);
    size_t line = span_find_byte(name, '\n', 0), nul = span_find_byte(name, 0, 0);
    name = span_cut(name, 0, line < nul ? line : nul);
    return name.len > 0 && span_byte(name, name.len - 1) == '/' ? span_cut(name, 0, name.len - 1)
                                                                : name;
}

/* The member's true name, into the name room; BSD's long names take bytes from the data. */
static struct span name_of(struct unpack *u, const struct state *s, struct header *h)
{
    uint64_t n = 0;
    if (span_starts(h->name, SPAN_OF("#1/")) && text_u64(span_cut(h->name, 3, 16), &n) &&
        n <= h->size && n <= BSD_NAME_MOST) {
        struct span name = source_view(&u->object->source, h->data_at, n);
        h->data_at += n;
        h->size -= n;
        return unpack_name(u, span_cut(name, 0, span_find_byte(name, 0, 0)));
    }
    if (h->name.len > 1 && span_byte(h->name, 0) == '/' && text_u64(span_cut(h->name, 1, 16), &n))
        return unpack_name(u, gnu_name(u, s, n));
    if (h->name.len > 1 && span_byte(h->name, h->name.len - 1) == '/')
        return unpack_name(u, span_cut(h->name, 0, h->name.len - 1));
    return unpack_name(u, h->name);
}

/* Where the member after this one begins: on an even byte. */
static uint64_t after(const struct unpack *u, const struct header *h)
{
    uint64_t size = u->object->source.size;
    uint64_t left = h->data_at < size ? size - h->data_at : 0;
    uint64_t padded = h->size + (h->size & 1);
    return padded < left && padded >= h->size ? h->data_at + padded : size;
}

static bool ar_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    struct source *src = &u->object->source;
    while (s->at < src->size && !u->budget->spent) {
        struct span block = source_view(src, s->at, HEADER_BYTES);
        struct header h;
        if (!read_header(block, &h)) {
            unpack_gap(u, block.len < HEADER_BYTES ? GAP_TRUNCATED : GAP_DAMAGED, s->at,
                       "no member header where one is due");
            return false;
        }
        h.data_at = s->at + HEADER_BYTES;
        bool is_names = span_equal(h.name, SPAN_OF("//"));
        bool is_table =
            is_names || span_equal(h.name, SPAN_OF("/")) || span_equal(h.name, SPAN_OF("/SYM64/"));
        s->at = s->is_thin && !is_table ? h.data_at : after(u, &h);
        if (is_names && h.size <= NAMES_MOST) {
            s->names_at = h.data_at;
            s->names_len = h.size;
        }
        out->name = name_of(u, s, &h);
        if (h.size > 0 && (!s->is_thin || is_table) && unpack_stored(u, out, h.data_at, h.size))
            return true;
        unpack_drop(u, out);
        (void)unpack_steps(u, 1000); /* the loop looks at `spent` */
    }
    return false;
}

const struct unpacker ar_unpacker = {
    .name = "ar",
    .type = TYPE_AR,
    .state_bytes = sizeof(struct state),
    .open = ar_open,
    .next = ar_next,
};
