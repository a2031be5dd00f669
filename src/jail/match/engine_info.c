/* What an engine can say about its rules. Reads the image only. */
#include "jail/match/engine_open.h"

struct rule_info engine_rule(const struct engine *e, uint32_t rule)
{
    struct rule_info out = {0};
    struct image_rule r;
    struct image_hash h;
    if (ruleset_read(engine_rules(e), IMAGE_RULES, rule, &r)) {
        out.name = ruleset_text(engine_rules(e), r.name);
        out.space = ruleset_text_at(engine_rules(e), IMAGE_SPACES, r.space);
        out.file = ruleset_text_at(engine_rules(e), IMAGE_FILES, r.file);
        out.kind = ruleset_text(engine_rules(e), r.kind);
        out.line = r.line;
        out.is_private = (r.flags & IMAGE_PRIVATE) != 0;
    } else if (rule >= ruleset_rules(engine_rules(e)) &&
               ruleset_read(engine_rules(e), IMAGE_HASHES, rule - ruleset_rules(engine_rules(e)),
                            &h)) {
        out.name = ruleset_text(engine_rules(e), h.name);
        out.file = ruleset_text_at(engine_rules(e), IMAGE_FILES, h.file);
        out.kind = SPAN_OF("hash");
        out.line = h.line & ~IMAGE_HASH_ALLOW;
    }
    return out;
}

struct span engine_string_name(const struct engine *e, uint32_t string)
{
    struct image_string s;
    (void)ruleset_read(engine_rules(e), IMAGE_STRINGS, string, &s);
    return ruleset_text(engine_rules(e), s.name);
}

bool engine_password(const struct engine *e, uint32_t index, struct span *text, bool *is_any)
{
    struct image_password p;
    if (!ruleset_read(engine_rules(e), IMAGE_PASSWORDS, index, &p))
        return false;
    *text = ruleset_text(engine_rules(e), p.text);
    *is_any = p.kind == IMAGE_LOCK_ANY;
    return true;
}

uint32_t engine_rule_count(const struct engine *e)
{
    return ruleset_rules(engine_rules(e));
}

struct rule_listing engine_listing(const struct engine *e, uint32_t rule)
{
    struct image_rule r;
    struct rule_listing out = {0};
    const struct ruleset *rules = engine_rules(e);
    if (!ruleset_read(rules, IMAGE_RULES, rule, &r))
        return out;
    out.info = engine_rule(e, rule);
    out.string_count = r.string_count;
    out.is_global = (r.flags & IMAGE_GLOBAL) != 0;
    out.has_gate = r.gate_count > 0;
    for (; out.tag_count < r.tag_count && out.tag_count < 8; out.tag_count++)
        out.tags[out.tag_count] = ruleset_text_at(rules, IMAGE_TAGS, r.tag_first + out.tag_count);
    for (unsigned class = 0; class < CLASS_COUNT; class ++)
        out.always |= (uint32_t)ruleset_always(rules, class, rule) << class;
    engine_costs(e, rule, &out.evaluations, &out.steps);
    return out;
}
