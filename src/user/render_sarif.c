/* SARIF 2.1.0 (OASIS), one run. Findings are results of level error, gaps are results of level
 * warning with the rule id `candor.gap.<kind>`; the place inside a container is a fully qualified
 * logical location. */
#include "common/text.h"
#include "user/render.h"

#include <inttypes.h>

static void begin(const struct render_options *o)
{
    *o->results = 0;
    (void)fprintf(
        o->out,
        "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
        "\"runs\":[{\"tool\":{\"driver\":{\"name\":\"Candor\",\"version\":\"%s\"}},"
        "\"columnKind\":\"utf16CodeUnits\",\"results\":[",
        CANDOR_VERSION);
}

/* RFC 3986: bytes outside the unreserved set and '/' are percent-encoded. */
static void put_uri(struct buf *b, struct span path)
{
    static const char digits[] = "0123456789ABCDEF";
    if (span_byte(path, 0) == '/')
        buf_text(b, "file://");
    for (size_t i = 0; i < path.len; i++) {
        uint8_t c = span_byte(path, i);
        if (text_is_alnum(c) || c == '/' || c == '-' || c == '.' || c == '_' || c == '~') {
            buf_byte(b, c);
        } else {
            buf_byte(b, '%');
            buf_byte(b, (uint8_t)digits[c >> 4]);
            buf_byte(b, (uint8_t)digits[c & 15]);
        }
    }
}

static void put_part(struct buf *b, const struct report *r, uint32_t object)
{
    struct span names[RENDER_PARTS];
    size_t count = report_part(r, object, names, RENDER_PARTS);
    if (count == 0)
        return;
    struct buf name;
    buf_init(&name, 0);
    for (size_t i = 0; i < count; i++) {
        buf_text(&name, i ? "!/" : "");
        text_escape(&name, names[i]);
    }
    buf_text(b, ",\"logicalLocations\":[{\"fullyQualifiedName\":");
    (void)text_json(b, buf_get(&name));
    buf_text(b, "}]");
    buf_done(&name);
}

struct result {
    struct span rule_prefix, rule, message;
    const char *level;
    uint32_t object;
    bool has_place;
    uint64_t at, len;
};

static void put_result(const struct render_options *o, const struct report *r,
                       const struct result *result)
{
    struct buf b, text;
    buf_init(&b, 0);
    buf_init(&text, 0);
    buf_span(&text, result->rule_prefix);
    buf_span(&text, result->rule);
    buf_text(&b, (*o->results)++ ? ",\n" : "\n");
    buf_text(&b, "{\"ruleId\":");
    (void)text_json(&b, buf_get(&text));
    buf_print(&b, ",\"level\":\"%s\",\"message\":{\"text\":", result->level);
    (void)text_json(&b, result->message);
    buf_text(&b, "},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"");
    put_uri(&b, r->path);
    buf_text(&b, "\"}");
    if (result->has_place && result->object == 0)
        buf_print(&b, ",\"region\":{\"byteOffset\":%" PRIu64 ",\"byteLength\":%" PRIu64 "}",
                  result->at, result->len);
    buf_byte(&b, '}');
    put_part(&b, r, result->object);
    buf_text(&b, "}]}");
    (void)fwrite(b.at, 1, b.len, o->out);
    buf_done(&text);
    buf_done(&b);
}

static void report(const struct render_options *o, const struct report *r)
{
    for (uint32_t i = 0; i < r->findings_len; i++) {
        const struct report_finding *f = &r->findings[i];
        put_result(o, r,
                   &(struct result){.rule = f->name,
                                    .message = f->name,
                                    .level = "error",
                                    .object = f->object,
                                    .has_place = f->has_place,
                                    .at = f->at,
                                    .len = f->len});
    }
    for (uint32_t i = 0; i < r->gaps_len; i++) {
        const struct report_gap *g = &r->gaps[i];
        put_result(
            o, r,
            &(struct result){.rule_prefix = SPAN_OF("candor.gap."),
                             .rule = span_text(gap_name(g->kind)),
                             .message = g->detail.len ? g->detail : span_text(gap_meaning(g->kind)),
                             .level = o->accepted >> g->kind & 1 ? "note" : "warning",
                             .object = g->object});
    }
    if (r->failed)
        put_result(o, r,
                   &(struct result){
                       .rule = SPAN_OF("candor.error"), .message = r->failure, .level = "error"});
}

static void end(const struct render_options *o, const struct summary *s)
{
    (void)fprintf(o->out,
                  "\n],\"invocations\":[{\"executionSuccessful\":%s,\"exitCode\":%d}],"
                  "\"properties\":{\"files\":%" PRIu64 ",\"bytes\":%" PRIu64
                  ",\"rulesHead\":\"%s\",\"rulesStale\":%s,\"crashes\":%" PRIu64
                  ",\"ledger\":\"%s\"}}]}\n",
                  s->exit_code == 2 ? "false" : "true", s->exit_code, s->files, s->bytes, s->head,
                  s->about && s->about->stale ? "true" : "false", s->crashes,
                  s->ledger_on ? s->ledger_head : "off");
}

const struct renderer render_sarif = {.begin = begin, .report = report, .end = end};
