/* The table of unpackers, and what they share: gaps, and room for output that is charged first. */
#include "jail/unpack/unpack.h"

#include "common/buf.h"
#include "jail/unpack/formats.h"
#include "jail/unpack/zip_records.h"

#include <stdlib.h>
#include <string.h>

static const struct unpacker *const unpackers[] = {
    &ar_unpacker,          &archive_7z_unpacker,  &archive_cab_unpacker, &archive_iso_unpacker,
    &archive_lha_unpacker, &archive_rar_unpacker, &bzip2_unpacker,       &compress_unpacker,
    &cpio_unpacker,        &gzip_unpacker,        &lz4_unpacker,         &lzma_unpacker,
    &mail_unpacker,        &rpm_unpacker,         &tar_unpacker,         &uuencode_unpacker,
    &xz_unpacker,          &zip_unpacker,         &zstd_unpacker,
};

const struct unpacker *unpack_find(enum object_type type)
{
    for (size_t i = 0; i < sizeof unpackers / sizeof unpackers[0]; i++)
        if (unpackers[i]->type == type)
            return unpackers[i];
    return NULL;
}

const struct unpacker *unpack_find_behind(struct object *o)
{
    /* A container may well end with a stored member that is an archive: then it must be the very
     * end, which it never is in a tar, and may be in an ar. */
    bool must_end = type_handling(o->type) == HANDLING_CONTAINER;
    if (o->type == TYPE_ZIP || o->type == TYPE_EMPTY || o->type == TYPE_AR ||
        !zip_records_is_behind(&o->source, must_end))
        return NULL;
    return &zip_unpacker;
}

int64_t unpack_claim(uint64_t bytes)
{
    return bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes;
}

void unpack_member(struct unpack *u, struct member m)
{
    if (m.around == 0)
        m.around = u->object->source.size;
    if (u->member)
        u->member(u->sink_ctx, u->object, &m);
}

void unpack_gap(struct unpack *u, enum gap_kind kind, uint64_t at, const char *detail)
{
    u->gap(u->sink_ctx, u->object->id, kind, at, span_text(detail));
}

void unpack_gap_part(struct unpack *u, enum gap_kind kind, uint64_t at, struct span part,
                     const char *detail)
{
    struct buf b;
    buf_init(&b, 0);
    if (part.len > 0) {
        buf_span(&b, span_cut(part, 0, LIMIT_NAME_BYTES));
        buf_text(&b, ": ");
    }
    buf_text(&b, detail);
    u->gap(u->sink_ctx, u->object->id, kind, at, buf_get(&b));
    buf_done(&b);
}

bool unpack_steps(struct unpack *u, uint64_t n)
{
    if (u->budget->spent)
        return false;
    if (budget_steps(u->budget, n))
        return true;
    unpack_gap(u, GAP_TIMED_OUT, 0, "the file's budget of steps is used up");
    return false;
}

struct span unpack_look(struct unpack *u, uint64_t at, uint64_t end)
{
    enum { STRETCH = 1 << 20 };
    uint64_t to = (at / STRETCH + 1) * STRETCH;
    return at < end ? source_view(&u->object->source, at, (to < end ? to : end) - at)
                    : (struct span){NULL, 0};
}

/* At least `need` bytes of capacity, held against the budget. */
static bool grow(struct unpack *u, struct child *c, size_t need)
{
    size_t cap = c->cap < 4096 ? 4096 : c->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (!budget_hold(u->budget, cap - c->cap)) {
        cap = need;
        if (!budget_hold(u->budget, cap - c->cap))
            return false;
    }
    uint8_t *p = realloc(c->bytes, cap);
    if (!p) {
        budget_release(u->budget, cap - c->cap);
        return false;
    }
    c->bytes = p;
    c->cap = cap;
    return true;
}

uint8_t *unpack_room(struct unpack *u, struct child *c, size_t n)
{
    if (n == 0 || n > SIZE_MAX - c->len)
        return NULL;
    if (!budget_charge(u->budget, c->len, n)) {
        unpack_gap_part(u, GAP_TOO_BIG, 0, c->name,
                        u->budget->spent
                            ? "more unpacked bytes than one file may have"
                            : "larger than one part may be; its beginning was scanned");
        return NULL;
    }
    if (c->cap - c->len < n && !grow(u, c, c->len + n)) {
        budget_refund(u->budget, n);
        unpack_gap_part(u, GAP_TOO_BIG, 0, c->name, "no memory left for this part");
        return NULL;
    }
    uint8_t *p = c->bytes + c->len;
    c->len += n;
    return p;
}

void unpack_trim(struct unpack *u, struct child *c, size_t n, size_t used)
{
    c->len -= n - used;
    budget_refund(u->budget, n - used);
}

/* The container's own size is free: those bytes were looked at once already, as part of it. */
static bool charge_stored(struct unpack *u, uint64_t len)
{
    uint64_t size = u->object->source.size;
    uint64_t before = u->stored > size ? u->stored - size : 0;
    if (!add_u64(u->stored, len, &u->stored))
        u->stored = UINT64_MAX;
    uint64_t after = u->stored > size ? u->stored - size : 0;
    return budget_charge(u->budget, 0, after - before);
}

static bool copy_stored(struct unpack *u, struct child *c, uint64_t at, uint64_t len)
{
    if (!grow(u, c, (size_t)len))
        return false;
    while (c->len < len) {
        struct span got = source_view(&u->object->source, at + c->len, len - c->len);
        if (got.len == 0) {
            unpack_gap_part(u, GAP_TRUNCATED, at, c->name, "its bytes cannot be read");
            return true;
        }
        memcpy(c->bytes + c->len, got.at, got.len);
        c->len += got.len;
    }
    return true;
}

bool unpack_stored(struct unpack *u, struct child *c, uint64_t at, uint64_t len)
{
    uint64_t size = u->object->source.size;
    uint64_t left = at < size ? size - at : 0;
    if (len > left) {
        unpack_gap_part(u, GAP_TRUNCATED, at, c->name, "the container ends before this part does");
        len = left;
    }
    if (len == 0)
        return true;
    if (!charge_stored(u, len)) {
        unpack_gap_part(u, GAP_TOO_BIG, at, c->name, "overlaps other parts too often");
        return false;
    }
    if (source_in_memory(&u->object->source)) {
        c->whole_in_parent = true;
        c->borrowed = source_view(&u->object->source, at, len);
        return true;
    }
    if (len > LIMIT_STORED_COPY_BYTES || len > u->budget->object_bytes) {
        c->windowed = true;
        c->window_at = at;
        c->window_len = len;
        return true;
    }
    if (copy_stored(u, c, at, len))
        return true;
    unpack_gap_part(u, GAP_TOO_BIG, at, c->name, "no memory left for this part");
    return false;
}

struct span unpack_name(struct unpack *u, struct span raw)
{
    if (!u->name_at)
        u->name_at = arena_alloc(u->arena, LIMIT_MEMBER_NAME_BYTES, 1);
    size_t len = raw.len < LIMIT_MEMBER_NAME_BYTES ? raw.len : LIMIT_MEMBER_NAME_BYTES;
    if (!u->name_at || len == 0)
        return (struct span){NULL, 0};
    memmove(u->name_at, raw.at, len);
    return span_make(u->name_at, len);
}

void unpack_drop(struct unpack *u, struct child *c)
{
    budget_release(u->budget, c->cap);
    free(c->bytes);
    c->bytes = NULL;
    c->len = c->cap = 0;
    c->borrowed = (struct span){NULL, 0};
    c->whole_in_parent = c->windowed = false;
}
