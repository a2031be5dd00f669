/* Nothing is said that is not written first: findings are synced before they are shown, gaps are
 * written in batches, counts before the summary. */
#include "user/scan_ledger.h"

#include "user/progress.h"
#include "user/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GAPS_A_BATCH = 4096, WAIT_MOST_MS = 200 };

enum err scan_ledger_folder(const char *given, char *out, size_t size, struct why *why)
{
    char state[4000];
    if (given)
        return (size_t)snprintf(out, size, "%s", given) < size
                   ? ERR_NONE
                   : fail(why, ERR_USAGE, "the ledger's path is too long");
    if (!settings_state(state, sizeof state))
        return fail(why, ERR_USAGE,
                    "no place for the ledger is known: neither XDG_STATE_HOME nor HOME is set");
    return (size_t)snprintf(out, size, "%s/ledger", state) < size
               ? ERR_NONE
               : fail(why, ERR_USAGE, "the ledger's path is too long");
}

static enum err open_store(struct scan_ledger *l, const char *given, struct why *why)
{
    char folder[4096];
    struct why inner = {0};
    enum err err = scan_ledger_folder(given, folder, sizeof folder, &inner);
    if (err == ERR_NONE)
        err = ledger_store_open(&l->store, folder, &inner);
    if (err == ERR_LEDGER)
        return fail(
            why, err,
            "%s: %.250s; look with candor ledger verify, and move it away to begin a new one",
            folder, inner.text);
    return err == ERR_NONE
               ? err
               : fail(why, err, "%s; nothing was scanned (--no-ledger would, and say so)",
                      inner.text);
}

static void put_targets(struct buf *b, char *const *targets, int count)
{
    for (int i = 0; i < count; i++) {
        buf_text(b, i ? " " : "");
        buf_text(b, targets[i]);
    }
}

enum err scan_ledger_open(struct scan_ledger *l, const char *folder, char *const *targets,
                          int target_count, struct why *why)
{
    struct ledger_leaf leaf;
    struct buf b;
    l->arena = arena_new(0);
    if (!l->arena)
        return fail(why, ERR_NOMEM, "ledger");
    TRY(open_store(l, folder, why));
    buf_init(&b, 0);
    put_targets(&b, targets, target_count);
    ledger_leaf_init(&leaf, LEDGER_KIND_STARTED, 0);
    leaf.texts[LEDGER_PROGRAM] = SPAN_OF("candor " CANDOR_VERSION " scan");
    leaf.numbers[LEDGER_USER] = geteuid();
    leaf.texts[LEDGER_TARGETS] = buf_get(&b);
    enum err err = ledger_store_add(l->store, &leaf, why);
    buf_done(&b);
    return err == ERR_NONE ? ledger_store_commit(l->store, LEDGER_WRITE, &l->run, why) : err;
}

enum err scan_ledger_rules(struct scan_ledger *l, const char *source, const struct image *image,
                           struct why *why)
{
    struct ledger_leaf leaf;
    if (!l->store)
        return ERR_NONE;
    ledger_leaf_init(&leaf, LEDGER_KIND_RULESET, 0);
    leaf.numbers[LEDGER_RUN] = l->run;
    leaf.texts[LEDGER_SOURCE] = span_text(source);
    leaf.texts[LEDGER_HEAD] = span_text(image->head);
    leaf.numbers[LEDGER_COUNT] = image->has_counts ? image->rules + image->hashes : LEDGER_NONE;
    TRY(ledger_store_add(l->store, &leaf, why));
    return ledger_store_commit(l->store, LEDGER_WRITE, NULL, why);
}

static void put_part(struct buf *b, const struct report *r, uint32_t object)
{
    struct span names[RENDER_PARTS];
    size_t count = report_part(r, object, names, RENDER_PARTS);
    for (size_t i = 0; i < count; i++) {
        buf_text(b, i ? " > " : "");
        buf_span(b, names[i].len ? names[i] : SPAN_OF("(content)"));
    }
}

static enum err add_finding(struct scan_ledger *l, const struct report *r,
                            const struct report_finding *f, struct why *why)
{
    struct ledger_leaf leaf;
    struct buf part;
    const struct report_object *o = report_find_object(r, f->object);
    buf_init(&part, 0);
    put_part(&part, r, f->object);
    ledger_leaf_init(&leaf, LEDGER_KIND_FINDING, 0);
    leaf.numbers[LEDGER_RUN] = l->run;
    leaf.texts[LEDGER_PATH] = r->path;
    leaf.texts[LEDGER_PART] = buf_get(&part);
    leaf.texts[LEDGER_RULE] = f->name;
    leaf.texts[LEDGER_SOURCE] = f->source;
    leaf.texts[LEDGER_CLASS] = f->kind;
    leaf.texts[LEDGER_EVIDENCE] = span_text(o ? evidence_name(o->evidence) : "unknown");
    leaf.numbers[LEDGER_AT] = f->has_place ? f->at : LEDGER_NONE;
    leaf.numbers[LEDGER_LENGTH] = f->has_place ? f->len : LEDGER_NONE;
    enum err err = ledger_store_add(l->store, &leaf, why);
    buf_done(&part);
    return err;
}

