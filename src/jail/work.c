/* One order: a batch of files, a check of the image, a compilation. Translates what the scan says
 * into records; decides nothing. */
#include "jail/work.h"

#include "common/text.h"
#include "jail/auditing.h"
#include "jail/batch_md5.h"
#include "jail/compile/compile.h"
#include "jail/describe.h"
#include "jail/inspect.h"
#include "jail/listing.h"
#include "jail/match/engine.h"
#include "jail/match/members.h"
#include "jail/match/ruleset.h"
#include "jail/object/memory.h"
#include "jail/session.h"

#include <stdlib.h>
#include <string.h>

struct job {
    struct work *work;
    struct session session;
    struct engine *engine;
    struct members *members;
    const struct order *order;
    uint32_t failed;
    struct batch_md5 md5;
};

static void say_fail(struct job *j, const struct why *why)
{
    struct record r = {.kind = MSG_FAIL, .file = j->session.file, .code = why->code};
    session_send_text(&j->session, &r, span_text(why->text));
    j->failed++;
}

static void on_object(void *ctx, const struct object *o)
{
    struct job *j = ctx;
    struct record r = {.kind = MSG_OBJECT,
                       .file = j->session.file,
                       .object = o->id,
                       .parent = o->parent,
                       .len = o->memory ? o->memory->bytes : o->source.size,
                       .code = o->type,
                       .evidence = (uint16_t)o->evidence,
                       .at = o->depth};
    (void)channel_put(&r, 0, span_cut(o->name, 0, LIMIT_NAME_BYTES));
    session_send(&j->session, &r);
}

static void on_finding(void *ctx, const struct finding *f)
{
    struct job *j = ctx;
    struct record r = {.kind = MSG_FINDING,
                       .file = j->session.file,
                       .object = f->object,
                       .code = f->rule,
                       .at = f->at,
                       .len = f->len,
                       .flags = f->has_place ? 1 : 0};
    struct rule_info info = engine_rule(j->engine, f->rule);
    /* Rule names are bounded by the lexer; a source's long path keeps its end, which says more. */
    (void)channel_put(&r, 0, span_cut(info.name, 0, 128));
    (void)channel_put(&r, 1,
                      info.file.len > 56 ? span_cut(info.file, info.file.len - 56, 56) : info.file);
    (void)channel_put(&r, 2, info.kind);
    session_send(&j->session, &r);
}

static void on_match(void *ctx, const struct match *m)
{
    struct job *j = ctx;
    struct record r = {.kind = MSG_MATCH,
                       .file = j->session.file,
                       .object = m->object,
                       .code = m->rule,
                       .parent = m->string,
                       .at = m->at,
                       .len = m->len,
                       .flags = (uint16_t)(m->xor_key | (m->is_hex ? MATCH_HEX : 0))};
    struct span name = engine_string_name(j->engine, m->string);
    struct record head = {.kind = MSG_TEXT, .file = j->session.file, .flags = 1};
    (void)channel_put(&head, 0, name);
    session_send(&j->session, &head);
    session_send_text(&j->session, &r, m->bytes);
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail)
{
    struct job *j = ctx;
    struct record r = {
        .kind = MSG_GAP, .file = j->session.file, .object = object, .code = kind, .at = at};
    (void)channel_put(&r, 0, detail);
    session_send(&j->session, &r);
}

static void on_output(void *ctx, struct span text)
{
    struct job *j = ctx;
    while (text.len > 0) {
        struct record r = {.kind = MSG_OUTPUT, .file = j->session.file};
        size_t n = channel_put(&r, 0, span_cut(text, 0, RECORD_TEXT));
        session_send(&j->session, &r);
        text = span_cut(text, n, SIZE_MAX);
    }
}

static struct source source_for(struct job *j, const struct batch_file *f)
{
    if (f->is_whole)
        return source_of(session_data(&j->session, f->at, f->size));
    if (f->size < j->session.window_bytes) { /* it waited for others and has the window alone now */
        struct session_piece all = {.file = j->session.file, .len = f->size};
        struct span got = session_fetch(&j->session, &all);
        if (got.len == f->size)
            return source_of(got);
    }
    return session_source(&j->session, f->size);
}

