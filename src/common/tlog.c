/* tlog-tiles.md: tile index N is spelled in groups of three digits, all but the last with an x
 * before: 1234067 is x001/x234/067. tlog-proof.md: a header, an index, hashes, a blank line, a
 * note. Bytes are strangers'. */
#include "common/tlog.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>

void tlog_path(char out[TLOG_PATH_MAX], int level, uint64_t index, uint32_t width)
{
    uint32_t groups[7];
    int count = 0;
    do {
        groups[count++] = (uint32_t)(index % 1000);
        index /= 1000;
    } while (index > 0 && count < 7);
    size_t at = (size_t)(level < 0 ? snprintf(out, TLOG_PATH_MAX, "tile/entries")
                                   : snprintf(out, TLOG_PATH_MAX, "tile/%d", level));
    while (count-- > 0)
        at += (size_t)snprintf(out + at, TLOG_PATH_MAX - at, count ? "/x%03u" : "/%03u",
                               groups[count]);
    if (width < TLOG_TILE_WIDTH)
        (void)snprintf(out + at, TLOG_PATH_MAX - at, ".p/%u", width);
}

/* "x001" or, at the end, "067" or "067.p". */
static bool read_group(struct span s, bool *more, bool *partial, uint32_t *out)
{
    *more = span_byte(s, 0) == 'x';
    s = *more ? span_cut(s, 1, SIZE_MAX) : s;
    *partial = !*more && s.len == 5 && span_byte(s, 3) == '.' && span_byte(s, 4) == 'p';
    s.len -= *partial ? 2 : 0;
    uint64_t v = 0;
    bool ok = s.len == 3 && text_u64(s, &v);
    *out = (uint32_t)v;
    return ok;
}

static bool read_level(struct span s, int *level)
{
    uint64_t v = 0;
    if (span_equal(s, SPAN_OF("entries"))) {
        *level = -1;
        return true;
    }
    *level = 0;
    if (s.len != 1 || !text_u64(s, &v) || v > TLOG_LEVEL_MAX)
        return false;
    *level = (int)v;
    return true;
}

bool tlog_path_parse(struct span path, int *level, uint64_t *index, uint32_t *width)
{
    struct span rest = path, field;
    bool more = true, partial = false;
    *index = 0;
    if (!text_field(&rest, '/', &field) || !span_equal(field, SPAN_OF("tile")) ||
        !text_field(&rest, '/', &field) || !read_level(field, level))
        return false;
    for (int i = 0; more && i < 7; i++) {
        uint32_t group;
        if (!text_field(&rest, '/', &field) || !read_group(field, &more, &partial, &group) ||
            !mul_u64(*index, 1000, index) || !add_u64(*index, group, index))
            return false;
    }
    uint64_t w = TLOG_TILE_WIDTH;
    if (partial &&
        (!text_field(&rest, '/', &field) || !text_u64(field, &w) || w == 0 || w >= TLOG_TILE_WIDTH))
        return false;
    *width = (uint32_t)w;
    char again[TLOG_PATH_MAX]; /* one right spelling: no x000 in front, no leading zero in the width
                                */
    tlog_path(again, *level, *index, *width);
    return !more && span_equal(path, span_text(again));
}

uint32_t tlog_partial(uint64_t size, int level)
{
    unsigned shift = (unsigned)(level < 0 ? 0 : level) * 8;
    return shift > 56 ? 0 : (uint32_t)(size >> shift & 255);
}

bool tlog_next_entry(struct reader *bundle, struct span *entry)
{
    if (reader_left(bundle) == 0)
        return false;
    uint16_t len = reader_u16be(bundle);
    *entry = reader_take(bundle, len);
    return !bundle->bad;
}

bool tlog_put_entry(struct buf *out, struct span entry)
{
    if (entry.len > TLOG_ENTRY_MAX)
        return false;
    buf_byte(out, (uint8_t)(entry.len >> 8));
    buf_byte(out, (uint8_t)entry.len);
    buf_span(out, entry);
    return !out->bad;
}

static const char proof_head[] = "c2sp.org/tlog-proof@v1";

static bool read_hash(struct span line, struct merkle_hash *out)
{
    struct buf b;
    buf_init(&b, 64);
    bool ok = text_unbase64(&b, line) && b.len == MERKLE_HASH_BYTES;
    if (ok)
        memcpy(out->bytes, b.at, MERKLE_HASH_BYTES);
    buf_done(&b);
    return ok;
}

/* "extra BASE64", optional. */
static bool read_extra(struct span line, struct arena *a, struct span *out)
{
    struct span word = SPAN_OF("extra ");
    struct buf b;
    if (!span_starts(line, word))
        return false;
    buf_init(&b, NOTE_BYTES_MAX);
    bool ok = text_unbase64(&b, span_cut(line, word.len, SIZE_MAX));
    *out = arena_copy(a, buf_get(&b));
    buf_done(&b);
    return ok && out->at;
}

enum err tlog_proof_parse(struct span text, struct arena *a, struct tlog_proof *out,
                          struct why *why)
{
    struct span rest = text, line = {0}, word = SPAN_OF("index ");
    memset(out, 0, sizeof *out);
    if (text.len > NOTE_BYTES_MAX || !text_line(&rest, &line) ||
        !span_equal(line, span_text(proof_head)))
        return fail(why, ERR_PEER, "a proof begins with %s", proof_head);
    bool ok = text_line(&rest, &line);
    if (ok && read_extra(line, a, &out->extra))
        ok = text_line(&rest, &line);
    struct span digits = span_cut(line, word.len, SIZE_MAX);
    if (!ok || !span_starts(line, word) || !text_u64(digits, &out->index) ||
        (digits.len > 1 && span_byte(digits, 0) == '0'))
        return fail(why, ERR_PEER, "a proof has an index line");
    while (text_line(&rest, &line) && line.len > 0)
        if (out->path.count == MERKLE_PROOF_MAX - 1 ||
            !read_hash(line, &out->path.hashes[out->path.count++]))
            return fail(why, ERR_PEER, "a proof has at most 63 hashes of 32 bytes");
    out->note = rest;
    return rest.len > 0 ? ERR_NONE : fail(why, ERR_PEER, "a proof ends with a checkpoint");
}

void tlog_proof_print(const struct tlog_proof *p, struct buf *out)
{
    buf_print(out, "%s\n", proof_head);
    if (p->extra.len) {
        buf_text(out, "extra ");
        text_base64(out, p->extra);
        buf_byte(out, '\n');
    }
    buf_print(out, "index %llu\n", (unsigned long long)p->index);
    for (uint32_t i = 0; i < p->path.count; i++) {
        text_base64(out, span_make(p->path.hashes[i].bytes, MERKLE_HASH_BYTES));
        buf_byte(out, '\n');
    }
    buf_byte(out, '\n');
    buf_span(out, p->note);
}
