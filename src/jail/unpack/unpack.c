/* The table of unpackers, and what they share: gaps, and room for output that is charged first. */
#include "jail/unpack/unpack.h"

#include "common/buf.h"
#include "jail/unpack/formats.h"

#include <stdlib.h>

static const struct unpacker *const unpackers[] = {
    &ar_unpacker,  &bzip2_unpacker, &gzip_unpacker, &lzma_unpacker,
    &tar_unpacker, &xz_unpacker,    &zip_unpacker,  &zstd_unpacker,
};

const struct unpacker *unpack_find(enum object_type type)
{
    for (size_t i = 0; i < sizeof unpackers / sizeof unpackers[0]; i++)
        if (unpackers[i]->type == type)
            return unpackers[i];
    return NULL;
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
    buf_span(&b, span_cut(part, 0, LIMIT_NAME_BYTES));
    buf_text(&b, ": ");
    buf_text(&b, detail);
    u->gap(u->sink_ctx, u->object->id, kind, at, buf_get(&b));
    buf_done(&b);
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
                        u->budget->spent ? "more unpacked bytes than one file may have"
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

void unpack_drop(struct unpack *u, struct child *c)
{
    budget_release(u->budget, c->cap);
    free(c->bytes);
    c->bytes = NULL;
    c->len = c->cap = 0;
}