/* The regions are copied: replies to NEED go where their table lies. False: no memory. */
static bool take_regions(struct job *j, const struct batch_file *f, struct inspection *in)
{
    struct span table =
        session_data(&j->session, f->at, (uint64_t)f->regions * sizeof(struct batch_region));
    struct memory *m = malloc(sizeof *m + table.len);
    if (!m)
        return false;
    struct batch_region *regions = (struct batch_region *)(m + 1);
    if (table.len)
        memcpy(regions, table.at, table.len);
    *m = (struct memory){.regions = regions, .count = f->regions, .bytes = f->size};
    uint64_t end = f->regions ? regions[f->regions - 1].at + regions[f->regions - 1].len : 0;
    in->source = session_source(&j->session, end);
    in->source.is_sparse = true;
    in->memory = m;
    return true;
}

static void examine(struct job *j, uint32_t index)
{
    const struct batch_file *f = &j->order->files[index];
    j->session.file = index;
    struct record start = {.kind = MSG_START, .file = index};
    session_send(&j->session, &start);
    struct inspection in = {
        .source = source_for(j, f),
        .engine = j->engine,
        .members = j->members,
        .md5 = j->md5.of[index],
        .sink = {.ctx = j, .object = on_object, .finding = on_finding, .gap = on_gap}};
    if (j->order->options & ORDER_MATCHES)
        in.sink.match = on_match;
    if (j->order->options & (ORDER_OUTPUT | ORDER_DUMP))
        in.sink.output = on_output;
    in.no_unpack = (j->order->options & ORDER_NO_UNPACK) != 0;
    budget_init(&in.budget);
    if (j->order->object_bytes)
        in.budget.object_bytes = j->order->object_bytes;
    if (j->order->total_bytes)
        in.budget.total_bytes = j->order->total_bytes;
    if (j->order->objects && j->order->objects < in.budget.objects)
        in.budget.objects = j->order->objects;
    if (j->order->depth)
        in.budget.depth = j->order->depth;
    struct inspected got = {0};
    struct why why = {0};
    enum err err = ERR_NONE;
    if (f->is_process && !take_regions(j, f, &in))
        err = fail(&why, ERR_NOMEM, "%u regions", f->regions);
    if (err == ERR_NONE)
        err = inspect_file(&in, &got, &why);
    if (err != ERR_NONE)
        say_fail(j, &why);
    free(in.memory);
    struct record done = {.kind = MSG_DONE, .file = index, .at = got.objects, .len = got.bytes};
    session_send(&j->session, &done);
}

static enum err open_engine(struct job *j, struct why *why)
{
    if (j->work->image.len == 0)
        return ERR_NONE;
    struct engine_options options = {.exhaustive = (j->order->options & ORDER_EXHAUSTIVE) != 0,
                                     .matches = (j->order->options & ORDER_MATCHES) != 0,
                                     .costs = (j->order->options & ORDER_COSTS) != 0,
                                     .unmatched = (j->order->options & ORDER_UNMATCHED) != 0,
                                     .log = (j->order->options & ORDER_OUTPUT) != 0,
                                     .dump = (j->order->options & ORDER_DUMP) != 0,
                                     .now_s = j->order->now_s,
                                     .magic = j->work->magic,
                                     .plain = (j->order->options & ORDER_PLAIN) != 0,
                                     .fast = (j->order->options & ORDER_FAST) != 0};
    /* Without files the order only shows that jails come up: no file to hold it against. */
    if (j->order->count > 0)
        options.module_data =
            session_data(&j->session, j->order->modules_at, j->order->modules_len);
    return engine_open(&j->engine, j->work->image, options, why);
}

static struct span fetch_piece(void *ctx, uint32_t file, uint32_t place, uint64_t at, uint64_t len)
{
    struct job *j = ctx;
    struct session_piece piece = {
        .file = file, .to = place * BATCH_MD5_PIECE, .at = at, .len = len};
    return session_fetch(&j->session, &piece);
}

/* Files outside of the window, together: each piece of one has a place of its own. */
static void hash_fetched(struct job *j, uint32_t count)
{
    uint64_t sizes[BATCH_MAX];
    for (uint32_t i = 0; i < count; i++)
        sizes[i] = j->order->files[i].size;
    struct batch_fetch fetch = {.sizes = sizes, .count = count, .piece = fetch_piece, .ctx = j};
    batch_md5_fetch(&j->md5, j->engine, &fetch);
}

/* Files that lie in the window whole, together. */
static void hash_whole(struct job *j, uint32_t count)
{
    struct span files[BATCH_MAX] = {{NULL, 0}};
    for (uint32_t i = j->order->first; i < count; i++)
        if (j->order->files[i].is_whole)
            files[i] = session_data(&j->session, j->order->files[i].at, j->order->files[i].size);
    batch_md5_make(&j->md5, j->engine, files, count);
}

