/* YARA front end: the set behind `of`. Hostile bytes. Facts: YARA's manual ("Sets of strings",
 * "Sets of rules") and the grammar of YARA 4.5; conditions in the set are YARA-X's. */
#include "common/text.h"
#include "jail/compile/yara_check.h"
#include "jail/compile/yara_names.h"

struct set {
    struct ir_expr *of;
    uint32_t cap;
    bool strings_only, is_strings;
};

static bool add_found(struct yara *y, struct set *s, uint32_t string, const struct yara_token *at)
{
    struct ir_expr *e = yara_check_new(y, IR_FOUND, IR_T_BOOL, at);
    if (!e)
        return false;
    e->string = string;
    y->used[string] = true;
    return yara_check_item(y, s->of, e, &s->cap);
}

/* All strings of that name (there may be many without one), or whose names begin with it. */
static bool add_strings(struct yara *y, struct set *s, struct span name, bool prefix,
                        const struct yara_token *at)
{
    char shown[160];
    uint32_t before = s->of->count;
    for (uint32_t i = 0; i < y->rule.string_count; i++) {
        struct span have = y->rule.strings[i].name;
        if ((prefix ? span_starts(have, name) : span_equal(have, name)) && !add_found(y, s, i, at))
            return false;
    }
    if (s->of->count > before)
        return true;
    text_escape_into(shown, sizeof shown, name);
    yara_say_error(y, at, "undefined string \"%s%s\"", shown, prefix ? "*" : "");
    return false;
}

static bool add_rule(struct yara *y, struct set *s, uint32_t index, const struct yara_token *at)
{
    struct ir_expr *e = yara_check_new(y, IR_RULE, IR_T_BOOL, at);
    if (!e)
        return false;
    e->i = index;
    return yara_check_item(y, s->of, e, &s->cap);
}

/* rule*: the good rules of this namespace so far. */
static bool add_rules(struct yara *y, struct set *s)
{
    struct yara_token at = y->tok;
    char shown[160];
    uint32_t before = s->of->count;
    for (uint32_t i = 0; i < y->ir->rule_count; i++) {
        const struct ir_rule *r = &y->ir->rules[i];
        if (span_equal(r->space, y->space) && span_starts(r->name, at.text) &&
            !add_rule(y, s, i, &at))
            return false;
    }
    /* As for a rule's own name: its answer is false while it is being asked. */
    if (span_starts(y->rule.name, at.text)) {
        struct ir_expr *self = yara_check_new(y, IR_BOOL, IR_T_BOOL, &at);
        if (!yara_check_item(y, s->of, self, &s->cap))
            return false;
    }
    text_escape_into(shown, sizeof shown, at.text);
    if (s->of->count == before) {
        yara_say_error(y, &at, "undefined identifier \"%s\"\t: no rule so far begins so", shown);
        return false;
    }
    yara_source_next(y);
    yara_source_next(y);
    return !y->failed && yara_names_add_wild(y, at.text);
}

static bool ends_item(int kind)
{
    return kind == ',' || kind == ')';
}

static bool parse_item(struct yara *y, struct set *s)
{
    struct yara_token at = y->tok;
    if (at.kind == YT_WILD || (at.kind == YT_STRING_ID && ends_item(yara_source_peek(y, 1)))) {
        struct span name = at.text;
        yara_source_next(y);
        return !y->failed && add_strings(y, s, name, at.kind == YT_WILD, &at);
    }
    if (s->strings_only) {
        yara_say_expected(y, "a string's name");
        return false;
    }
    s->is_strings = false;
    if (at.kind == YT_NAME && yara_source_peek(y, 1) == '*' && ends_item(yara_source_peek(y, 2))) {
        if (!y->fe->in->yara_x)
            return add_rules(y, s);
        yara_say_error(y, &at, "rule* in a set is not YARA-X");
        return false;
    }
    /* A rule's name is a condition like any other. */
    struct ir_expr *e = yara_parse_cond(y);
    if (e && e->type != IR_T_BOOL && !y->fe->in->yara_x) {
        yara_say_error(y, &at, "expected a string's name, a rule's name or a condition, found %s",
                       yara_check_type_name(e->type));
        return false;
    }
    return yara_check_item(y, s->of, yara_check_bool(y, e), &s->cap);
}

bool yara_parse_set(struct yara *y, struct ir_expr *of, bool strings_only, bool *is_strings)
{
    struct set s = {.of = of, .strings_only = strings_only, .is_strings = true};
    struct yara_token at = y->tok;
    *is_strings = true;
    if (yara_source_accept(y, YT_THEM))
        return !y->failed && add_strings(y, &s, SPAN_OF("$"), true, &at);
    if (!yara_source_expect(y, '('))
        return false;
    do {
        if (!parse_item(y, &s))
            return false;
    } while (yara_source_accept(y, ','));
    *is_strings = s.is_strings;
    return yara_source_expect(y, ')');
}
