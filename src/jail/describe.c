/* The rules of an image, told item by item. Their texts were typed by strangers. */
#include "jail/describe.h"

#include "jail/compile/ir.h"
#include "jail/match/ruleset.h"

static void say(struct session *s, uint32_t rule, enum about item, uint64_t at, struct span text)
{
    struct record r = {.kind = MSG_ABOUT, .code = rule, .evidence = (uint16_t)item, .at = at};
    session_send_text(s, &r, text);
}

static void say_meta(struct session *s, const struct ruleset *rules, uint32_t rule, uint32_t index)
{
    static const enum about items[] = {[IR_META_INT] = ABOUT_META_INT,
                                       [IR_META_STRING] = ABOUT_META_TEXT,
                                       [IR_META_BOOL] = ABOUT_META_BOOL};
    struct image_meta m;
    if (!ruleset_read(rules, IMAGE_METAS, index, &m) || m.kind > IR_META_BOOL)
        return;
    struct record key = {.kind = MSG_TEXT, .flags = 1};
    (void)channel_put(&key, 0, ruleset_text(rules, m.key)); /* a name: at most 128 bytes */
    session_send(s, &key);
    say(s, rule, items[m.kind], m.value, ruleset_text(rules, m.text));
}

static void say_rule(struct session *s, const struct ruleset *rules, uint32_t index, bool metas)
{
    struct image_rule rule;
    (void)ruleset_read(rules, IMAGE_RULES, index, &rule);
    struct record r = {.kind = MSG_ABOUT,
                       .code = index,
                       .evidence = ABOUT_RULE,
                       .at = rule.line,
                       .len = rule.string_count,
                       .flags = rule.flags & IMAGE_PRIVATE ? ABOUT_PRIVATE : 0};
    session_send_text(s, &r, ruleset_text(rules, rule.name));
    say(s, index, ABOUT_SPACE, 0, ruleset_text_at(rules, IMAGE_SPACES, rule.space));
    say(s, index, ABOUT_FILE, 0, ruleset_text_at(rules, IMAGE_FILES, rule.file));
    for (uint32_t k = 0; k < rule.tag_count; k++)
        say(s, index, ABOUT_TAG, 0, ruleset_text_at(rules, IMAGE_TAGS, rule.tag_first + k));
    for (uint32_t k = 0; metas && k < rule.meta_count; k++)
        say_meta(s, rules, index, rule.meta_first + k);
}

enum err describe_send(struct session *s, struct span image, bool metas, struct why *why)
{
    struct ruleset rules;
    const struct module *m;
    for (uint32_t i = 0; (m = module_at(i)) != NULL; i++)
        say(s, 0, ABOUT_MODULE, 0, span_text(m->name));
    if (image.len == 0)
        return ERR_NONE;
    TRY(ruleset_open(&rules, image, why));
    for (uint32_t i = 0; i < ruleset_rules(&rules); i++)
        say_rule(s, &rules, i, metas);
    return ERR_NONE;
}
