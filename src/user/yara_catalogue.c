/* ABOUT records to a list of rules. Every field is a claim. */
#include "user/yara_catalogue.h"

enum err yara_catalogue_init(struct yara_catalogue *c, struct why *why)
{
    *c = (struct yara_catalogue){.arena = arena_new(LIMIT_REPORT_BYTES)};
    return c->arena ? ERR_NONE : fail(why, ERR_NOMEM, "list of rules");
}

void yara_catalogue_done(struct yara_catalogue *c)
{
    arena_free(c->arena);
    *c = (struct yara_catalogue){0};
}

/* Rules are told in order, each begun by its name. */
static struct yara_rule *rule_of(struct yara_catalogue *c, const struct record *r)
{
    if (r->evidence == ABOUT_RULE && r->code == c->count) {
        if (!arena_grow(c->arena, (void **)&c->rules, &c->cap, c->count + 1, sizeof *c->rules))
            return NULL;
        c->rules[c->count++] = (struct yara_rule){0};
    }
    return c->count > 0 && r->code == c->count - 1 ? &c->rules[c->count - 1] : NULL;
}

static bool add_tag(struct yara_catalogue *c, struct yara_rule *rule, struct span text)
{
    if (!arena_grow(c->arena, (void **)&rule->tags, &rule->tag_cap, rule->tag_count + 1,
                    sizeof *rule->tags))
        return false;
    rule->tags[rule->tag_count++] = arena_copy(c->arena, text);
    return true;
}

static bool add_meta(struct yara_catalogue *c, struct yara_rule *rule, const struct record *r,
                     struct span key, struct span text)
{
    if (!arena_grow(c->arena, (void **)&rule->metas, &rule->meta_cap, rule->meta_count + 1,
                    sizeof *rule->metas))
        return false;
    rule->metas[rule->meta_count++] = (struct yara_meta){.kind = (enum about)r->evidence,
                                                         .value = (int64_t)r->at,
                                                         .key = arena_copy(c->arena, key),
                                                         .text = arena_copy(c->arena, text)};
    return true;
}

static bool add_module(struct yara_catalogue *c, struct span text)
{
    if (!arena_grow(c->arena, (void **)&c->modules, &c->module_cap, c->module_count + 1,
                    sizeof *c->modules))
        return false;
    c->modules[c->module_count++] = arena_copy(c->arena, text);
    return true;
}

void yara_catalogue_add(struct yara_catalogue *c, const struct record *r, struct span key,
                        struct span text)
{
    if (r->evidence == ABOUT_MODULE) {
        c->bad = !add_module(c, text) || c->bad;
        return;
    }
    struct yara_rule *rule = rule_of(c, r);
    bool ok = rule != NULL;
    if (!ok) {
        c->bad = true;
        return;
    }
    switch (r->evidence) {
    case ABOUT_RULE:
        rule->name = arena_copy(c->arena, text);
        rule->line = r->at;
        rule->string_count = r->len;
        rule->is_private = (r->flags & ABOUT_PRIVATE) != 0;
        break;
    case ABOUT_SPACE:
        rule->space = arena_copy(c->arena, text);
        break;
    case ABOUT_FILE:
        rule->file = arena_copy(c->arena, text);
        break;
    case ABOUT_TAG:
        ok = add_tag(c, rule, text);
        break;
    default:
        ok = add_meta(c, rule, r, key, text);
    }
    c->bad = c->bad || !ok;
}
