/* ZIP: members of the directory first, then whatever local headers the directory does not speak of.
 * Readers disagree about which of the two to believe, and attackers live on that; so where they
 * contradict each other both readings are examined, and the contradiction is a gap. An attacker
 * typed every byte. Format: APPNOTE.TXT 6.3.10. */
#include "jail/unpack/codec.h"
#include "jail/unpack/formats.h"
#include "jail/unpack/zip_data.h"

enum { HEAD_MOST = ZIP_CENTRAL_BYTES + 3 * 65535, SEARCH_BYTES = 1 << 20, DESCRIPTOR_BYTES = 24 };

enum phase { PHASE_DIRECTORY, PHASE_REST, PHASE_END };

/* Bytes that a member or the directory accounts for. */
struct range {
    uint64_t at, end;
};

struct state {
    struct zip_directory dir;
    enum phase phase;
    uint64_t at;     /* next directory record, or where the search for local headers goes on */
    uint64_t listed; /* members seen in the directory */
    struct range *ranges;
    uint32_t range_count, range_cap, range_at;
    bool has_other; /* `other` is to be examined next, under the name of the last member */
    struct zip_reading other;
    struct span name; /* of the last member; in the name room */
};

static bool zip_open(struct unpack *u, void *state)
{
    struct state *s = state;
    zip_records_directory(&u->object->source, &s->dir);
    if (!s->dir.is_found)
        unpack_gap(u, GAP_TRUNCATED, 0, "no central directory: its members were searched for");
    else if (!s->dir.is_placed)
        unpack_gap(u, GAP_DAMAGED, s->dir.record_at,
                   "the central directory is not where it is said to be");
    s->phase = s->dir.is_placed ? PHASE_DIRECTORY : PHASE_REST;
    s->at = s->dir.is_placed ? s->dir.at : 0;
    return true;
}

static void cover(struct unpack *u, struct state *s, uint64_t at, uint64_t end)
{
    if (arena_grow(u->arena, (void **)&s->ranges, &s->range_cap, s->range_count + 1,
                   sizeof *s->ranges))
        s->ranges[s->range_count++] = (struct range){at, end};
}

/* --- one member's data --- */

static void second_reading(struct state *s, const struct zip_reading *r, uint16_t method)
{
    if (r->is_other || s->has_other)
        return;
    s->other = *r;
    s->other.method = method;
    s->other.is_other = true;
    s->has_other = true;
}

/* What the data say against the header; compressed data are then read as if they were stored. */
static void judge(struct unpack *u, struct state *s, const struct zip_reading *r,
                  const struct child *out, uint64_t used)
{
    if (r->is_open_ended || r->is_other)
        return;
    bool is_lzma = r->method == ZIP_LZMA; /* its decoder may stop before the last bytes */
    if (out->len != r->full || (used != r->packed && !is_lzma)) {
        unpack_gap_part(u, GAP_DAMAGED, r->at, out->name, "its sizes are not what its header says");
        if (used < r->packed)
            second_reading(s, r, ZIP_STORED);
    } else if (codec_crc32(span_make(out->bytes, out->len)) != r->crc) {
        unpack_gap_part(u, GAP_DAMAGED, r->at, out->name, "the checksum does not fit");
    }
}

static bool packed_member(struct unpack *u, struct state *s, struct zip_reading r,
                          struct child *out, uint64_t *used)
{
    const struct zip_reading as_said = r;
    enum codec_end end = zip_data_decode(u, &r, out, used);
    if (end == CODEC_WHOLE) {
        judge(u, s, &r, out, *used);
    } else if (end != CODEC_TOO_BIG) {
        if (r.is_other && out->len == 0)
            return false; /* not that way, either; the gap is there already */
        codec_gap(u, end, r.at, out->name);
        /* Data that are no such stream may be plain: then they are a part, too. */
        if (end == CODEC_DAMAGED || end == CODEC_CUT)
            second_reading(s, &as_said, ZIP_STORED);
    }
    return true;
}

