/* For people. One line a finding, one line a gap, then the summary. */
#include "common/text.h"
#include "sandbox/policy.h"
#include "user/render.h"

#include <inttypes.h>

static const char *colour(const struct render_options *o, const char *code)
{
    return o->colour ? code : "";
}

/* " in a.zip > b.tar" or nothing. */
static void put_part(struct buf *b, const struct report *r, uint32_t object)
{
    struct span names[RENDER_PARTS];
    size_t count = report_part(r, object, names, RENDER_PARTS);
    for (size_t i = 0; i < count; i++) {
        buf_text(b, i == 0 ? " in " : " > ");
        if (names[i].len)
            text_escape(b, names[i]);
        else
            buf_text(b, "(content)");
    }
}

static void put_path(struct buf *b, const struct report *r)
{
    text_escape(b, r->path);
    buf_text(b, ": ");
}

static void flush(const struct render_options *o, struct buf *b)
{
    buf_byte(b, '\n');
    (void)fwrite(b->at, 1, b->len, o->out); /* a closed pipe shows at the end */
    buf_done(b);
}

static void explain_finding(const struct render_options *o, const struct report *r,
                            const struct report_finding *f)
{
    struct buf b;
    const struct report_object *object = report_find_object(r, f->object);
    buf_init(&b, 0);
    buf_text(&b, "    why: rule ");
    text_escape(&b, f->name);
    buf_text(&b, " from ");
    text_escape(&b, f->source);
    if (object)
        buf_print(&b, " is true of this %s, evidence class %s", type_name(object->type),
                  evidence_name(object->evidence));
    if (f->has_place)
        buf_print(&b, "; its first string lies at %" PRIu64 " and is %" PRIu64 " bytes long", f->at,
                  f->len);
    flush(o, &b);
    for (uint32_t i = 0; i < r->matches_len; i++) {
        const struct report_match *m = &r->matches[i];
        if (m->rule != f->rule || m->object != f->object)
            continue;
        buf_init(&b, 0);
        buf_print(&b, "    0x%" PRIx64 ":", m->at);
        text_escape(&b, m->name);
        buf_text(&b, ": ");
        text_escape(&b, m->bytes);
        flush(o, &b);
    }
}

static void show_finding(const struct render_options *o, const struct report *r,
                         const struct report_finding *f)
{
    struct buf b;
    buf_init(&b, 0);
    put_path(&b, r);
    buf_print(&b, "%sFOUND ", colour(o, "\033[1;31m"));
    text_escape(&b, f->name);
    buf_text(&b, colour(o, "\033[0m"));
    if (f->kind.len) {
        buf_text(&b, " (");
        text_escape(&b, f->kind);
        buf_text(&b, ")");
    }
    put_part(&b, r, f->object);
    if (f->has_place)
        buf_print(&b, " at %" PRIu64, f->at);
    flush(o, &b);
    if (o->explain)
        explain_finding(o, r, f);
}

static void show_gap(const struct render_options *o, const struct report *r,
                     const struct report_gap *g)
{
    struct buf b;
    bool accepted = (o->accepted >> g->kind & 1) != 0;
    buf_init(&b, 0);
    put_path(&b, r);
    buf_print(&b, "%sGAP %s%s%s", colour(o, accepted ? "" : "\033[33m"), gap_name(g->kind),
              colour(o, "\033[0m"), accepted ? " (accepted)" : "");
    put_part(&b, r, g->object);
    if (g->detail.len) {
        buf_text(&b, ": ");
        text_escape(&b, g->detail);
    }
    flush(o, &b);
    if (!o->explain)
        return;
    buf_init(&b, 0);
    buf_print(&b, "    why: %s", gap_meaning(g->kind));
    flush(o, &b);
}

static void report(const struct render_options *o, const struct report *r)
{
    if (o->quiet)
        return;
    for (uint32_t i = 0; i < r->findings_len; i++)
        show_finding(o, r, &r->findings[i]);
    for (uint32_t i = 0; i < r->gaps_len; i++)
        show_gap(o, r, &r->gaps[i]);
    struct buf b;
    buf_init(&b, 0);
    put_path(&b, r);
    if (r->failed) {
        buf_text(&b, "ERROR ");
        text_escape(&b, r->failure);
        flush(o, &b);
    } else if (o->all && r->findings_len == 0 && r->gaps_len == 0) {
        buf_text(&b, "clean");
        flush(o, &b);
    }
    buf_done(&b);
}

