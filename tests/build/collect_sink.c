/* The remembering sink. */
#include "collect_sink.h"

#include <stdlib.h>
#include <string.h>

void collect_init(struct collect *c)
{
    *c = (struct collect){.arena = arena_new(0)};
    budget_init(&c->budget);
}

void collect_done(struct collect *c)
{
    arena_free(c->arena);
    free(c->window);
    *c = (struct collect){0};
}

/* Reads the object's beginning, piece by piece when it is windowed. */
static struct span copy_bytes(struct collect *c, struct source *s)
{
    uint8_t *p = arena_alloc(c->arena, s->size < COLLECT_BYTES ? s->size : COLLECT_BYTES, 1);
    size_t len = 0;
    for (uint64_t at = 0; at < s->size;) {
        struct span got = source_view(s, at, 256 << 10);
        if (got.len == 0)
            break;
        size_t keep = len + got.len <= COLLECT_BYTES ? got.len : COLLECT_BYTES - len;
        if (p && keep)
            memcpy(p + len, got.at, keep);
        len += keep;
        at += got.len;
        if (len == COLLECT_BYTES)
            break;
    }
    return span_make(p, p ? len : 0);
}

static void on_object(void *ctx, const struct object *o)
{
    struct collect *c = ctx;
    struct object seen = *o;
    if (!arena_grow(c->arena, (void **)&c->objects, &c->object_cap, c->object_count + 1,
                    sizeof *c->objects))
        return;
    c->objects[c->object_count++] = (struct collected_object){
        .name = arena_copy(c->arena, o->name),
        .bytes = copy_bytes(c, &seen.source),
        .size = o->source.size,
        .type = o->type,
        .evidence = o->evidence,
        .id = o->id,
        .parent = o->parent,
        .depth = o->depth,
    };
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind,
                   __attribute__((unused)) uint64_t at, struct span detail)
{
    struct collect *c = ctx;
    if (arena_grow(c->arena, (void **)&c->gaps, &c->gap_cap, c->gap_count + 1, sizeof *c->gaps))
        c->gaps[c->gap_count++] =
            (struct collected_gap){object, kind, arena_copy(c->arena, detail)};
}

void collect_run_source(struct collect *c, struct source source)
{
    struct inspection in = {.source = source,
                            .budget = c->budget,
                            .sink = {.ctx = c, .object = on_object, .gap = on_gap}};
    struct why why = {0};
    c->err = inspect_file(&in, &c->totals, &why);
    c->budget = in.budget;
}

void collect_run(struct collect *c, struct span file)
{
    collect_run_source(c, source_of(file));
}

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct collect *c = ctx;
    free(c->window);
    c->window = NULL;
    if (at >= c->refuse_from)
        return (struct span){NULL, 0};
    if (len > c->refuse_from - at)
        len = (size_t)(c->refuse_from - at);
    struct span got = span_cut(c->file, (size_t)at, len);
    c->window = malloc(got.len ? got.len : 1);
    if (!c->window)
        return (struct span){NULL, 0};
    if (got.len)
        memcpy(c->window, got.at, got.len);
    return span_make(c->window, got.len);
}

void collect_run_windowed(struct collect *c, struct span file, uint64_t refuse_from)
{
    c->file = file;
    c->refuse_from = refuse_from;
    collect_run_source(c, (struct source){.size = file.len, .fetch = fetch, .ctx = c});
}

const struct collected_object *collect_find(const struct collect *c, const char *name)
{
    for (uint32_t i = 0; i < c->object_count; i++)
        if (c->objects[i].id != 0 && span_equal(c->objects[i].name, span_text(name)))
            return &c->objects[i];
    return NULL;
}

unsigned collect_parts_with(const struct collect *c, const char *text)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < c->object_count; i++)
        count +=
            c->objects[i].id != 0 && span_find(c->objects[i].bytes, span_text(text), 0) != SIZE_MAX;
    return count;
}

unsigned collect_gaps(const struct collect *c, enum gap_kind kind)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < c->gap_count; i++)
        count += c->gaps[i].kind == kind;
    return count;
}

bool collect_gap_says(const struct collect *c, enum gap_kind kind, const char *text)
{
    for (uint32_t i = 0; i < c->gap_count; i++)
        if (c->gaps[i].kind == kind && span_find(c->gaps[i].detail, span_text(text), 0) != SIZE_MAX)
            return true;
    return false;
}
