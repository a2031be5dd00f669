/* tar: v7, ustar, GNU and pax, one header block of 512 bytes before each member's data. An attacker
 * typed every byte. Format: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header";
 * GNU tar manual, "Basic Tar Format". All numbers are octal text, or base-256 (GNU). */
#include "common/text.h"
#include "jail/unpack/formats.h"

#include <string.h>

enum {
    BLOCK = 512,
    LONG_MOST = 1 << 20,    /* a GNU long name or a pax header longer than this is refused */
    SEARCH_BYTES = 1 << 20, /* while looking for the next header behind damage */
    SPARSE_MORE_AT = 482,   /* GNU: extension blocks follow */
    SPARSE_NEXT_AT = 504,   /* the same, in an extension block */
};

struct state {
    uint64_t at;
    uint64_t headers; /* members met */
    int64_t files;    /* plain files among them */
    bool is_ended;    /* a zero block was met: what follows is extra */
    /* from pax and GNU headers, for the member that follows */
    uint8_t name[1024];
    size_t name_len;
    bool has_size, is_sparse;
    uint64_t size;
};

struct header {
    uint8_t kind;
    uint64_t size;
    uint64_t data_at;
};

static bool tar_open(struct unpack *u, void *state)
{
    (void)u;
    (void)state;
    return true;
}

/* Spaces and NULs, octal digits, anything. False: no digits, or overflow. */
static bool read_octal(struct span field, uint64_t *out)
{
    size_t i = 0;
    uint64_t v = 0;
    while (i < field.len && (span_byte(field, i) == ' ' || span_byte(field, i) == 0))
        i++;
    size_t first = i;
    for (; i < field.len && span_byte(field, i) >= '0' && span_byte(field, i) <= '7'; i++) {
        if (v >> 61)
            return false;
        v = v * 8 + (uint64_t)(span_byte(field, i) - '0');
    }
    *out = v;
    return i > first;
}

/* Base-256 has the top bit of the first byte set; negative numbers, which begin with 0xff, are no
 * sizes. A field without digits is 0, as every tar reads it. */
static bool read_size(struct span field, uint64_t *out)
{
    uint8_t first = span_byte(field, 0);
    if (!(first & 0x80)) {
        if (!read_octal(field, out))
            *out = 0;
        return true;
    }
    uint64_t v = first & 0x7f;
    for (size_t i = 1; i < field.len; i++) {
        if (v >> 55)
            return false;
        v = v << 8 | span_byte(field, i);
    }
    *out = v;
    return true;
}

/* The sum of all bytes with the sum itself as spaces; some old tars added signed bytes. */
static bool is_sum_right(struct span block)
{
    uint64_t claim = 0;
    uint32_t plain = 0;
    int32_t with_sign = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        uint8_t c = i >= 148 && i < 156 ? ' ' : span_byte(block, i);
        plain += c;
        with_sign += (int8_t)c;
    }
    return block.len == BLOCK && read_octal(span_cut(block, 148, 8), &claim) &&
           (claim == plain || (with_sign >= 0 && claim == (uint64_t)with_sign));
}

static bool is_zero(struct span block)
{
    for (size_t i = 0; i < block.len; i++)
        if (span_byte(block, i) != 0)
            return false;
    return true;
}

static struct span until_nul(struct span s)
{
    return span_cut(s, 0, span_find_byte(s, 0, 0));
}

static void set_name(struct state *s, struct span name)
{
    s->name_len = name.len < sizeof s->name ? name.len : sizeof s->name;
    if (s->name_len)
        memcpy(s->name, name.at, s->name_len);
}

/* ustar: prefix and name, joined; GNU has other things in the prefix' place. */
static void name_from_header(struct state *s, struct span block)
{
    struct span name = until_nul(span_cut(block, 0, 100));
    struct span prefix = {NULL, 0};
    if (span_equal(span_cut(block, 257, 6), SPAN_OF("ustar\0")))
        prefix = until_nul(span_cut(block, 345, 155));
    set_name(s, prefix);
    if (s->name_len > 0)
        s->name[s->name_len++] = '/';
    if (name.len)
        memcpy(s->name + s->name_len, name.at, name.len);
    s->name_len += name.len;
}

/* --- what comes before a member --- */

