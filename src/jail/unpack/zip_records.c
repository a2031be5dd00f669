/* ZIP records. An attacker typed every byte. Format: PKWARE APPNOTE.TXT 6.3.10; sections are cited.
 * All numbers are little-endian. */
#include "jail/unpack/zip_records.h"

enum {
    LOCAL_MARK = 0x04034b50,
    CENTRAL_MARK = 0x02014b50,
    END_MARK = 0x06054b50,
    END64_MARK = 0x06064b50,
    LOCATOR_MARK = 0x07064b50,
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    EXTRA_ZIP64 = 1,
    TAIL_BYTES = END_BYTES + 65535,
    VERSION_MOST = 63, /* 6.3, the newest published */
};

/* 4.5.3: only the fields whose 32-bit place holds all ones are there, in this order. */
static void read_zip64(struct span extra, struct zip_entry *e, bool is_central)
{
    struct reader r = reader_of(extra);
    while (reader_left(&r) >= 4) {
        uint16_t id = reader_u16le(&r), len = reader_u16le(&r);
        struct reader field = reader_of(reader_take(&r, len));
        if (id != EXTRA_ZIP64 || r.bad)
            continue;
        if (e->full == UINT32_MAX && reader_left(&field) >= 8)
            e->full = reader_u64le(&field);
        if (e->packed == UINT32_MAX && reader_left(&field) >= 8)
            e->packed = reader_u64le(&field);
        if (is_central && e->local_at == UINT32_MAX && reader_left(&field) >= 8)
            e->local_at = reader_u64le(&field);
        return;
    }
}

/* 4.3.7 */
bool zip_records_local(struct span view, struct zip_entry *e)
{
    struct reader r = reader_of(view);
    *e = (struct zip_entry){0};
    uint32_t mark = reader_u32le(&r);
    e->version = reader_u16le(&r);
    e->flags = reader_u16le(&r);
    e->method = reader_u16le(&r);
    e->time = reader_u16le(&r);
    reader_skip(&r, 2); /* DOS date */
    e->crc = reader_u32le(&r);
    e->packed = reader_u32le(&r);
    e->full = reader_u32le(&r);
    uint16_t name_len = reader_u16le(&r), extra_len = reader_u16le(&r);
    e->name = reader_take(&r, name_len);
    struct span extra = reader_take(&r, extra_len);
    e->head_bytes = (uint32_t)r.at;
    if (r.bad || mark != LOCAL_MARK)
        return false;
    read_zip64(extra, e, false);
    return true;
}

/* 4.3.12 */
bool zip_records_central(struct span view, struct zip_entry *e)
{
    struct reader r = reader_of(view);
    *e = (struct zip_entry){0};
    uint32_t mark = reader_u32le(&r);
    reader_skip(&r, 2); /* made by */
    e->version = reader_u16le(&r);
    e->flags = reader_u16le(&r);
    e->method = reader_u16le(&r);
    e->time = reader_u16le(&r);
    reader_skip(&r, 2); /* DOS date */
    e->crc = reader_u32le(&r);
    e->packed = reader_u32le(&r);
    e->full = reader_u32le(&r);
    uint16_t name_len = reader_u16le(&r), extra_len = reader_u16le(&r);
    uint16_t comment_len = reader_u16le(&r);
    reader_skip(&r, 8); /* disk, attributes */
    e->local_at = reader_u32le(&r);
    e->name = reader_take(&r, name_len);
    struct span extra = reader_take(&r, extra_len);
    reader_skip(&r, comment_len);
    e->head_bytes = (uint32_t)r.at;
    if (r.bad || mark != CENTRAL_MARK)
        return false;
    read_zip64(extra, e, true);
    return true;
}

bool zip_records_is_plausible(const struct zip_entry *e)
{
    bool is_method = e->method <= 20 || (e->method >= 93 && e->method <= 99);
    return (e->version & 0xff) <= VERSION_MOST && is_method && e->name.len > 0 &&
           e->name.len <= 4096;
}

static bool is_mark(struct source *s, uint64_t at, uint32_t mark)
{
    uint32_t got = 0;
    return span_u32le(source_view(s, at, 4), 0, &got) && got == mark;
}

