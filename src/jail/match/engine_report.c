/* What is said of an object once its rules were evaluated. Reads the object's bytes (hostile) and a
 * checked image. */
#include "jail/match/engine_pass.h"

#include <string.h>

enum { MATCH_BYTES = 512 };

static void say_match(struct pass *p, uint32_t rule, uint32_t string, const struct hit *hit)
{
    uint64_t len = hit->len < MATCH_BYTES ? hit->len : MATCH_BYTES;
    struct match m = {.object = p->object->id,
                      .rule = rule,
                      .string = string,
                      .at = hit->at,
                      .len = hit->len,
                      .xor_key = hit->xor_key,
                      .bytes = source_view(&p->object->source, hit->at, len)};
    struct image_string s;
    (void)ruleset_read(&p->engine->rules, IMAGE_STRINGS, string, &s);
    m.is_hex = (s.flags & IMAGE_STRING_HEX) != 0;
    p->sink->match(p->sink->ctx, &m);
}

static void say_matches(struct pass *p, uint32_t index, const struct image_rule *rule,
                        const struct hits *hits)
{
    struct engine *e = p->engine;
    for (uint32_t k = 0; k < rule->string_count; k++) {
        struct image_string s;
        (void)ruleset_read(&e->rules, IMAGE_STRINGS, rule->string_first + k, &s);
        bool one = e->options.fast && !(s.flags & IMAGE_STRING_COUNTED);
        uint32_t count = one && hits[k].count > 1 ? 1 : hits[k].count;
        for (uint32_t m = 0; m < count && !(s.flags & IMAGE_STRING_PRIVATE); m++)
            if (!(s.flags & IMAGE_STRING_FIXED) || hits[k].items[m].at == s.fixed_at)
                say_match(p, index, rule->string_first + k, &hits[k].items[m]);
    }
}

static void say_finding(struct pass *p, uint32_t index, const struct image_rule *rule,
                        const struct hits *hits)
{
    struct finding f = {.object = p->object->id, .rule = index};
    for (uint32_t k = 0; k < rule->string_count && !f.has_place; k++) {
        f.has_place = hits[k].count > 0;
        if (f.has_place) {
            f.at = hits[k].items[0].at;
            f.len = hits[k].items[0].len;
        }
    }
    if (p->engine->clam)
        bit_set(p->engine->told, index);
    if (p->object->view != VIEW_RAW) /* the place is one in what was made of it */
        f.has_place = false;
    p->sink->finding(p->sink->ctx, &f);
    if (p->engine->options.matches && p->sink->match)
        say_matches(p, index, rule, hits);
}

static void apply_globals(struct engine *e)
{
    memset(e->bad_spaces, 0, (e->rules.counts[IMAGE_SPACES] / 32 + 1) * sizeof *e->bad_spaces);
    for (uint32_t k = 0; k < e->rules.counts[IMAGE_GLOBALS]; k++) {
        uint32_t index = ruleset_u32(&e->rules, IMAGE_GLOBALS, k);
        struct image_rule rule;
        if (ruleset_read(&e->rules, IMAGE_RULES, index, &rule) && !bit_get(e->truth, index))
            bit_set(e->bad_spaces, rule.space);
    }
}

void engine_report(struct pass *p)
{
    struct engine *e = p->engine;
    uint32_t at = 0;
    apply_globals(e);
    for (uint32_t n = 0; n < e->list_count; n++) {
        uint32_t i = e->list[n];
        struct image_rule rule;
        (void)ruleset_read(&e->rules, IMAGE_RULES, i, &rule);
        const struct hits *hits = e->hits + at;
        at += rule.string_count;
        bool is_private = (rule.flags & IMAGE_PRIVATE) != 0;
        if (e->clam && bit_get(e->told, i))
            continue;
        if (rule.retype && !p->object->is_retyped && p->object->view == VIEW_RAW) {
            p->object->retypes |= (uint64_t)bit_get(e->truth, i) << rule.retype;
            continue;
        }
        if (bit_get(e->truth, i) && !is_private && !bit_get(e->bad_spaces, rule.space))
            say_finding(p, i, &rule, hits);
        else if (e->options.unmatched && !is_private && p->sink->match)
            say_matches(p, i, &rule, hits);
    }
}
