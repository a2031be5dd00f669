/* One object a line, then a summary object. Field names are the contract of doc/json.md. */
#include "common/text.h"
#include "sandbox/policy.h"
#include "user/render.h"

#include <inttypes.h>

static void put_key(struct buf *b, const char *key)
{
    buf_print(b, "\"%s\":", key);
}

static void put_part(struct buf *b, const struct report *r, uint32_t object)
{
    struct span names[RENDER_PARTS];
    size_t count = report_part(r, object, names, RENDER_PARTS);
    put_key(b, "part");
    buf_byte(b, '[');
    for (size_t i = 0; i < count; i++) {
        buf_text(b, i ? "," : "");
        (void)text_json(b, names[i]);
    }
    buf_byte(b, ']');
}

static void put_path(struct buf *b, struct span path)
{
    put_key(b, "path");
    if (text_json(b, path))
        return;
    buf_text(b, ",\"path_b64\":\"");
    text_base64(b, path);
    buf_byte(b, '"');
}

static void put_finding(struct buf *b, const struct report *r, const struct report_finding *f)
{
    const struct report_object *o = report_find_object(r, f->object);
    buf_text(b, "{\"rule\":");
    (void)text_json(b, f->name);
    buf_text(b, ",\"source\":");
    (void)text_json(b, f->source);
    buf_text(b, ",\"class\":");
    (void)text_json(b, f->kind);
    buf_print(b, ",\"evidence\":\"%s\",\"type\":\"%s\",",
              o ? evidence_name(o->evidence) : "unknown", o ? type_name(o->type) : "unknown");
    put_part(b, r, f->object);
    if (f->has_place)
        buf_print(b, ",\"at\":%" PRIu64 ",\"length\":%" PRIu64, f->at, f->len);
    else
        buf_text(b, ",\"at\":null,\"length\":null");
    buf_byte(b, '}');
}

static void put_gap(struct buf *b, const struct report *r, const struct report_gap *g,
                    uint64_t accepted)
{
    buf_print(b, "{\"kind\":\"%s\",", gap_name(g->kind));
    put_part(b, r, g->object);
    buf_text(b, ",\"detail\":");
    (void)text_json(b, g->detail);
    buf_print(b, ",\"accepted\":%s}", accepted >> g->kind & 1 ? "true" : "false");
}

static void report(const struct render_options *o, const struct report *r)
{
    enum verdict v = report_verdict(r, o->accepted);
    if (o->quiet || (v == VERDICT_CLEAN && r->gaps_len == 0 && !o->all))
        return;
    struct buf b;
    buf_init(&b, 0);
    buf_byte(&b, '{');
    put_path(&b, r->path);
    buf_print(&b, ",\"verdict\":\"%s\",\"findings\":[", report_verdict_name(v));
    for (uint32_t i = 0; i < r->findings_len; i++) {
        buf_text(&b, i ? "," : "");
        put_finding(&b, r, &r->findings[i]);
    }
    buf_text(&b, "],\"gaps\":[");
    for (uint32_t i = 0; i < r->gaps_len; i++) {
        buf_text(&b, i ? "," : "");
        put_gap(&b, r, &r->gaps[i], o->accepted);
    }
    buf_print(&b, "],\"bytes\":%" PRIu64 ",\"objects\":%" PRIu64, r->bytes, r->object_count);
    if (r->failed) {
        buf_text(&b, ",\"error\":");
        (void)text_json(&b, r->failure);
    }
    if (r->has_sha256) {
        buf_text(&b, ",\"sha256\":\"");
        text_hex(&b, span_make(r->sha256, sizeof r->sha256));
        buf_byte(&b, '"');
    }
    buf_text(&b, "}\n");
    (void)fwrite(b.at, 1, b.len, o->out);
    buf_done(&b);
}

static void put_counts(struct buf *b, const struct summary *s)
{
    buf_print(b,
              "\"files\":%" PRIu64 ",\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64
              ",\"findings\":%" PRIu64 ",\"cached\":%" PRIu64,
              s->files, s->objects, s->bytes, s->findings, s->cached);
    for (int v = 0; v < VERDICT_COUNT; v++)
        buf_print(b, ",\"%s\":%" PRIu64, report_verdict_name((enum verdict)v), s->verdicts[v]);
    buf_text(b, ",\"gaps\":{");
    bool any = false;
    for (int k = 0; k < GAP_COUNT; k++)
        if (s->gaps[k]) {
            buf_print(b, "%s\"%s\":%" PRIu64, any ? "," : "", gap_name((enum gap_kind)k),
                      s->gaps[k]);
            any = true;
        }
    buf_text(b, "},\"accepted\":[");
    any = false;
    for (int k = 0; k < GAP_COUNT; k++)
        if (s->accepted >> k & 1) {
            buf_print(b, "%s\"%s\"", any ? "," : "", gap_name((enum gap_kind)k));
            any = true;
        }
    buf_print(b,
              "],\"passed_by\":{\"links\":%" PRIu64 ",\"hard_links\":%" PRIu64
              ",\"special\":%" PRIu64 ",\"pseudo\":%" PRIu64 ",\"excluded\":%" PRIu64 "}",
              s->links, s->hard_links, s->special, s->pseudo, s->excluded);
}

static void put_layers(struct buf *b, unsigned layers, bool missing)
{
    bool any = false;
    for (int l = 0; l < LAYER_COUNT; l++)
        if (((layers >> l & 1) == 0) == missing) {
            buf_print(b, "%s\"%s\"", any ? "," : "", policy_layer_name((enum layer)l));
            any = true;
        }
}

static void end(const struct render_options *o, const struct summary *s)
{
    struct buf b;
    buf_init(&b, 0);
    buf_text(&b, "{\"summary\":true,\"schema\":1,");
    put_counts(&b, s);
    buf_text(&b, ",\"rules\":{\"source\":");
    (void)text_json(&b, span_text(s->rules));
    buf_print(&b, ",\"head\":\"%s\"", s->head);
    if (s->has_rule_count)
        buf_print(&b, ",\"count\":%" PRIu64, s->rule_count);
    if (s->about)
        rules_about_json(s->about, &b);
    buf_print(&b, "},\"crashes\":%" PRIu64 ",\"duration_ms\":%" PRIu64 ",\"cage\":{\"layers\":[",
              s->crashes, s->duration_ms);
    put_layers(&b, s->layers, false);
    buf_text(&b, "],\"missing\":[");
    put_layers(&b, s->layers, true);
    buf_print(&b, "],\"landlock_abi\":%d},\"ledger\":{\"state\":\"%s\"", s->landlock_abi,
              s->ledger_on ? "on" : "off");
    if (s->ledger_on)
        buf_print(&b, ",\"head\":\"%s\",\"size\":%" PRIu64, s->ledger_head, s->ledger_size);
    buf_print(&b, "},\"exit_code\":%d}\n", s->exit_code);
    (void)fwrite(b.at, 1, b.len, o->out);
    buf_done(&b);
}

const struct renderer render_json = {.report = report, .end = end};