/* Stored: the bytes themselves. Two sizes that differ: the longer one, which holds the shorter. */
static bool stored_member(struct unpack *u, struct state *s, const struct zip_reading *r,
                          struct child *out)
{
    uint64_t len = r->packed;
    if (!r->is_other && r->full > len)
        len = r->full;
    if (!unpack_stored(u, out, r->at, len))
        return false;
    if (r->is_other)
        return true;
    if (r->packed != r->full)
        unpack_gap_part(u, GAP_DAMAGED, r->at, out->name, "stored, but its two sizes differ");
    struct span bytes = out->whole_in_parent ? out->borrowed : span_make(out->bytes, out->len);
    bool is_sum = out->windowed || codec_crc32(bytes) == r->crc;
    if (!is_sum)
        unpack_gap_part(u, GAP_DAMAGED, r->at, out->name,
                        "stored, but the checksum does not fit; read as deflate, too");
    if (!is_sum || r->packed != r->full)
        second_reading(s, r, ZIP_DEFLATE);
    return true;
}

/* One reading of one member into `out`. False: it gives no part. */
static bool read_data(struct unpack *u, struct state *s, const struct zip_reading *r,
                      struct child *out, uint64_t *used)
{
    *used = r->packed;
    if (r->method == ZIP_STORED)
        return stored_member(u, s, r, out);
    if (!zip_data_codec(r->method)) {
        unpack_gap_part(u, GAP_METHOD, r->at, out->name, "compression method not known here");
        return false;
    }
    return packed_member(u, s, *r, out, used);
}

/* --- members of the directory --- */

static bool is_encrypted(const struct zip_entry *e)
{
    return (e->flags & ZIP_ENCRYPTED) != 0 || e->method == ZIP_AES;
}

/* The two headers of one member, compared where readers choose differently. */
static void compare(struct unpack *u, struct state *s, const struct zip_entry *central,
                    const struct zip_entry *local, const struct zip_reading *r)
{
    bool has_sizes = (local->flags & ZIP_DESCRIPTOR) == 0;
    bool same_size =
        !has_sizes || (local->packed == central->packed && local->full == central->full);
    bool same_way =
        local->method == central->method && is_encrypted(local) == is_encrypted(central);
    if (same_size && same_way)
        return;
    unpack_gap_part(u, GAP_DAMAGED, r->at, s->name,
                    same_way ? "its two headers disagree about its size"
                             : "its two headers disagree about how it is packed");
    second_reading(s, r, local->method);
    if (has_sizes && s->has_other) {
        s->other.packed = local->packed;
        s->other.full = local->full;
    }
}

static bool find_local(struct unpack *u, const struct state *s, const struct zip_entry *central,
                       struct zip_entry *local, uint64_t *at)
{
    struct source *src = &u->object->source;
    if (add_u64(s->dir.base, central->local_at, at) &&
        zip_records_local(source_view(src, *at, HEAD_MOST), local))
        return true;
    *at = central->local_at;
    return s->dir.base != 0 && zip_records_local(source_view(src, *at, HEAD_MOST), local);
}

/* Stored data of unknown size end where the next record begins. */
static uint64_t stored_length(struct unpack *u, uint64_t at)
{
    struct source *src = &u->object->source;
    for (uint64_t done = 0; at + done < src->size;) {
        struct span view = source_view(src, at + done, SEARCH_BYTES);
        size_t i = 0;
        while ((i = span_find(view, SPAN_OF("PK"), i)) != SIZE_MAX) {
            uint8_t a = span_byte(view, i + 2), b = span_byte(view, i + 3);
            if ((a == 3 && b == 4) || (a == 1 && b == 2) || (a == 7 && b == 8) ||
                (a == 5 && b == 6))
                return done + i;
            i++;
        }
        if (view.len < SEARCH_BYTES || !unpack_steps(u, view.len / 64))
            break;
        done += view.len - 3;
    }
    return zip_data_left(u, at);
}

/* "No bytes, sizes follow": a reader that streams takes what is there all the same. True: there was
 * something. */
static bool unsized_member(struct unpack *u, struct state *s, struct zip_reading r,
                           struct child *out)
{
    uint64_t used = 0;
    struct span next = source_view(&u->object->source, r.at, 12);
    /* A descriptor of an empty member, with or without its mark, is no data. */
    bool is_nothing = next.len < 12 || span_starts(next, SPAN_OF("PK")) ||
                      span_equal(next, SPAN_OF("\0\0\0\0\0\0\0\0\0\0\0"
                                               "\0"));
    if (is_nothing)
        return false;
    r.is_open_ended = r.is_other = true;
    r.packed = r.full = r.method == ZIP_STORED ? stored_length(u, r.at) : zip_data_left(u, r.at);
    if (!read_data(u, s, &r, out, &used))
        return false;
    unpack_gap_part(u, GAP_DAMAGED, r.at, out->name, "holds data, though its headers say none");
    return true;
}

