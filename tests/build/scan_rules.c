/* Rules and bytes in, findings out, without a cage. */
#include "scan_rules.h"

#include "common/crypto.h"
#include "common/text.h"
#include "jail/inspect.h"
#include "jail/match/members.h"
#include "jail/match/ruleset.h"

#include <stdlib.h>
#include <string.h>

/* As a jail does before its cage closes. */
__attribute__((constructor)) static void warm(void)
{
    if (crypto_warm(NULL) != ERR_NONE)
        abort();
}

static void on_diag(void *ctx, const struct diag *d)
{
    struct compiled *c = ctx;
    text_escape(&c->diags, d->file);
    buf_print(&c->diags, ":%u:%u: ", d->line, d->column);
    buf_span(&c->diags, d->text);
    buf_byte(&c->diags, '\n');
}

void rules_compile_input(struct compiled *c, struct compile_input *in)
{
    *c = (struct compiled){0};
    buf_init(&c->image, 0);
    buf_init(&c->diags, 1 << 20);
    in->diag = (struct diag_sink){c, on_diag};
    c->err = compile_run(in, &c->image, &c->stats, &c->why);
}

void rules_compile(struct compiled *c, const char *rules)
{
    struct source_file file = {.name = SPAN_OF("test.yar"),
                               .space = SPAN_OF("default"),
                               .bytes = span_text(rules),
                               .kind = SOURCE_YARA};
    struct compile_input in = {.files = &file, .file_count = 1};
    rules_compile_input(c, &in);
}

void rules_done(struct compiled *c)
{
    buf_done(&c->image);
    buf_done(&c->diags);
}

struct scanning {
    struct engine *engine;
    struct buf *out;
    struct span bytes;
    size_t view;
    uint8_t *window;
};

static void on_object(void *ctx, const struct object *o)
{
    (void)ctx;
    (void)o;
}

static void on_finding(void *ctx, const struct finding *f)
{
    struct scanning *s = ctx;
    buf_span(s->out, engine_rule(s->engine, f->rule).name);
    buf_byte(s->out, ' ');
}

static void on_match(void *ctx, const struct match *m)
{
    struct scanning *s = ctx;
    buf_span(s->out, engine_string_name(s->engine, m->string));
    buf_print(s->out, "@%llu+%llu ", (unsigned long long)m->at, (unsigned long long)m->len);
}

static void on_gap(void *ctx, uint32_t object, enum gap_kind kind, uint64_t at, struct span detail)
{
    struct scanning *s = ctx;
    (void)object;
    (void)at;
    (void)detail;
    buf_print(s->out, "!%s ", gap_name(kind));
}

/* Each view is a block of its own, so that a sanitizer sees one byte past it or one kept too long.
 */
static struct span fetch(void *ctx, uint64_t at, size_t len)
{
    struct scanning *s = ctx;
    free(s->window);
    s->window = malloc(len ? len : 1);
    if (!s->window)
        abort();
    memcpy(s->window, s->bytes.at + at, len);
    return span_make(s->window, len < s->view ? len : s->view);
}

/* The object and what is in it. */
static enum err inspect(struct scanning *s, struct source source, const struct budget *budget,
                        const struct sink *sink)
{
    struct inspection in = {
        .source = source, .engine = s->engine, .budget = *budget, .sink = *sink};
    struct inspected got;
    enum err err = members_open(&in.members, s->engine, NULL);
    if (err == ERR_NONE)
        err = inspect_file(&in, &got, NULL);
    members_close(in.members);
    return err;
}

static void scan(struct scanning *s, struct span image, struct source source, unsigned flags)
{
    struct engine_options options = {.exhaustive = (flags & SCAN_EXHAUSTIVE) != 0,
                                     .matches = (flags & SCAN_MATCHES) != 0,
                                     .now_s = flags & SCAN_NOW ? 1700000000 : 0,
                                     .fast = (flags & SCAN_FAST) != 0};
    struct sink sink = {
        .ctx = s, .object = on_object, .finding = on_finding, .match = on_match, .gap = on_gap};
    struct object o = {.source = source};
    struct budget budget;
    budget_init(&budget);
    if (flags & SCAN_SHORT)
        budget.steps = 300000;
    if (ruleset_check(image, NULL) != ERR_NONE ||
        engine_open(&s->engine, image, options, NULL) != ERR_NONE) {
        buf_text(s->out, "refused ");
        return;
    }
    enum err err = flags & SCAN_UNPACK ? inspect(s, source, &budget, &sink)
                                       : engine_scan(s->engine, &o, &budget, &sink, NULL);
    if (err != ERR_NONE)
        buf_text(s->out, "failed ");
    engine_close(s->engine);
    free(s->window);
}

void rules_scan(struct span image, struct span bytes, unsigned flags, struct buf *out)
{
    struct scanning s = {.out = out};
    scan(&s, image, source_of(bytes), flags);
}

void rules_scan_windowed(struct span image, struct span bytes, size_t view, unsigned flags,
                         struct buf *out)
{
    struct scanning s = {.out = out, .bytes = bytes, .view = view};
    struct source source = {.size = bytes.len, .fetch = fetch, .ctx = &s};
    scan(&s, image, source, flags);
}

const char *rules_try(struct buf *out, const char *rules, struct span bytes, unsigned flags)
{
    struct compiled c;
    buf_clear(out);
    rules_compile(&c, rules);
    if (c.err != ERR_NONE) {
        buf_print(out, "error: %s ", c.why.text);
        buf_span(out, buf_get(&c.diags));
    } else {
        rules_scan(buf_get(&c.image), bytes, flags, out);
    }
    rules_done(&c);
    buf_byte(out, 0);
    return (const char *)out->at;
}