/* The window cannot hold whole files and pieces at once. What a jail died of is not hashed again
 * before it is looked at: a batch of such files would be hashed once for each. */
static void hash_batch(struct job *j, uint32_t count)
{
    bool any_whole = false;
    for (uint32_t i = 0; i < count; i++)
        any_whole = any_whole || j->order->files[i].is_whole;
    if (!j->engine)
        return;
    if (count > 1 && !any_whole && j->order->first == 0)
        hash_fetched(j, count);
    else
        hash_whole(j, count);
}

static void run_batch(struct job *j)
{
    struct why why = {0};
    enum err err = open_engine(j, &why);
    if (err == ERR_NONE && j->engine)
        err = members_open(&j->members, j->engine, &why);
    if (err != ERR_NONE) {
        say_fail(j, &why);
        engine_close(j->engine);
        return;
    }
    uint32_t count = j->order->count < BATCH_MAX ? j->order->count : BATCH_MAX;
    hash_batch(j, count);
    for (uint32_t i = j->order->first; i < count; i++)
        examine(j, i);
    if (j->engine && (j->order->options & ORDER_COSTS))
        listing_send(&j->session, j->engine, true);
    members_close(j->members);
    engine_close(j->engine);
}

static void run_check(struct job *j)
{
    struct why why = {0};
    if (ruleset_check(j->work->image, &why) != ERR_NONE)
        say_fail(j, &why);
}

static void run_list(struct job *j)
{
    struct why why = {0};
    if (open_engine(j, &why) != ERR_NONE)
        say_fail(j, &why);
    else if (j->engine)
        listing_send(&j->session, j->engine, false);
    engine_close(j->engine);
}

static void run_describe(struct job *j)
{
    struct why why = {0};
    if (describe_send(&j->session, j->work->image, (j->order->options & ORDER_ABOUT_META) != 0,
                      &why) != ERR_NONE)
        say_fail(j, &why);
}

static void on_diag(void *ctx, const struct diag *d)
{
    struct job *j = ctx;
    struct record file = {.kind = MSG_TEXT, .flags = 1};
    (void)channel_put(&file, 0, d->file);
    session_send(&j->session, &file);
    if (d->rule.len > 0) { /* behind the file's name and a NUL */
        struct record mark = {.kind = MSG_TEXT, .flags = 1}, rule = mark;
        (void)channel_put(&mark, 0, span_make("", 1));
        session_send(&j->session, &mark);
        (void)channel_put(&rule, 0, d->rule);
        session_send(&j->session, &rule);
    }
    struct record r = {.kind = MSG_DIAG, .code = d->level, .at = d->line, .len = d->column};
    session_send_text(&j->session, &r, span_cut(d->text, 0, 1000));
}

static bool on_include(void *ctx, struct span name, struct span from, struct source_file *out,
                       const char **reason)
{
    struct job *j = ctx;
    struct record head = {.kind = MSG_TEXT, .flags = 1};
    (void)channel_put(&head, 0, from);
    session_send(&j->session, &head);
    struct record r = {.kind = MSG_INCLUDE};
    if (name.len > RECORD_TEXT) {
        *reason = "the name is too long";
        return false;
    }
    (void)channel_put(&r, 0, name);
    bool ok = false;
    struct span bytes = session_ask(&j->session, &r, &ok);
    if (!ok) {
        *reason = "not found beneath the source's folder (allow another with -I)";
        return false;
    }
    /* u32 length, the resolved name, the bytes */
    struct reader in = reader_of(bytes);
    uint32_t name_len = reader_u32le(&in);
    *out = (struct source_file){.name = reader_take(&in, name_len), .kind = SOURCE_YARA};
    out->bytes = reader_rest(&in);
    return !in.bad;
}

/* One external: a kind letter, name, '=', value, NUL. */
static bool read_external(struct span *rest, struct ir_external *out)
{
    struct span field, name;
    if (!text_field(rest, 0, &field) || field.len < 3)
        return false;
    uint8_t kind = span_byte(field, 0);
    field = span_cut(field, 1, SIZE_MAX);
    if (!text_field(&field, '=', &name))
        return false;
    *out = (struct ir_external){.name = name, .kind = FACT_STRING, .s = field};
    uint64_t v = 0;
    bool negative = span_byte(field, 0) == '-';
    if (kind == 'i' || kind == 'b') {
        (void)text_u64(negative ? span_cut(field, 1, SIZE_MAX) : field, &v);
        out->kind = kind == 'i' ? FACT_INT : FACT_BOOL;
        out->i = negative ? -(int64_t)v : (int64_t)v;
    } else if (kind == 'f') {
        out->kind = FACT_FLOAT;
        out->f = text_double(field);
    }
    return true;
}

