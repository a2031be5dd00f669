/* The one seam to libarchive: 7z, RAR (both), cabinet, LHA and ISO 9660. An attacker typed every
 * byte; libarchive reads them inside the cage, and its errors become gaps. Each type enables its
 * own format and nothing else: no filters, so that none of its external programs can be asked for.
 * What it wants from the process (time zone, locale, no iconv) src/bin/jail.c prepares. */
#include "jail/unpack/formats.h"

#include <archive.h>
#include <archive_entry.h>

enum { STEP_FIRST = 64 << 10, STEP_MOST = 4 << 20, READ_BYTES = 256 << 10 };

struct state {
    struct archive *archive;
    struct unpack *unpack;
    uint64_t at; /* what libarchive reads next */
    uint64_t members;
    bool is_over;
};

/* The view stays alive until the next read: parts are copied, so nobody else looks meanwhile. */
static la_ssize_t on_read(struct archive *a, void *ctx, const void **out)
{
    struct state *s = ctx;
    struct source *src = &s->unpack->object->source;
    (void)a;
    struct span view = source_view(src, s->at, READ_BYTES);
    if (!unpack_steps(s->unpack, view.len + 1))
        return 0;
    *out = view.at;
    s->at += view.len;
    return (la_ssize_t)view.len;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t n)
{
    struct state *s = ctx;
    uint64_t size = s->unpack->object->source.size;
    uint64_t left = s->at < size ? size - s->at : 0;
    (void)a;
    if (n <= 0)
        return 0;
    uint64_t step = (uint64_t)n < left ? (uint64_t)n : left;
    s->at += step;
    return (la_int64_t)step;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
    struct state *s = ctx;
    la_int64_t size = (la_int64_t)s->unpack->object->source.size;
    la_int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (la_int64_t)s->at : size;
    la_int64_t to = 0;
    (void)a;
    if (__builtin_add_overflow(base, offset, &to) || to < 0 || to > size)
        return ARCHIVE_FATAL;
    s->at = (uint64_t)to;
    return to;
}

static int enable(struct archive *a, enum object_type type)
{
    switch (type) {
    case TYPE_SEVENZIP:
        return archive_read_support_format_7zip(a);
    case TYPE_CAB:
        return archive_read_support_format_cab(a);
    case TYPE_LHA:
        return archive_read_support_format_lha(a);
    case TYPE_ISO:
        return archive_read_support_format_iso9660(a);
    case TYPE_RAR:
        (void)archive_read_support_format_rar(a);
        return archive_read_support_format_rar5(a);
    default:
        return ARCHIVE_FATAL;
    }
}

/* libarchive has no code of its own for "encrypted" or "unknown method"; its texts are stable. */
static enum gap_kind kind_of(const char *text)
{
    struct span s = span_text(text);
    if (span_find(s, SPAN_OF("ncrypt"), 0) != SIZE_MAX ||
        span_find(s, SPAN_OF("assphrase"), 0) != SIZE_MAX)
        return GAP_ENCRYPTED;
    if (span_find(s, SPAN_OF("nsupported"), 0) != SIZE_MAX ||
        span_find(s, SPAN_OF("ot supported"), 0) != SIZE_MAX ||
        span_find(s, SPAN_OF("nknown"), 0) != SIZE_MAX)
        return GAP_METHOD;
    if (span_find(s, SPAN_OF("runcated"), 0) != SIZE_MAX)
        return GAP_TRUNCATED;
    return span_find(s, SPAN_OF("llocate"), 0) != SIZE_MAX ? GAP_MEMORY : GAP_DAMAGED;
}

static void say(struct state *s, struct span part)
{
    const char *text = archive_error_string(s->archive);
    if (!s->unpack->budget->spent) /* else the reason was given */
        unpack_gap_part(s->unpack, kind_of(text), s->at, part, text ? text : "cannot be read");
}

static bool archive_open_part(struct unpack *u, void *state)
{
    struct state *s = state;
    s->unpack = u;
    s->archive = archive_read_new();
    if (!s->archive) {
        unpack_gap(u, GAP_MEMORY, 0, "no memory for the reader");
        return false;
    }
    (void)archive_read_set_read_callback(s->archive, on_read);
    (void)archive_read_set_skip_callback(s->archive, on_skip);
    (void)archive_read_set_seek_callback(s->archive, on_seek);
    (void)archive_read_set_callback_data(s->archive, s);
    if (enable(s->archive, u->object->type) < ARCHIVE_WARN ||
        archive_read_open1(s->archive) < ARCHIVE_WARN) {
        say(s, (struct span){NULL, 0});
        return false;
    }
    return true;
}

