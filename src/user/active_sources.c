/* Replays the log: what was added, less what was revoked. */
#include "user/active_sources.h"

#include "common/map.h"
#include "common/text.h"
#include "common/tlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of what is Candor's own rules' log: its entries stand for the built-in rules. */
static const char builtin_origin[] = "candor.example/rules/1";

enum err active_leaves(struct span entries, void *ctx,
                       enum err (*leaf)(void *ctx, uint64_t index, struct span entry,
                                        const struct rule_leaf *leaf, struct why *why),
                       struct why *why)
{
    struct reader r = reader_of(entries);
    struct span entry;
    for (uint64_t i = 0; tlog_next_entry(&r, &entry); i++) {
        struct rule_leaf one;
        bool is_leaf = rule_leaf_parse(entry, &one, NULL) == ERR_NONE;
        TRY(leaf(ctx, i, entry, is_leaf ? &one : NULL, why));
    }
    return r.bad ? fail(why, ERR_LEDGER, "the entries that were taken in are damaged") : ERR_NONE;
}

struct replay {
    struct map *revoked;
    struct sources *sources;
    uint64_t from, to, count;
};

static enum err on_revoke(void *ctx, uint64_t index, struct span entry,
                          const struct rule_leaf *leaf, struct why *why)
{
    struct replay *p = ctx;
    (void)index, (void)entry;
    if (!leaf || leaf->op != RULE_REVOKE)
        return ERR_NONE;
    return map_put(p->revoked, leaf->id, 1) ? ERR_NONE : fail(why, ERR_NOMEM, "rules");
}

static enum err on_add(void *ctx, uint64_t index, struct span entry, const struct rule_leaf *leaf,
                       struct why *why)
{
    struct replay *p = ctx;
    char name[RULE_LEAF_ID_MAX + 8];
    uint64_t is_revoked;
    if (!leaf)
        return fail(why, ERR_LEDGER, "entry %" PRIu64 " is no leaf", index);
    if (index < p->from || index >= p->to || leaf->op == RULE_REVOKE ||
        map_find(p->revoked, leaf->id, &is_revoked))
        return ERR_NONE;
    (void)snprintf(name, sizeof name, "%.*s.leaf", (int)leaf->id.len, (const char *)leaf->id.at);
    p->count++;
    return sources_add_lent(p->sources, span_text(name), entry, why);
}

enum err active_add_leaves(struct sources *s, struct span entries, uint64_t from, uint64_t to,
                           uint64_t *count, struct why *why)
{
    struct replay p = {.sources = s, .from = from, .to = to, .revoked = map_new(s->arena)};
    uint32_t first = s->count;
    if (!p.revoked)
        return fail(why, ERR_NOMEM, "rules");
    TRY(active_leaves(entries, &p, on_revoke, why));
    TRY(active_leaves(entries, &p, on_add, why));
    sources_set_space(s, first, "log");
    *count = p.count;
    return ERR_NONE;
}

static enum err add_builtin(struct sources *s, struct why *why)
{
    char folder[4096];
    return settings_builtin_rules(folder, sizeof folder)
               ? sources_add(s, folder, why)
               : fail(why, ERR_USAGE, "no built-in rules found");
}

static enum err add_own(struct active *a, const struct own_change *change,
                        struct active_sources *out, struct why *why)
{
    TRY(own_sources_read(&out->own, a->dir, why));
    for (uint32_t i = 0; change && i < change->count; i++)
        TRY(own_sources_apply(&out->own, &change->leaves[i], why));
    out->own.entries += change ? change->count : 0;
    return own_sources_add(&out->own, a->dir, out->sources, why);
}

enum err active_gather(struct active *a, uint64_t entries, const struct own_change *change,
                       struct active_sources *out, struct why *why)
{
    *out = (struct active_sources){.count = 0};
    TRY(sources_new(&out->sources, why));
    TRY(rule_state_leaves(a->dir, &a->state, &out->leaves, why));
    if (strcmp(a->state.origin, builtin_origin) != 0 || entries == 0)
        TRY(add_builtin(out->sources, why));
    TRY(active_add_leaves(out->sources, buf_get(&out->leaves), 0, entries, &out->count, why));
    return add_own(a, change, out, why);
}

void active_sources_done(struct active_sources *s)
{
    sources_free(s->sources);
    own_sources_done(&s->own);
    buf_done(&s->leaves);
}
