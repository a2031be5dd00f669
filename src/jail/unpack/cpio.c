/* cpio: old binary, odc, newc and crc; initramfs images are several of them, one after the other,
 * the last one often compressed. An attacker typed every byte. Format: cpio(5) of FreeBSD, and the
 * Linux kernel's Documentation/driver-api/early-userspace/buffer-format.rst. */
#include "common/text.h"
#include "jail/unpack/formats.h"

enum { OLD_BYTES = 26, ODC_BYTES = 76, NEW_BYTES = 110, NAME_MOST = 65536, SEARCH_BYTES = 1 << 20 };

struct state {
    uint64_t at;
    uint64_t members;
};

struct header {
    uint64_t name_len, size; /* with its NUL */
    uint64_t head_bytes;
    unsigned align; /* names and data are padded to it */
};

static bool cpio_open(struct unpack *u, void *state)
{
    (void)u;
    (void)state;
    return true;
}

static bool octal(struct span s, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (c < '0' || c > '7')
            return false;
        *out = *out * 8 + (uint64_t)(c - '0');
    }
    return s.len > 0;
}

/* 16-bit words in either byte order; a 32-bit number has its high word first. */
static bool read_old(struct span view, struct header *h)
{
    struct reader r = reader_of(view);
    bool is_big = span_byte(view, 0) == 0x71;
    uint16_t magic = is_big ? reader_u16be(&r) : reader_u16le(&r);
    reader_seek(&r, 20);
    h->name_len = is_big ? reader_u16be(&r) : reader_u16le(&r);
    uint64_t high = is_big ? reader_u16be(&r) : reader_u16le(&r);
    h->size = high << 16 | (is_big ? reader_u16be(&r) : reader_u16le(&r));
    h->head_bytes = OLD_BYTES;
    h->align = 2;
    return !r.bad && magic == 0x71c7;
}

static bool read_odc(struct span view, struct header *h)
{
    h->head_bytes = ODC_BYTES;
    h->align = 1;
    return view.len >= ODC_BYTES && octal(span_cut(view, 59, 6), &h->name_len) &&
           octal(span_cut(view, 65, 11), &h->size);
}

static bool read_new(struct span view, struct header *h)
{
    h->head_bytes = NEW_BYTES;
    h->align = 4;
    return view.len >= NEW_BYTES && text_hex_u64(span_cut(view, 94, 8), &h->name_len) &&
           text_hex_u64(span_cut(view, 54, 8), &h->size);
}

static bool read_header(struct span view, struct header *h)
{
    *h = (struct header){0};
    bool is = false;
    if (span_starts(view, SPAN_OF("070707")))
        is = read_odc(view, h);
    else if (span_starts(view, SPAN_OF("070701")) || span_starts(view, SPAN_OF("070702")))
        is = read_new(view, h);
    else
        is = read_old(view, h);
    return is && h->name_len > 0 && h->name_len <= NAME_MOST;
}

static uint64_t pad(uint64_t at, unsigned align)
{
    return (at + align - 1) / align * align;
}

/* Behind the trailer: padding, then another archive, or a compressed one. *at: the first byte that
 * is no padding. False: nothing but zeros. */
static bool skip_zeros(struct unpack *u, uint64_t *at)
{
    struct source *src = &u->object->source;
    while (*at < src->size) {
        struct span view = source_view(src, *at, SEARCH_BYTES);
        if (view.len == 0 || !unpack_steps(u, view.len / 64 + 1))
            return false;
        for (size_t i = 0; i < view.len; i++)
            if (span_byte(view, i) != 0) {
                *at += i;
                return true;
            }
        *at += view.len;
    }
    return false;
}

/* No header where one is due: what is left is one part, of whatever type. */
static bool give_rest(struct unpack *u, struct state *s, struct child *out)
{
    uint64_t at = s->at;
    s->at = u->object->source.size;
    if (s->members == 0)
        unpack_gap(u, GAP_DAMAGED, at, "no cpio header");
    out->name = (struct span){NULL, 0};
    return s->members > 0 && unpack_stored(u, out, at, u->object->source.size - at);
}

/* One member. True: it has data. */
static bool give(struct unpack *u, struct state *s, const struct header *h, struct child *out)
{
    struct source *src = &u->object->source;
    struct span name = source_view(src, s->at + h->head_bytes, h->name_len - 1);
    bool is_end = span_equal(name, SPAN_OF("TRAILER!!!"));
    out->name = unpack_name(u, name);
    uint64_t data_at = pad(s->at + h->head_bytes + h->name_len, h->align);
    uint64_t left = data_at < src->size ? src->size - data_at : 0;
    uint64_t padded = pad(h->size, h->align);
    s->at = padded < left ? data_at + padded : src->size;
    s->members++;
    if (is_end) {
        (void)skip_zeros(u, &s->at);
        return false;
    }
    if (h->size == 0)
        return false;
    unpack_member(u, (struct member){.type = TYPE_CPIO,
                                     .name = out->name,
                                     .packed = unpack_claim(h->size),
                                     .full = unpack_claim(h->size),
                                     .place = unpack_claim(s->members)});
    return unpack_stored(u, out, data_at, h->size);
}

static bool cpio_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    struct source *src = &u->object->source;
    while (s->at < src->size && !u->budget->spent) {
        struct header h;
        if (!read_header(source_view(src, s->at, NEW_BYTES), &h)) {
            if (give_rest(u, s, out))
                return true;
        } else if (give(u, s, &h, out)) {
            return true;
        }
        unpack_drop(u, out);
        (void)unpack_steps(u, 1000); /* the loop looks at `spent` */
    }
    return false;
}

const struct unpacker cpio_unpacker = {
    .name = "cpio",
    .type = TYPE_CPIO,
    .state_bytes = sizeof(struct state),
    .open = cpio_open,
    .next = cpio_next,
};