/* What a member accounts for. Data that are not all there account for nothing, so that a size
 * beyond the end hides no other member. */
static void cover_member(struct unpack *u, struct state *s, uint64_t at,
                         const struct zip_reading *r, uint64_t used)
{
    uint64_t left = zip_data_left(u, r->at);
    uint64_t len = r->packed <= left ? r->packed : 0;
    if (used > len && used <= left)
        len = used;
    cover(u, s, at, r->at + len);
}

/* place: 0 when the directory does not list it. Bytes before the archive are not of it. */
static void tell(struct unpack *u, const struct state *s, const struct zip_entry *e, uint64_t place)
{
    unpack_member(u, (struct member){.type = TYPE_ZIP,
                                     .name = s->name,
                                     .around = u->object->source.size - s->dir.base,
                                     .packed = unpack_claim(e->packed),
                                     .full = unpack_claim(e->full),
                                     .place = u->object->type == TYPE_ZIP ? (int64_t)place : 0,
                                     .is_encrypted = is_encrypted(e)});
}

static bool listed_member(struct unpack *u, struct state *s, const struct zip_entry *central,
                          struct child *out)
{
    struct zip_entry local;
    uint64_t at = 0, used = 0;
    s->name = out->name = unpack_name(u, central->name);
    tell(u, s, central, s->listed);
    if (!find_local(u, s, central, &local, &at)) {
        unpack_gap_part(u, GAP_DAMAGED, central->local_at, out->name,
                        "no member lies where the directory says");
        return false;
    }
    struct zip_reading r = {.flags = central->flags,
                            .method = central->method,
                            .time = local.time,
                            .crc = central->crc,
                            .at = at + local.head_bytes,
                            .packed = central->packed,
                            .full = central->full};
    bool is_part = false;
    if (is_encrypted(central) && is_encrypted(&local)) {
        is_part = zip_data_open(u, r, out);
    } else if (r.packed == 0 && r.full == 0 && local.packed == 0) {
        if ((central->flags | local.flags) & ZIP_DESCRIPTOR)
            is_part = unsized_member(u, s, r, out);
    } else {
        compare(u, s, central, &local, &r);
        is_part = read_data(u, s, &r, out, &used);
    }
    cover_member(u, s, at, &r, used);
    return is_part;
}

/* One step of a heap sort: `at` sinks to its place among the first `count`. */
static void sink(struct range *r, uint32_t at, uint32_t count)
{
    for (uint32_t kid; (kid = 2 * at + 1) < count; at = kid) {
        if (kid + 1 < count && r[kid + 1].at > r[kid].at)
            kid++;
        if (r[at].at >= r[kid].at)
            return;
        struct range t = r[at];
        r[at] = r[kid];
        r[kid] = t;
    }
}

/* By start. Not qsort: glibc's asks the kernel how much memory there is, and the cage kills it. */
static void sort_ranges(struct range *r, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;)
        sink(r, i, count);
    for (uint32_t left = count; left-- > 1;) {
        struct range t = r[0];
        r[0] = r[left];
        r[left] = t;
        sink(r, 0, left);
    }
}

static void end_directory(struct unpack *u, struct state *s)
{
    if (s->at < s->dir.end)
        unpack_gap(u, GAP_DAMAGED, s->at, "the directory ends before its end");
    cover(u, s, s->dir.at, s->dir.file_end);
    sort_ranges(s->ranges, s->range_count);
    s->phase = PHASE_REST;
    s->at = 0;
}

static bool next_listed(struct unpack *u, struct state *s, struct child *out)
{
    while (!u->budget->spent) {
        struct zip_entry e;
        if (s->at >= s->dir.end ||
            !zip_records_central(source_view(&u->object->source, s->at, HEAD_MOST), &e)) {
            end_directory(u, s);
            return false;
        }
        s->at += e.head_bytes;
        s->listed++;
        if (listed_member(u, s, &e, out))
            return true;
        unpack_drop(u, out);
        if (s->has_other)
            return false;
    }
    return false;
}

/* --- members that the directory does not speak of --- */

