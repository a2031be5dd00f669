/* Which files of a batch are worth an MD5, longest first. Bytes are the files': any. */
#include "jail/batch_md5.h"

static struct md5_kernel kernel_for(const struct engine *e)
{
    return engine_is_plain(e) ? md5_lanes_find(MD5_PLAIN) : md5_lanes_best();
}

/* Those worth it, by falling size. */
struct list {
    uint64_t sizes[BATCH_MD5_MAX];
    uint32_t owner[BATCH_MD5_MAX], count;
};

static void insert(struct list *l, uint64_t size, uint32_t file)
{
    uint32_t place = l->count++;
    for (; place > 0 && l->sizes[place - 1] < size; place--) {
        l->sizes[place] = l->sizes[place - 1];
        l->owner[place] = l->owner[place - 1];
    }
    l->sizes[place] = size;
    l->owner[place] = file;
}

void batch_md5_make(struct batch_md5 *out, const struct engine *e, const struct span *files,
                    uint32_t count)
{
    struct list l = {.count = 0};
    struct span items[BATCH_MD5_MAX];
    for (uint32_t i = 0; i < count; i++) {
        out->of[i] = NULL;
        if (files[i].len > 0 && engine_wants_md5(e, files[i].len))
            insert(&l, files[i].len, i);
    }
    for (uint32_t k = 0; k < l.count; k++)
        items[k] = files[l.owner[k]];
    md5_lanes_hash(kernel_for(e), items, l.count, out->digests);
    for (uint32_t k = 0; k < l.count; k++)
        out->of[l.owner[k]] = out->digests[k];
}

struct fetching {
    const struct batch_fetch *fetch;
    const struct list *list;
};

static struct span piece(void *ctx, uint32_t item, uint32_t lane, uint64_t at)
{
    const struct fetching *f = ctx;
    uint64_t left = f->list->sizes[item] - at;
    uint64_t len = left < BATCH_MD5_PIECE ? left : BATCH_MD5_PIECE;
    return f->fetch->piece(f->fetch->ctx, f->list->owner[item], lane, at, len);
}

void batch_md5_fetch(struct batch_md5 *out, const struct engine *e, const struct batch_fetch *f)
{
    struct list l = {.count = 0};
    struct fetching fetching = {f, &l};
    bool made[BATCH_MD5_MAX];
    for (uint32_t i = 0; i < f->count; i++) {
        out->of[i] = NULL;
        if (f->sizes[i] > 0 && engine_wants_md5(e, f->sizes[i]))
            insert(&l, f->sizes[i], i);
    }
    struct md5_items items = {
        .sizes = l.sizes, .count = l.count, .piece = piece, .ctx = &fetching, .made = made};
    md5_lanes_stream(kernel_for(e), &items, out->digests);
    for (uint32_t k = 0; k < l.count; k++)
        out->of[l.owner[k]] = made[k] ? out->digests[k] : NULL;
}
