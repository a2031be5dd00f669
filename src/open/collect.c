/* Records to reports. Every field is a claim. */
#include "open/collect.h"

/* Rule names and a rule's texts, a match's bytes, a diagnostic. */
static const uint64_t text_most = LIMIT_STRING_BYTES + 256;

void collect_init(struct collect *c)
{
    buf_init(&c->text, text_most);
    buf_init(&c->name, text_most);
}

void collect_done(struct collect *c)
{
    buf_done(&c->text);
    buf_done(&c->name);
}

void collect_clear(struct collect *c)
{
    buf_clear(&c->text);
    buf_clear(&c->name);
}

enum err collect_text(struct collect *c, const struct record *r, struct why *why)
{
    struct buf *to = r->flags == 1 ? &c->name : &c->text;
    buf_span(to, channel_text(r, 0));
    return to->bad ? fail(why, ERR_PEER, "more text than a record may have") : ERR_NONE;
}

struct span collect_whole(struct collect *c, const struct record *r)
{
    buf_span(&c->text, channel_text(r, 0));
    return buf_get(&c->text);
}

static bool add_object(struct report *report, const struct record *r)
{
    struct report_object o = {.id = r->object,
                              .parent = r->parent,
                              .size = r->len,
                              .type = (enum object_type)r->code,
                              .evidence = (enum evidence)r->evidence,
                              .name = channel_text(r, 0)};
    return report_add_object(report, &o);
}

static bool add_finding(struct report *report, const struct record *r)
{
    struct report_finding f = {.object = r->object,
                               .rule = r->code,
                               .at = r->at,
                               .len = r->len,
                               .has_place = (r->flags & 1) != 0,
                               .name = channel_text(r, 0),
                               .source = channel_text(r, 1),
                               .kind = channel_text(r, 2)};
    return report_add_finding(report, &f);
}

static bool add_match(struct collect *c, struct report *report, const struct record *r)
{
    struct report_match m = {.object = r->object,
                             .rule = r->code,
                             .string = r->parent,
                             .at = r->at,
                             .len = r->len,
                             .xor_key = (uint8_t)r->flags,
                             .is_hex = (r->flags & MATCH_HEX) != 0,
                             .name = buf_get(&c->name),
                             .bytes = collect_whole(c, r)};
    return report_add_match(report, &m);
}

/* Objects are numbered as they are met; the report relies on it. */
static bool is_next(const struct report *r, uint32_t id)
{
    return r->objects_len == 0 || id > r->objects[r->objects_len - 1].id;
}

/* Past the limit the gap `too-many` says that records were lost. */
static bool is_full(const struct report *r)
{
    return report_records(r) > LIMIT_RECORDS_PER_FILE;
}

enum err collect_record(struct collect *c, const struct record *r, struct report *report,
                        struct why *why)
{
    bool ok = true;
    switch (r->kind) {
    case MSG_OBJECT:
        if (r->code >= TYPE_COUNT || r->evidence >= EVIDENCE_COUNT ||
            (r->object != 0 && r->parent >= r->object) || !is_next(report, r->object))
            return fail(why, ERR_PEER, "an object that cannot be");
        ok = add_object(report, r);
        break;
    case MSG_FINDING:
        ok = add_finding(report, r);
        break;
    case MSG_MATCH:
        ok = add_match(c, report, r);
        break;
    case MSG_GAP:
        if (r->code >= GAP_COUNT)
            return fail(why, ERR_PEER, "a gap of no kind");
        ok = report_add_gap(report, r->object, (enum gap_kind)r->code, r->at, channel_text(r, 0));
        break;
    case MSG_OUTPUT:
        ok = report_add_output(report, channel_text(r, 0));
        break;
    case MSG_FAIL:
        report_fail(report, collect_whole(c, r));
        break;
    default:
        return fail(why, ERR_PEER, "record %s is not for a report", channel_name(r->kind));
    }
    collect_clear(c);
    if (!ok && !is_full(report))
        report_fail(report, SPAN_OF("no memory for what was found in it"));
    return ERR_NONE;
}
