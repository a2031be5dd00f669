/* From the inner report to the public one. Names are strangers' text, so they are escaped once,
 * here. */
#include "lib/lib_report.h"

#include "common/limits.h"
#include "common/text.h"

#include <stdlib.h>

enum { PARTS_MAX = 64 };

struct candor_report {
    struct report *inner; /* owned; the arrays below live in its arena */
    struct candor_finding *findings;
    struct candor_gap *gaps;
};

static const char *keep(struct report *r, struct buf *b)
{
    struct span s = arena_copy(r->arena, buf_get(b));
    bool bad = b->bad || !s.at;
    buf_done(b);
    return bad ? NULL : (const char *)s.at;
}

static const char *escaped(struct report *r, struct span s)
{
    struct buf b;
    buf_init(&b, 0);
    text_escape(&b, s);
    return keep(r, &b);
}

static const char *part(struct report *r, uint32_t object)
{
    struct span names[PARTS_MAX];
    size_t count = report_part(r, object, names, PARTS_MAX);
    struct buf b;
    buf_init(&b, 0);
    for (size_t i = 0; i < count; i++) {
        buf_text(&b, i ? " > " : "");
        text_escape(&b, names[i]);
    }
    return keep(r, &b);
}

static bool fill(struct candor_report *out)
{
    struct report *r = out->inner;
    out->findings = arena_array(r->arena, struct candor_finding, r->findings_len);
    out->gaps = arena_array(r->arena, struct candor_gap, r->gaps_len);
    bool ok = out->findings && out->gaps;
    for (uint32_t i = 0; ok && i < r->findings_len; i++) {
        const struct report_finding *f = &r->findings[i];
        struct candor_finding *to = &out->findings[i];
        *to = (struct candor_finding){.rule = escaped(r, f->name),
                                      .source = escaped(r, f->source),
                                      .kind = escaped(r, f->kind),
                                      .part = part(r, f->object),
                                      .at = f->has_place ? f->at : 0,
                                      .length = f->has_place ? f->len : 0};
        ok = to->rule && to->source && to->kind && to->part;
    }
    for (uint32_t i = 0; ok && i < r->gaps_len; i++) {
        struct candor_gap *to = &out->gaps[i];
        *to = (struct candor_gap){.kind = gap_name(r->gaps[i].kind),
                                  .part = part(r, r->gaps[i].object),
                                  .detail = escaped(r, r->gaps[i].detail)};
        ok = to->part && to->detail;
    }
    return ok;
}

struct candor_report *lib_report_new(struct report *report)
{
    struct candor_report *out = calloc(1, sizeof *out);
    if (out)
        out->inner = report;
    if (out && fill(out))
        return out;
    free(out);
    report_free(report);
    return NULL;
}

void candor_report_free(struct candor_report *r)
{
    if (!r)
        return;
    report_free(r->inner);
    free(r);
}

enum candor_verdict candor_report_verdict(const struct candor_report *r)
{
    static const enum candor_verdict verdicts[VERDICT_COUNT] = {
        [VERDICT_CLEAN] = CANDOR_CLEAN,
        [VERDICT_FOUND] = CANDOR_FOUND,
        [VERDICT_PARTIAL] = CANDOR_PARTIAL,
        [VERDICT_ERROR] = CANDOR_ERROR,
    };
    return verdicts[report_verdict(r->inner, 0)];
}

const struct candor_finding *candor_report_finding(const struct candor_report *r, size_t i)
{
    return i < r->inner->findings_len ? &r->findings[i] : NULL;
}

const struct candor_gap *candor_report_gap(const struct candor_report *r, size_t i)
{
    return i < r->inner->gaps_len ? &r->gaps[i] : NULL;
}

uint64_t candor_report_objects(const struct candor_report *r)
{
    return r->inner->object_count;
}

uint64_t candor_report_bytes(const struct candor_report *r)
{
    return r->inner->bytes;
}