/* Where the search may go on from `at`: past everything accounted for. *stop: where that begins
 * again. */
static uint64_t skip_covered(struct state *s, uint64_t at, uint64_t size, uint64_t *stop)
{
    while (s->range_at < s->range_count && s->ranges[s->range_at].at <= at) {
        if (s->ranges[s->range_at].end > at)
            at = s->ranges[s->range_at].end;
        s->range_at++;
    }
    *stop = s->range_at < s->range_count ? s->ranges[s->range_at].at : size;
    return at;
}

/* The next local header in what is not accounted for; false: none is left. */
static bool find_hidden(struct unpack *u, struct state *s, struct zip_entry *e)
{
    struct source *src = &u->object->source;
    while (s->at < src->size) {
        uint64_t stop = 0;
        s->at = skip_covered(s, s->at, src->size, &stop);
        if (s->at >= stop)
            continue;
        uint64_t want = stop - s->at < SEARCH_BYTES ? stop - s->at : SEARCH_BYTES;
        struct span view = source_view(src, s->at, want + 3);
        if (view.len == 0)
            return false;
        if (!unpack_steps(u, view.len / 64 + 1))
            return false;
        size_t hit = span_find(view, SPAN_OF("PK\3\4"), 0);
        if (hit == SIZE_MAX || hit >= want) {
            s->at += want;
            continue;
        }
        s->at += hit;
        if (zip_records_local(source_view(src, s->at, HEAD_MOST), e) && zip_records_is_plausible(e))
            return true;
        s->at += 4;
    }
    return false;
}

static struct zip_reading hidden_reading(struct unpack *u, const struct zip_entry *e, uint64_t at)
{
    struct zip_reading r = {.flags = e->flags,
                            .method = e->method,
                            .time = e->time,
                            .crc = e->crc,
                            .at = at + e->head_bytes,
                            .packed = e->packed,
                            .full = e->full};
    if ((e->flags & ZIP_DESCRIPTOR) && e->packed == 0) {
        r.is_open_ended = true;
        r.packed = r.full =
            e->method == ZIP_STORED ? stored_length(u, r.at) : zip_data_left(u, r.at);
        r.is_other = e->method == ZIP_STORED; /* no checksum to compare with */
    }
    return r;
}

static bool next_hidden(struct unpack *u, struct state *s, struct child *out)
{
    struct zip_entry e;
    while (!u->budget->spent && find_hidden(u, s, &e)) {
        s->name = out->name = unpack_name(u, e.name);
        uint64_t at = s->at, used = 0, end = 0;
        tell(u, s, &e, 0);
        struct zip_reading r = hidden_reading(u, &e, at);
        if (s->dir.is_placed)
            unpack_gap_part(u, GAP_DAMAGED, at, out->name,
                            "a member that the directory does not list");
        s->at = r.at;
        bool is_part = false;
        if (is_encrypted(&e) && (is_part = zip_data_open(u, r, out)))
            used = r.packed;
        else if (!is_encrypted(&e))
            is_part = (r.packed > 0 || r.full > 0) && read_data(u, s, &r, out, &used);
        if (used <= zip_data_left(u, r.at) && add_u64(r.at, used, &end))
            s->at = end;
        if (is_part)
            return true;
        unpack_drop(u, out);
        if (s->has_other)
            return false;
    }
    return false;
}

static bool next_other(struct unpack *u, struct state *s, struct child *out)
{
    struct zip_reading r = s->other;
    uint64_t used = 0;
    s->has_other = false;
    out->name = s->name;
    if (r.packed == 0 && r.method == ZIP_STORED)
        return false;
    return read_data(u, s, &r, out, &used);
}

static bool zip_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    while (s->phase != PHASE_END && !u->budget->spent) {
        if (s->has_other) {
            if (next_other(u, s, out))
                return true;
        } else if (s->phase == PHASE_DIRECTORY) {
            if (next_listed(u, s, out))
                return true;
        } else {
            if (next_hidden(u, s, out))
                return true;
            if (!s->has_other)
                s->phase = PHASE_END;
        }
        unpack_drop(u, out);
    }
    return false;
}

const struct unpacker zip_unpacker = {
    .name = "zip",
    .type = TYPE_ZIP,
    .state_bytes = sizeof(struct state),
    .open = zip_open,
    .next = zip_next,
};
