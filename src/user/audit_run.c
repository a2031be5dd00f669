/* Reads and tries rules. What the jail says of them are claims, made from a stranger's text. */
#include "user/audit_run.h"

#include "common/text.h"

#include <stdio.h>
#include <unistd.h>

enum { RULES_MOST = 1000000, OWN_LEAST = 44, SHOWN_MOST = 5 };
static const uint32_t nobody = 0xffffffff;

static void on_audit(void *ctx, const struct record *r, struct span name, struct span items)
{
    struct audit_run *a = ctx;
    if (a->bad || r->code >= RULES_MOST ||
        !arena_grow(a->arena, (void **)&a->rows, &a->cap, r->code + 1, sizeof *a->rows) ||
        !audit_rows_take(&a->rows[r->code], a->arena, r, name, items))
        a->bad = true;
    else if (r->code >= a->count)
        a->count = r->code + 1;
}

/* A report's path is the number of the rule whose words its document holds, or "-". */
static void on_report(void *ctx, struct report *r)
{
    struct audit_run *a = ctx;
    uint64_t owner = nobody;
    bool is_plain = !text_u64(r->path, &owner);
    a->documents++;
    a->not_looked += r->failed;
    uint32_t last = nobody; /* a rule may be true of a document and of its part */
    for (uint32_t i = 0; i < r->findings_len; i++) {
        uint32_t rule = r->findings[i].rule;
        if (rule >= a->count || rule == last)
            continue;
        if (is_plain)
            a->rows[rule].plain_hits++;
        else if (rule == owner && a->rows[rule].own_hits < a->rows[rule].own_docs)
            a->rows[rule].own_hits++;
        last = rule;
    }
    report_free(r);
}

static enum err scan(struct audit_run *a, const char *owner, const struct buf *doc, struct why *why)
{
    struct report *r = report_new(span_text(owner));
    if (!r || doc->bad) {
        report_free(r);
        return fail(why, ERR_NOMEM, "documents");
    }
    return pool_add_bytes(a->pool, buf_get(doc), r, why);
}

static enum err try_plain(struct audit_run *a, struct why *why)
{
    struct buf doc;
    enum err err = ERR_NONE;
    buf_init(&doc, 0);
    for (uint64_t i = 0; i < (a->wanted + 1) / 2 && err == ERR_NONE; i++) {
        buf_clear(&doc);
        audit_docs_plain(&a->prose, (uint32_t)i, &doc);
        err = scan(a, "-", &doc, why);
        a->plain_done++;
    }
    buf_done(&doc);
    return err;
}

static enum err try_rule(struct audit_run *a, uint32_t number, uint32_t docs, struct why *why)
{
    struct audit_of_rule *row = &a->rows[number];
    struct buf doc;
    char owner[16];
    enum err err = ERR_NONE;
    buf_init(&doc, 0);
    (void)snprintf(owner, sizeof owner, "%u", number);
    row->own_docs = docs;
    for (uint32_t i = 0; i < docs && err == ERR_NONE; i++) {
        buf_clear(&doc);
        audit_docs_own(&a->prose, row, i, &doc);
        err = scan(a, owner, &doc, why);
    }
    buf_done(&doc);
    return err;
}

/* Rules that want something a document can hold share half of the documents; each gets all forms
 * and arrangements when there is room, and no fewer than OWN_LEAST. */
static enum err try_own(struct audit_run *a, struct why *why)
{
    uint32_t some = 0;
    for (uint32_t i = 0; i < a->count; i++)
        some += a->rows[i].want_count > 0;
    if (some == 0)
        return ERR_NONE;
    uint64_t docs = (a->wanted / 2 + some - 1) / some;
    if (docs < OWN_LEAST || a->wanted < OWN_LEAST)
        docs = OWN_LEAST;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->rows[i].want_count > 0)
            TRY(try_rule(a, i, (uint32_t)docs, why));
    return ERR_NONE;
}

static enum err experiment(struct audit_run *a, const char *jail_path, struct why *why)
{
    struct pool_options o = {.jail_path = jail_path,
                             .image_fd = a->built.image_fd,
                             .jobs = 2,
                             .done = on_report,
                             .ctx = a};
    a->prose.state = a->seed;
    TRY(pool_open(&a->pool, &o, why));
    TRY(pool_check_image(a->pool, why));
    TRY(try_plain(a, why));
    TRY(try_own(a, why));
    TRY(pool_flush(a->pool, why));
    for (uint32_t i = 0; i < a->count; i++)
        a->rows[i].plain_docs = a->plain_done;
    if (a->not_looked > 0)
        return fail(why, ERR_SYSTEM, "%llu documents could not be scanned",
                    (unsigned long long)a->not_looked);
    return ERR_NONE;
}

enum err audit_run(struct audit_run *a, struct sources *sources, struct build_options options,
                   struct why *why)
{
    a->built.image_fd = -1;
    a->arena = arena_new(0);
    if (!a->arena)
        return fail(why, ERR_NOMEM, "audit");
    options.order_options |= ORDER_AUDIT;
    options.audit = on_audit;
    options.audit_ctx = a;
    TRY(build_run(sources, &options, &a->built, why));
    if (a->bad)
        return fail(why, ERR_PEER, "what was said of the rules cannot be read");
    return experiment(a, options.jail_path, why);
}

void audit_run_done(struct audit_run *a)
{
    pool_close(a->pool);
    if (a->arena && a->built.image_fd >= 0)
        (void)close(a->built.image_fd);
    arena_free(a->arena);
    a->arena = NULL;
}

static bool is_shown_before(const struct audit_of_rule *row, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (span_equal(row->wants[k].meaning, row->wants[i].meaning))
            return true;
    return false;
}

/* The words that make it hunt, decoded. */
void audit_run_words(struct buf *b, const struct audit_of_rule *row, bool is_json)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < row->want_count; i++) {
        if (row->wants[i].class < CLASS_PLAIN || is_shown_before(row, i) ||
            (!is_json && shown == SHOWN_MOST))
            continue;
        buf_text(b, shown ? "," : "");
        buf_text(b, shown && !is_json ? " " : "");
        if (is_json) {
            (void)text_json(b, row->wants[i].meaning);
        } else {
            buf_byte(b, '"');
            text_escape(b, row->wants[i].meaning);
            buf_byte(b, '"');
        }
        shown++;
    }
}