static void pseudo(const struct render_options *o, struct span path, const char *type)
{
    struct buf b;
    if (o->quiet)
        return;
    buf_init(&b, 0);
    text_escape(&b, path);
    buf_print(&b, ": skipped, a file system that the kernel makes up (%s)", type);
    flush(o, &b);
}

static void put_counts(struct buf *b, const struct summary *s)
{
    char bytes[32], rate[32];
    render_bytes(bytes, sizeof bytes, s->bytes);
    render_bytes(rate, sizeof rate, s->duration_ms ? s->bytes * 1000 / s->duration_ms : s->bytes);
    buf_print(b,
              "files      %" PRIu64 " (%" PRIu64 " clean, %" PRIu64 " found, %" PRIu64
              " with gaps, %" PRIu64 " errors)\n",
              s->files, s->verdicts[VERDICT_CLEAN], s->verdicts[VERDICT_FOUND],
              s->verdicts[VERDICT_PARTIAL], s->verdicts[VERDICT_ERROR]);
    if (s->cached)
        buf_print(b,
                  "cached     %" PRIu64 " of them: unchanged since these rules found them clean\n",
                  s->cached);
    buf_print(b, "objects    %" PRIu64 ", %s matched in %" PRIu64 ".%03" PRIu64 " s (%s/s)\n",
              s->objects, bytes, s->duration_ms / 1000, s->duration_ms % 1000, rate);
}

static void put_gaps(struct buf *b, const struct summary *s)
{
    bool any = false;
    for (int k = 0; k < GAP_COUNT; k++) {
        if (!s->gaps[k])
            continue;
        buf_print(b, "%s%" PRIu64 " %s%s", any ? ", " : "gaps       ", s->gaps[k],
                  gap_name((enum gap_kind)k), s->accepted >> k & 1 ? " (accepted)" : "");
        any = true;
    }
    buf_text(b, any ? "\n" : "gaps       none: everything was looked at\n");
}

static void end(const struct render_options *o, const struct summary *s)
{
    struct buf b, layers, missing;
    if (o->quiet)
        return;
    buf_init(&b, 0);
    buf_init(&layers, 0);
    buf_init(&missing, 0);
    buf_text(&b, "\n");
    put_counts(&b, s);
    buf_print(&b, "findings   %" PRIu64 "\n", s->findings);
    put_gaps(&b, s);
    if (s->special + s->links + s->hard_links + s->excluded + s->pseudo > 0)
        buf_print(&b,
                  "passed by  %" PRIu64 " links, %" PRIu64 " further names of one file, %" PRIu64
                  " devices, sockets and FIFOs, %" PRIu64 " pseudo file systems, %" PRIu64
                  " excluded\n",
                  s->links, s->hard_links, s->special, s->pseudo, s->excluded);
    buf_print(&b, "rules      %s", s->rules);
    if (s->about)
        rules_about_plain(s->about, &b);
    if (s->has_rule_count)
        buf_print(&b, ", %" PRIu64 " of them", s->rule_count);
    if (s->head[0])
        buf_print(&b, ", head %.16s", s->head);
    render_layers(&layers, s->layers, false);
    render_layers(&missing, s->layers, true);
    buf_print(&b, "\ncage       %.*s", (int)layers.len, layers.len ? (char *)layers.at : "");
    if (s->landlock_abi)
        buf_print(&b, " (Landlock ABI %d)", s->landlock_abi);
    if (missing.len)
        buf_print(&b, "; missing here: %.*s", (int)missing.len, (char *)missing.at);
    if (s->ledger_on)
        buf_print(&b, "\nledger     %" PRIu64 " entries, head %.16s", s->ledger_size,
                  s->ledger_head);
    else
        buf_text(&b, "\nledger     off: nothing of this scan was recorded");
    flush(o, &b);
    buf_done(&layers);
    buf_done(&missing);
}

const struct renderer render_plain = {.report = report, .pseudo = pseudo, .end = end};
