/* Front ends run on text in memory, for tests, fuzz targets and the comparison with yarac. */
#include "front.h"

#include "common/text.h"

#include <inttypes.h>
#include <string.h>

static void on_diag(void *ctx, const struct diag *d)
{
    static const char *const levels[] = {"error", "warning", "note"};
    struct front *f = ctx;
    text_escape(&f->diags, d->file);
    buf_print(&f->diags, ":%" PRIu32 ":%" PRIu32 ": %s: ", d->line, d->column, levels[d->level]);
    buf_span(&f->diags, d->text);
    buf_byte(&f->diags, '\n');
}

void front_open(struct front *f)
{
    *f = (struct front){.arena = arena_new(0)};
    buf_init(&f->diags, 1 << 22);
    f->externals[0] = (struct ir_external){.name = SPAN_OF("ext_i"), .kind = FACT_INT, .i = 1};
    f->externals[1] = (struct ir_external){.name = SPAN_OF("ext_f"), .kind = FACT_FLOAT, .f = 1.5};
    f->externals[2] =
        (struct ir_external){.name = SPAN_OF("ext_s"), .kind = FACT_STRING, .s = SPAN_OF("abc")};
    f->externals[3] = (struct ir_external){.name = SPAN_OF("ext_b"), .kind = FACT_BOOL, .i = 1};
    f->in.diag = (struct diag_sink){f, on_diag};
    f->fe = (struct frontend){.ir = ir_new(f->arena), .in = &f->in};
    f->ok = f->arena && f->fe.ir;
    if (f->ok) {
        f->fe.ir->externals = f->externals;
        f->fe.ir->external_count = 4;
    }
}

void front_close(struct front *f)
{
    arena_free(f->arena);
    buf_done(&f->diags);
}

uint32_t front_add(struct front *f, const char *name, const char *space, struct span bytes)
{
    struct source_file file = {
        .name = span_text(name), .space = span_text(space), .bytes = bytes, .kind = SOURCE_YARA};
    f->ok = f->ok && yara_parse(&f->fe, &file);
    return f->fe.errors;
}

uint32_t front_add_hashes(struct front *f, const char *name, struct span bytes)
{
    struct source_file file = {.name = span_text(name), .bytes = bytes, .kind = SOURCE_HASHES};
    f->ok = f->ok && hashlist_parse(&f->fe, &file);
    return f->fe.errors;
}

static const char *keep(struct front *f, struct span s)
{
    struct span copy = arena_copy(f->arena, s);
    return copy.at ? (const char *)copy.at : "(out of memory)";
}

const char *front_dump(struct front *f)
{
    struct buf out;
    buf_init(&out, 0);
    ir_dump(f->fe.ir, &out);
    const char *text = keep(f, buf_get(&out));
    buf_done(&out);
    return text;
}

const char *front_diags(struct front *f)
{
    return keep(f, buf_get(&f->diags));
}