/* The member's bytes up to its end, the budget, or trouble. */
static void read_member(struct state *s, struct child *out)
{
    struct unpack *u = s->unpack;
    size_t step = STEP_FIRST;
    while (!u->budget->spent) {
        uint64_t left = u->budget->object_bytes > out->len ? u->budget->object_bytes - out->len : 0;
        size_t want = left > 0 && left < step ? (size_t)left : step;
        uint8_t *room = unpack_room(u, out, want);
        if (!room)
            return;
        la_ssize_t got = archive_read_data(s->archive, room, want);
        unpack_trim(u, out, want, got > 0 ? (size_t)got : 0);
        if (got < 0)
            say(s, out->name);
        if (got == ARCHIVE_FATAL)
            s->is_over = true;
        if (got <= 0)
            return;
        if (step < STEP_MOST)
            step *= 2;
    }
}

/* The part is full, the member is not. Going on to the next one means to unpack the rest of this
 * one for nothing, except in an image. */
static void after_full(struct state *s, struct archive_entry *entry, const struct child *out)
{
    struct unpack *u = s->unpack;
    if (u->budget->spent || u->object->type == TYPE_ISO || out->len < u->budget->object_bytes)
        return;
    la_int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : INT64_MAX;
    uint64_t left = size > 0 && (uint64_t)size > out->len ? (uint64_t)size - out->len : 0;
    if (left <= u->budget->object_bytes && unpack_steps(u, left))
        return;
    unpack_gap(u, GAP_TOO_BIG, s->at, "the members behind the large one were not looked at");
    s->is_over = true;
}

static struct span name_of(struct unpack *u, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    return unpack_name(u, span_text(name ? name : archive_entry_pathname_utf8(entry)));
}

/* What ClamAV knows of members differs by format: of 7z and cabinets no packed size, of none of
 * these a place (observed). libarchive tells no packed size, which only an image's members have
 * unchanged. */
static void tell(struct unpack *u, struct archive_entry *entry, struct span name)
{
    struct member m = {.type = u->object->type, .name = name, .full = MEMBER_UNKNOWN};
    if (archive_entry_size_is_set(entry))
        m.full = archive_entry_size(entry) < 0 ? 0 : archive_entry_size(entry);
    if (m.type == TYPE_ISO)
        m.packed = m.full;
    else if (m.type == TYPE_RAR || m.type == TYPE_LHA)
        m.packed = MEMBER_UNKNOWN;
    m.is_encrypted =
        archive_entry_is_data_encrypted(entry) || archive_entry_is_metadata_encrypted(entry);
    unpack_member(u, m);
}

/* One entry. True: it gives a part. */
static bool give(struct state *s, struct archive_entry *entry, struct child *out)
{
    out->name = name_of(s->unpack, entry);
    s->members++;
    tell(s->unpack, entry, out->name);
    if (archive_entry_is_data_encrypted(entry) || archive_entry_is_metadata_encrypted(entry)) {
        unpack_gap_part(s->unpack, GAP_ENCRYPTED, s->at, out->name, "no password is known");
        return false;
    }
    if (archive_entry_filetype(entry) == AE_IFDIR && archive_entry_size(entry) <= 0)
        return false;
    read_member(s, out);
    after_full(s, entry, out);
    return out->len > 0;
}

static bool archive_next(struct unpack *u, void *state, struct child *out)
{
    struct state *s = state;
    while (!s->is_over && !u->budget->spent) {
        struct archive_entry *entry = NULL;
        int rc = archive_read_next_header(s->archive, &entry);
        if (rc == ARCHIVE_EOF)
            break;
        if (rc < ARCHIVE_WARN) {
            say(s, (struct span){NULL, 0});
            s->is_over = rc == ARCHIVE_FATAL || s->members == 0;
            s->members++;
            (void)unpack_steps(u, 1000000);
            continue;
        }
        if (give(s, entry, out))
            return true;
        unpack_drop(u, out);
        (void)unpack_steps(u, 1000);
    }
    return false;
}

static void archive_close_part(struct unpack *u, void *state)
{
    struct state *s = state;
    (void)u;
    if (s->archive)
        (void)archive_read_free(s->archive);
}

#define UNPACKER(id, text, kind)                                                                   \
    const struct unpacker id##_unpacker = {                                                        \
        .name = text,                                                                              \
        .type = kind,                                                                              \
        .state_bytes = sizeof(struct state),                                                       \
        .open = archive_open_part,                                                                 \
        .next = archive_next,                                                                      \
        .close = archive_close_part,                                                               \
    }

UNPACKER(archive_7z, "7z", TYPE_SEVENZIP);
UNPACKER(archive_cab, "cab", TYPE_CAB);
UNPACKER(archive_iso, "iso9660", TYPE_ISO);
UNPACKER(archive_lha, "lha", TYPE_LHA);
UNPACKER(archive_rar, "rar", TYPE_RAR);