static uint64_t round_up(uint64_t n)
{
    return n > UINT64_MAX - BLOCK ? UINT64_MAX : (n + BLOCK - 1) / BLOCK * BLOCK;
}

/* "27 path=some/name\n" */
static bool next_record(struct span *rest, struct span *key, struct span *value)
{
    size_t space = span_find_byte(span_cut(*rest, 0, 20), ' ', 0);
    uint64_t len = 0;
    if (space == SIZE_MAX || !text_u64(span_cut(*rest, 0, space), &len) || len <= space + 2 ||
        len > rest->len)
        return false;
    struct span record = span_cut(*rest, space + 1, (size_t)len - space - 2);
    size_t equals = span_find_byte(record, '=', 0);
    if (equals == SIZE_MAX)
        return false;
    *key = span_cut(record, 0, equals);
    *value = span_cut(record, equals + 1, SIZE_MAX);
    *rest = span_cut(*rest, (size_t)len, SIZE_MAX);
    return true;
}

static void read_pax(struct unpack *u, struct state *s, struct span body)
{
    struct span key, value, rest = body;
    while (next_record(&rest, &key, &value)) {
        if (span_equal(key, SPAN_OF("path")) || span_equal(key, SPAN_OF("GNU.sparse.name")))
            set_name(s, value);
        else if (span_equal(key, SPAN_OF("size")))
            s->has_size = text_u64(value, &s->size);
        else if (span_starts(key, SPAN_OF("GNU.sparse.")))
            s->is_sparse = true;
    }
    if (rest.len > 0 && !is_zero(rest))
        unpack_gap(u, GAP_DAMAGED, s->at, "a pax header cannot be read to its end");
}

/* The body of a long name or pax header; empty and a gap when it is too long or cut. */
static struct span read_body(struct unpack *u, const struct header *h)
{
    struct span body = {NULL, 0};
    if (h->size > LONG_MOST)
        unpack_gap(u, GAP_DAMAGED, h->data_at, "a header for a name is longer than any name");
    else
        body = source_view(&u->object->source, h->data_at, h->size);
    if (h->size <= LONG_MOST && body.len < h->size)
        unpack_gap(u, GAP_TRUNCATED, h->data_at, "the archive ends inside a header");
    return body;
}

/* True when the header was about the next member. */
static bool is_about_next(struct unpack *u, struct state *s, const struct header *h)
{
    switch (h->kind) {
    case 'L':
        set_name(s, until_nul(read_body(u, h)));
        return true;
    case 'x':
    case 'X': /* Sun's */
        read_pax(u, s, read_body(u, h));
        return true;
    case 'K': /* long link name */
    case 'g': /* for all members: nothing in it that we use */
    case 'V': /* volume label */
        return true;
    default:
        return false;
    }
}

/* --- members --- */

/* Links, devices, folders have no data, whatever their size field says; other readers believe it.
 * So it is believed when what stands right behind is no header. */
static bool has_data(struct unpack *u, const struct header *h)
{
    if (h->size == 0)
        return false;
    if (h->kind < '1' || h->kind > '6')
        return true;
    struct span next = source_view(&u->object->source, h->data_at, BLOCK);
    return next.len == BLOCK && !is_sum_right(next) && !is_zero(next);
}

/* GNU's old sparse format: a chain of blocks with more pieces stands before the data. */
static uint64_t skip_sparse(struct unpack *u, struct span block, uint64_t at)
{
    bool more = span_byte(block, SPARSE_MORE_AT) != 0;
    for (uint64_t i = 0; more && i < LIMIT_OBJECTS; i++) {
        struct span next = source_view(&u->object->source, at, BLOCK);
        more = next.len == BLOCK && span_byte(next, SPARSE_NEXT_AT) != 0;
        at += BLOCK;
    }
    return at;
}

static bool read_header(struct unpack *u, struct state *s, struct span block, struct header *h)
{
    if (!is_sum_right(block))
        return false;
    h->kind = span_byte(block, 156);
    h->data_at = s->at + BLOCK;
    if (!read_size(span_cut(block, 124, 12), &h->size)) {
        unpack_gap(u, GAP_DAMAGED, s->at, "a member of impossible size");
        h->size = 0;
    }
    bool is_member = h->kind != 'L' && h->kind != 'K' && h->kind != 'x' && h->kind != 'X' &&
                     h->kind != 'g' && h->kind != 'V';
    if (is_member && s->has_size)
        h->size = s->size;
    if (is_member && s->name_len == 0)
        name_from_header(s, block); /* last: the view dies with the next one */
    if (h->kind == 'S') {
        s->is_sparse = true;
        h->data_at = skip_sparse(u, block, h->data_at);
    }
    return true;
}