static bool read_tables(struct job *j, struct compile_input *in, struct arena *a)
{
    const struct order *o = j->order;
    const struct session *s = &j->session;
    in->file_count = o->count;
    in->files = arena_array(a, struct source_file, o->count);
    struct span table =
        session_data(s, o->table_at, (uint64_t)o->count * sizeof(struct batch_source));
    if (!in->files || table.len != o->count * sizeof(struct batch_source))
        return false;
    for (uint32_t i = 0; i < o->count; i++) {
        struct batch_source row;
        memcpy(&row, span_cut(table, i * sizeof row, sizeof row).at, sizeof row);
        in->files[i] = (struct source_file){
            .name = session_data(s, row.name_at, row.name_len),
            .space = session_data(s, row.space_at, row.space_len),
            .bytes = session_data(s, row.at, row.len),
            .kind = (enum source_kind)row.kind,
        };
    }
    struct span text = session_data(s, o->externals_at, o->externals_len);
    uint32_t cap = 0;
    struct ir_external next;
    while (read_external(&text, &next)) {
        if (!arena_grow(a, (void **)&in->externals, &cap, in->external_count + 1, sizeof next))
            return false;
        in->externals[in->external_count++] = next;
    }
    return true;
}

static void say_image(struct job *j, const struct buf *image, const struct compile_stats *stats)
{
    if (image->len > j->work->output_bytes) {
        struct why why = {0};
        (void)fail(&why, ERR_LIMIT, "the image would be %zu bytes", image->len);
        say_fail(j, &why);
        return;
    }
    memcpy(j->work->output, image->at, image->len);
    struct record r = {.kind = MSG_IMAGE,
                       .len = image->len,
                       .object = stats->rules,
                       .parent = stats->strings,
                       .at = stats->hashes,
                       .code = stats->errors,
                       .file = stats->warnings};
    session_send(&j->session, &r);
}

static void run_compile(struct job *j)
{
    struct arena *a = arena_new(0);
    struct buf image;
    buf_init(&image, LIMIT_IMAGE_BYTES);
    struct compile_input in = {.diag = {.ctx = j, .give = on_diag},
                               .include = on_include,
                               .include_ctx = j,
                               .keep_going = (j->order->options & ORDER_KEEP_GOING) != 0,
                               .yara_x = (j->order->options & ORDER_YARA_X) != 0,
                               .allow_unsigned = (j->order->options & ORDER_ALLOW_UNSIGNED) != 0,
                               .published = (j->order->options & ORDER_PUBLISHED) != 0,
                               .pua = (j->order->options & ORDER_PUA) != 0,
                               .as_yara = (j->order->options & ORDER_AS_YARA) != 0,
                               .strict_escape = (j->order->options & ORDER_STRICT_ESCAPE) != 0};
    if (j->order->options & ORDER_AUDIT)
        in.audit = auditing_send;
    in.audit_ctx = &j->session;
    struct compile_stats stats = {0};
    struct why why = {0};
    enum err err = ERR_NONE;
    if (!a || !j->work->output || !read_tables(j, &in, a))
        err = fail(&why, ERR_PEER, "the order cannot be read");
    if (err == ERR_NONE)
        err = compile_run(&in, &image, &stats, &why);
    if (err == ERR_NONE)
        say_image(j, &image, &stats);
    else
        say_fail(j, &why);
    buf_done(&image);
    arena_free(a);
}

static void (*const orders[MSG_COUNT])(struct job *) = {
    [MSG_BATCH] = run_batch, [MSG_CHECK] = run_check,       [MSG_COMPILE] = run_compile,
    [MSG_LIST] = run_list,   [MSG_DESCRIBE] = run_describe,
};

void work_run(struct work *w)
{
    struct job j = {.work = w};
    uint32_t seen = 0;
    session_init(&j.session, w->window, w->ring, w->window_bytes);
    j.order = session_wait(&j.session, &seen);
    if (j.order->kind < MSG_COUNT && orders[j.order->kind])
        orders[j.order->kind](&j);
    struct record end = {.kind = MSG_END, .code = j.failed};
    session_send(&j.session, &end);
}