/* The last end record whose comment fits: what most readers take. SIZE_MAX: none. */
static size_t find_end(struct span tail)
{
    for (size_t i = tail.len < END_BYTES ? 0 : tail.len - END_BYTES + 1; i-- > 0;) {
        uint32_t mark = 0;
        uint16_t comment = 0;
        (void)span_u32le(tail, i, &mark);
        if (mark != END_MARK)
            continue;
        (void)span_u16le(tail, i + 20, &comment);
        if (i + END_BYTES + comment <= tail.len)
            return i;
    }
    return SIZE_MAX;
}

struct claim {
    uint64_t size, at; /* of the directory */
};

/* 4.3.14 and 4.3.15: the 64-bit record, where the locator says, else right before the locator. */
static void read_end64(struct source *s, uint64_t end_at, struct zip_directory *d, struct claim *c)
{
    if (end_at < LOCATOR_BYTES || !is_mark(s, end_at - LOCATOR_BYTES, LOCATOR_MARK))
        return;
    struct reader r = reader_of(source_view(s, end_at - LOCATOR_BYTES, LOCATOR_BYTES));
    reader_skip(&r, 8);
    uint64_t at = reader_u64le(&r);
    if (!is_mark(s, at, END64_MARK)) {
        if (end_at < LOCATOR_BYTES + END64_BYTES)
            return;
        at = end_at - LOCATOR_BYTES - END64_BYTES;
        if (!is_mark(s, at, END64_MARK))
            return;
    }
    r = reader_of(source_view(s, at, END64_BYTES));
    reader_skip(&r, 32);
    uint64_t count = reader_u64le(&r), size = reader_u64le(&r), offset = reader_u64le(&r);
    if (r.bad)
        return;
    d->record_at = at;
    d->count = count;
    *c = (struct claim){size, offset};
}

/* Right before the end record is where it must lie; the offset alone is believed second, since
 * bytes put before the archive make it wrong. */
static void place(struct source *s, struct zip_directory *d, const struct claim *c)
{
    d->end = d->record_at;
    if (c->size <= d->record_at) {
        d->at = d->record_at - c->size;
        d->is_placed = c->size == 0 || is_mark(s, d->at, CENTRAL_MARK);
        d->base = d->at >= c->at ? d->at - c->at : 0;
    }
    if (!d->is_placed && c->at < d->record_at && is_mark(s, c->at, CENTRAL_MARK)) {
        d->at = c->at;
        d->base = 0;
        d->is_placed = true;
    }
    if (c->size == 0 && d->count > 0)
        d->is_placed = false;
}

void zip_records_directory(struct source *s, struct zip_directory *d)
{
    *d = (struct zip_directory){0};
    uint64_t from = s->size < TAIL_BYTES ? 0 : s->size - TAIL_BYTES;
    struct span tail = source_view(s, from, TAIL_BYTES);
    size_t found = find_end(tail);
    if (found == SIZE_MAX)
        return;
    struct reader r = reader_from(tail, found);
    reader_skip(&r, 10);
    d->count = reader_u16le(&r);
    struct claim c;
    c.size = reader_u32le(&r);
    c.at = reader_u32le(&r);
    d->is_found = true;
    d->record_at = from + found;
    d->file_end = d->record_at + END_BYTES + reader_u16le(&r);
    read_end64(s, from + found, d, &c);
    place(s, d, &c);
}

bool zip_records_is_behind(struct source *s, bool must_end)
{
    struct zip_directory d;
    uint64_t from = s->size < TAIL_BYTES ? 0 : s->size - TAIL_BYTES;
    /* Asked of every object, so the quick question first. */
    if (span_find(source_view(s, from, TAIL_BYTES), SPAN_OF("PK\5\6"), 0) == SIZE_MAX)
        return false;
    zip_records_directory(s, &d);
    if (must_end && d.file_end != s->size)
        return false;
    return d.is_found && d.is_placed && d.count > 0 && is_mark(s, d.at, CENTRAL_MARK);
}