/* Behind damage: the next block whose checksum is right. False: there is none. */
static bool resync(struct unpack *u, struct state *s)
{
    struct source *src = &u->object->source;
    while (s->at < src->size) {
        struct span view = source_view(src, s->at, SEARCH_BYTES);
        if (view.len < BLOCK || !unpack_steps(u, view.len / 64 + 1))
            return false;
        for (size_t i = 0; i + BLOCK <= view.len; i += BLOCK) {
            struct span block = span_cut(view, i, BLOCK);
            if (span_byte(block, 0) != 0 && is_sum_right(block)) {
                s->at += i;
                return true;
            }
        }
        s->at += view.len / BLOCK * BLOCK;
    }
    return false;
}

/* No header where one is due. Zero blocks end the archive, for most readers: some read on, so we
 * do, and damage is looked past in the same way. True: another header was found. */
static bool find_next(struct unpack *u, struct state *s, struct span block)
{
    if (block.len < BLOCK) {
        if (block.len > 0 && !is_zero(block))
            unpack_gap(u, GAP_TRUNCATED, s->at, "the archive ends inside a header");
        return false;
    }
    if (is_zero(block))
        s->is_ended = true;
    else if (!s->is_ended)
        unpack_gap(u, GAP_DAMAGED, s->at,
                   "no header where one is due; the next one was searched for");
    return resync(u, s);
}

static void forget_next(struct state *s)
{
    s->name_len = 0;
    s->has_size = s->is_sparse = false;
}

/* ClamAV counts plain files only. */
static void tell(struct unpack *u, struct state *s, const struct header *h, struct span name)
{
    if (h->kind != 0 && h->kind != '0' && h->kind != '7')
        return;
    unpack_member(u, (struct member){.type = TYPE_TAR,
                                     .name = name,
                                     .packed = unpack_claim(h->size),
                                     .full = unpack_claim(h->size),
                                     .place = ++s->files});
}

/* The member's bytes, if it has any. */
static bool give(struct unpack *u, struct state *s, const struct header *h, struct child *out)
{
    out->name = unpack_name(u, span_make(s->name, s->name_len));
    bool is_sparse = s->is_sparse;
    forget_next(s);
    tell(u, s, h, out->name);
    if (!has_data(u, h)) {
        s->at = h->data_at;
        return false;
    }
    uint64_t size = u->object->source.size;
    uint64_t left = h->data_at < size ? size - h->data_at : 0;
    uint64_t padded = round_up(h->size);
    s->at = padded < left ? h->data_at + padded : size;
    if (is_sparse)
        unpack_gap_part(u, GAP_METHOD, h->data_at, out->name,
                        "a sparse member: its pieces were looked at without the holes between");
    if (h->kind == 'M')
        unpack_gap_part(u, GAP_TRUNCATED, h->data_at, out->name, "begins on another volume");
    if (unpack_stored(u, out, h->data_at, h->size))
        return true;
    unpack_drop(u, out);
    return false;
}

static bool tar_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    struct source *src = &u->object->source;
    while (s->at < src->size && !u->budget->spent) {
        struct span block = source_view(src, s->at, BLOCK);
        struct header h = {0};
        if (!read_header(u, s, block, &h)) {
            if (!find_next(u, s, block))
                return false;
            continue;
        }
        s->headers++;
        if (is_about_next(u, s, &h)) {
            uint64_t padded = round_up(h.size), left = src->size - s->at - BLOCK;
            s->at = padded < left ? h.data_at + padded : src->size;
        } else if (give(u, s, &h, out)) {
            return true;
        }
        (void)unpack_steps(u, 1000); /* the loop looks at `spent` */
    }
    return false;
}

const struct unpacker tar_unpacker = {
    .name = "tar",
    .type = TYPE_TAR,
    .state_bytes = sizeof(struct state),
    .open = tar_open,
    .next = tar_next,
};