static enum err add_gaps(struct scan_ledger *l, struct why *why)
{
    for (int k = 0; k < GAP_COUNT; k++) {
        struct ledger_leaf leaf;
        if (l->gaps[k].count == 0)
            continue;
        ledger_leaf_init(&leaf, LEDGER_KIND_GAP, 0);
        leaf.numbers[LEDGER_RUN] = l->run;
        leaf.texts[LEDGER_PATH] = l->gaps[k].path;
        leaf.texts[LEDGER_GAP] = span_text(gap_name((enum gap_kind)k));
        leaf.numbers[LEDGER_COUNT] = l->gaps[k].count;
        TRY(ledger_store_add(l->store, &leaf, why));
    }
    memset(l->gaps, 0, sizeof l->gaps);
    l->gap_count = 0;
    return ERR_NONE;
}

enum err scan_ledger_flush(struct scan_ledger *l, struct why *why)
{
    if (!l->store || (l->count == 0 && l->gap_count == 0))
        return ERR_NONE;
    TRY(add_gaps(l, why));
    for (uint32_t i = 0; i < l->count; i++)
        for (uint32_t k = 0; k < l->waiting[i]->findings_len; k++)
            TRY(add_finding(l, l->waiting[i], &l->waiting[i]->findings[k], why));
    TRY(ledger_store_commit(l->store, LEDGER_SYNC, NULL, why));
    arena_reset(l->arena);
    uint32_t count = l->count;
    l->count = 0;
    for (uint32_t i = 0; i < count; i++)
        l->show(l->ctx, l->waiting[i]);
    return ERR_NONE;
}

static enum err count_gaps(struct scan_ledger *l, const struct report *r, struct why *why)
{
    for (uint32_t i = 0; i < r->gaps_len; i++) {
        enum gap_kind k = r->gaps[i].kind;
        if (l->gaps[k].count++ == 0)
            l->gaps[k].path = arena_copy(l->arena, r->path);
        if (!l->gaps[k].path.at)
            return fail(why, ERR_NOMEM, "ledger");
        l->gap_count++;
    }
    return ERR_NONE;
}

enum err scan_ledger_take(struct scan_ledger *l, struct report *report, struct why *why)
{
    enum err err = ERR_NONE;
    uint64_t now_ms = progress_now_ms();
    if (l->store && report->gaps_len)
        err = count_gaps(l, report, why);
    if (!l->store || report->findings_len == 0 || err != ERR_NONE) {
        if (err == ERR_NONE)
            l->show(l->ctx, report);
        else
            report_free(report); /* what could not be recorded is not said */
    } else {
        l->since_ms = l->count ? l->since_ms : now_ms;
        l->waiting[l->count++] = report;
    }
    TRY(err);
    bool is_due = l->count == SCAN_LEDGER_WAITING || l->gap_count >= GAPS_A_BATCH ||
                  (l->count && now_ms - l->since_ms > WAIT_MOST_MS);
    return is_due ? scan_ledger_flush(l, why) : ERR_NONE;
}

enum err scan_ledger_end(struct scan_ledger *l, struct summary *s, struct why *why)
{
    struct ledger_leaf leaf;
    struct merkle_hash root;
    s->ledger_on = l->store != NULL;
    if (!l->store)
        return ERR_NONE;
    ledger_leaf_init(&leaf, LEDGER_KIND_STOPPED, 0);
    leaf.numbers[LEDGER_RUN] = l->run;
    leaf.numbers[LEDGER_FILES] = s->files;
    leaf.numbers[LEDGER_CLEAN] = s->verdicts[VERDICT_CLEAN];
    leaf.numbers[LEDGER_FOUND] = s->verdicts[VERDICT_FOUND];
    leaf.numbers[LEDGER_PARTIAL] = s->verdicts[VERDICT_PARTIAL];
    leaf.numbers[LEDGER_ERRORS] = s->verdicts[VERDICT_ERROR];
    leaf.numbers[LEDGER_BYTES] = s->bytes;
    leaf.numbers[LEDGER_EXIT] = (uint64_t)s->exit_code;
    TRY(ledger_store_add(l->store, &leaf, why));
    TRY(ledger_store_commit(l->store, LEDGER_SIGN, NULL, why));
    if (!ledger_store_get_head(l->store, &s->ledger_size, &root))
        return fail(why, ERR_NOMEM, "the ledger's head");
    for (int i = 0; i < MERKLE_HASH_BYTES; i++)
        (void)snprintf(s->ledger_head + 2 * i, 3, "%02x", root.bytes[i]);
    return ERR_NONE;
}

void scan_ledger_refuse(struct scan_ledger *l, const struct why *why)
{
    struct ledger_leaf leaf;
    if (!l->store)
        return;
    ledger_leaf_init(&leaf, LEDGER_KIND_REFUSAL, 0);
    leaf.texts[LEDGER_WHAT] = SPAN_OF("scan");
    leaf.texts[LEDGER_REASON] = span_text(why->text);
    if (ledger_store_add(l->store, &leaf, NULL) == ERR_NONE)
        (void)ledger_store_commit(l->store, LEDGER_SIGN, NULL, NULL); /* the user is told anyway */
}

void scan_ledger_done(struct scan_ledger *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        report_free(l->waiting[i]);
    l->count = 0;
    ledger_store_close(l->store);
    arena_free(l->arena);
}
