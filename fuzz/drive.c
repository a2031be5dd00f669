/* Drives inspect_file for a fuzz target, and checks what must hold for any input. */
#include "drive.h"

#include "jail/inspect.h"

#include <stdlib.h>
#include <string.h>

enum { OBJECT_MOST = 1 << 20, TOTAL_MOST = 4 << 20, OBJECTS_MOST = 200, DEPTH_MOST = 8 };

struct seen {
    uint64_t objects, bytes, gaps;
    const uint8_t *data;
    size_t size;
    uint8_t *window;
};

static void on_object(void *ctx, const struct object *o)
{
    struct seen *s = ctx;
    s->objects++;
    s->bytes += o->source.size;
    if (o->id >= OBJECTS_MOST || (o->id > 0 && o->parent >= o->id) || o->depth > DEPTH_MOST)
        abort();
    /* Touch the first and the last byte. */
    struct source source = o->source;
    static volatile uint8_t touched;
    touched = span_byte(source_view(&source, 0, 1), 0);
    touched = span_byte(source_view(&source, source.size ? source.size - 1 : 0, 1), 0);
    (void)touched;
}

static void on_gap(void *ctx, __attribute__((unused)) uint32_t object, enum gap_kind kind,
                   __attribute__((unused)) uint64_t at, struct span detail)
{
    struct seen *s = ctx;
    if (kind >= GAP_COUNT || detail.len > 1024)
        abort();
    s->gaps++;
}

static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct seen *s = ctx;
    free(s->window);
    struct span got = span_cut(span_make(s->data, s->size), (size_t)at, len);
    s->window = malloc(got.len ? got.len : 1);
    if (!s->window)
        abort();
    if (got.len)
        memcpy(s->window, got.at, got.len);
    return span_make(s->window, got.len);
}

static void scan(struct seen *s, struct source source)
{
    struct inspection in = {.source = source,
                            .sink = {.ctx = s, .object = on_object, .gap = on_gap}};
    budget_init(&in.budget);
    in.budget.object_bytes = OBJECT_MOST;
    in.budget.total_bytes = TOTAL_MOST;
    in.budget.held_bytes = TOTAL_MOST;
    in.budget.objects = OBJECTS_MOST;
    in.budget.depth = DEPTH_MOST;
    in.budget.steps = 64 << 20;
    struct inspected got = {0};
    struct why why = {0};
    if (inspect_file(&in, &got, &why) != ERR_NONE)
        abort();
    if (in.budget.held_used != 0 || got.objects != s->objects || s->objects == 0)
        abort();
}

void drive_scan(const uint8_t *data, size_t size)
{
    struct seen whole = {0}, windowed = {.data = data, .size = size};
    scan(&whole, source_of(span_make(data, size)));
    scan(&windowed, (struct source){.size = size, .fetch = fetch, .ctx = &windowed});
    free(windowed.window);
    if (whole.objects != windowed.objects || whole.bytes != windowed.bytes)
        abort();
}
