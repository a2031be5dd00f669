/* The whole check of an image: every reference of every record. Whoever made it, an image that
 * passes can make a wrong verdict and never a wrong access. */
#include "jail/match/clam_facts.h"
#include "jail/match/code_check.h"
#include "jail/match/hashes.h"
#include "jail/match/regex_vm.h"

static bool text_ok(const struct ruleset *r, struct image_text t)
{
    return (uint64_t)t.at + t.len <= r->parts[IMAGE_TEXT].len;
}

/* Parts whose records are nothing but a text. */
static bool texts_ok(const struct ruleset *r)
{
    static const enum image_part parts[] = {IMAGE_FILES, IMAGE_SPACES, IMAGE_TAGS, IMAGE_MODULES,
                                            IMAGE_TEXTS};
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
        for (uint32_t i = 0; i < r->counts[parts[p]]; i++) {
            struct image_text t;
            (void)ruleset_read(r, parts[p], i, &t);
            if (!text_ok(r, t))
                return false;
        }
    return true;
}

static bool backtracks_ok(const struct ruleset *r)
{
    for (uint32_t i = 0; i < r->counts[IMAGE_BACKTRACKS]; i++) {
        struct image_backtrack x;
        (void)ruleset_read(r, IMAGE_BACKTRACKS, i, &x);
        if (!text_ok(r, x.text))
            return false;
    }
    return true;
}

static bool range_ok(const struct ruleset *r, enum image_part part, uint32_t first, uint32_t count)
{
    return (uint64_t)first + count <= r->counts[part];
}

static bool rule_ok(const struct ruleset *r, const struct image_rule *rule)
{
    return text_ok(r, rule->name) && text_ok(r, rule->kind) &&
           rule->space < r->counts[IMAGE_SPACES] && rule->file < r->counts[IMAGE_FILES] &&
           range_ok(r, IMAGE_STRINGS, rule->string_first, rule->string_count) &&
           range_ok(r, IMAGE_TAGS, rule->tag_first, rule->tag_count) &&
           range_ok(r, IMAGE_METAS, rule->meta_first, rule->meta_count) &&
           range_ok(r, IMAGE_CODE, rule->code_first, rule->code_count) &&
           range_ok(r, IMAGE_CODE, rule->gate_first, rule->gate_count) &&
           rule->var_count <= COND_VARS && rule->retype < TYPE_COUNT;
}

/* Wakes run as their rule's code does. */
static const char *check_wakes(const struct ruleset *r, struct code_check *k)
{
    const char *wrong = NULL;
    for (uint32_t i = 0; i < r->counts[IMAGE_WAKES] && !wrong; i++) {
        struct image_wake w;
        struct image_rule rule;
        (void)ruleset_read(r, IMAGE_WAKES, i, &w);
        if (!ruleset_read(r, IMAGE_RULES, w.rule, &rule) ||
            !range_ok(r, IMAGE_CODE, w.code_first, w.code_count))
            return "a wake of no rule";
        wrong = code_check_run(k, w.rule, &rule, w.code_first, w.code_count);
    }
    return wrong;
}

/* The engine gathers the strings of rules in order and relies on theirs being in order, too. */
static enum err check_rules(const struct ruleset *r, struct why *why)
{
    uint32_t longest = 0, strings = 0;
    struct image_rule rule;
    for (uint32_t i = 0; i < ruleset_rules(r); i++) {
        (void)ruleset_read(r, IMAGE_RULES, i, &rule);
        if (!rule_ok(r, &rule) || rule.string_first != strings)
            return fail(why, ERR_IMAGE, "rule %u of the image is damaged", i);
        strings += rule.string_count;
        longest = rule.code_count > longest ? rule.code_count : longest;
        longest = rule.gate_count > longest ? rule.gate_count : longest;
    }
    if (strings != r->counts[IMAGE_STRINGS])
        return fail(why, ERR_IMAGE, "strings of no rule in the image");
    for (uint32_t i = 0; i < r->counts[IMAGE_WAKES]; i++) {
        struct image_wake w;
        (void)ruleset_read(r, IMAGE_WAKES, i, &w);
        longest = w.code_count > longest ? w.code_count : longest;
    }
    struct code_check *k = code_check_new(r, longest);
    if (!k)
        return fail(why, ERR_NOMEM, "checking an image");
    const char *wrong = NULL;
    for (uint32_t i = 0; i < ruleset_rules(r) && !wrong; i++) {
        (void)ruleset_read(r, IMAGE_RULES, i, &rule);
        wrong = code_check_run(k, i, &rule, rule.code_first, rule.code_count);
        if (!wrong && rule.gate_count > 0)
            wrong = code_check_run(k, i, &rule, rule.gate_first, rule.gate_count);
        if (wrong)
            (void)fail(why, ERR_IMAGE, "rule %u of the image has %s", i, wrong);
    }
    if (!wrong) {
        wrong = check_wakes(r, k);
        if (wrong)
            (void)fail(why, ERR_IMAGE, "the image's wakes have %s", wrong);
    }
    code_check_free(k);
    return wrong ? ERR_IMAGE : ERR_NONE;
}

static enum err check_strings(const struct ruleset *r, struct why *why)
{
    for (uint32_t i = 0; i < r->counts[IMAGE_STRINGS]; i++) {
        struct image_string s;
        struct image_rule rule;
        (void)ruleset_read(r, IMAGE_STRINGS, i, &s);
        if (!text_ok(r, s.name) || !ruleset_read(r, IMAGE_RULES, s.rule, &rule) ||
            i < rule.string_first || i - rule.string_first >= rule.string_count)
            return fail(why, ERR_IMAGE, "string %u of the image is damaged", i);
    }
    return ERR_NONE;
}

static bool metas_ok(const struct ruleset *r)
{
    for (uint32_t i = 0; i < r->counts[IMAGE_METAS]; i++) {
        struct image_meta m;
        (void)ruleset_read(r, IMAGE_METAS, i, &m);
        if (!text_ok(r, m.key) || !text_ok(r, m.text))
            return false;
    }
    for (uint32_t i = 0; i < r->counts[IMAGE_EXTERNALS]; i++) {
        struct image_external x;
        (void)ruleset_read(r, IMAGE_EXTERNALS, i, &x);
        if (!text_ok(r, x.name))
            return false;
    }
    for (uint32_t i = 0; i < r->counts[IMAGE_PASSWORDS]; i++) {
        struct image_password p;
        (void)ruleset_read(r, IMAGE_PASSWORDS, i, &p);
        if (!text_ok(r, p.text) || p.kind >= IMAGE_LOCK_COUNT)
            return false;
    }
    for (uint32_t i = 0; i < r->counts[IMAGE_MAGICS]; i++) {
        struct image_magic m;
        (void)ruleset_read(r, IMAGE_MAGICS, i, &m);
        if (!text_ok(r, m.bytes) || m.target >= CLAM_TARGETS)
            return false;
    }
    for (uint32_t i = 0; i < r->counts[IMAGE_SIGNERS]; i++) {
        struct image_signer s;
        (void)ruleset_read(r, IMAGE_SIGNERS, i, &s);
        if (!text_ok(r, s.modulus))
            return false;
    }
    for (uint32_t i = 0; i < r->counts[IMAGE_GLOBALS]; i++)
        if (ruleset_u32(r, IMAGE_GLOBALS, i) >= ruleset_rules(r))
            return false;
    return true;
}

static bool regexes_ok(const struct ruleset *r)
{
    struct span all = r->parts[IMAGE_PROGRAMS];
    for (uint32_t i = 0; i < r->counts[IMAGE_REGEXES]; i++) {
        struct image_text place;
        (void)ruleset_read(r, IMAGE_REGEXES, i, &place);
        if ((uint64_t)place.at + place.len > all.len ||
            !vm_check(span_cut(all, place.at, place.len), 0))
            return false;
    }
    return true;
}

enum err ruleset_check(struct span image, struct why *why)
{
    struct ruleset r;
    TRY(ruleset_open(&r, image, why));
    uint64_t words = (uint64_t)(ruleset_rules(&r) + UINT64_C(31)) / 32 * CLASS_COUNT;
    if (r.counts[IMAGE_ALWAYS] != words)
        return fail(why, ERR_IMAGE, "the image's bitmaps do not fit its rules");
    if (r.counts[IMAGE_CLAM] != 0 && r.counts[IMAGE_CLAM] != words / CLASS_COUNT)
        return fail(why, ERR_IMAGE, "the image's map of ClamAV's rules does not fit them");
    for (uint32_t i = 0; i < r.counts[IMAGE_MEMBERS]; i++)
        if (ruleset_u32(&r, IMAGE_MEMBERS, i) >= ruleset_rules(&r))
            return fail(why, ERR_IMAGE, "the image's rules about members do not exist");
    if (!texts_ok(&r) || !metas_ok(&r) || !backtracks_ok(&r))
        return fail(why, ERR_IMAGE, "a text of the image lies outside of it");
    TRY(check_rules(&r, why));
    TRY(check_strings(&r, why));
    if (!regexes_ok(&r))
        return fail(why, ERR_IMAGE, "an expression of the image is damaged");
    TRY(hashes_check(&r, why));
    struct span search = r.parts[IMAGE_SEARCH];
    if (r.counts[IMAGE_STRINGS] > 0 || search.len > 0) {
        if (!search_check(search))
            return fail(why, ERR_IMAGE, "the image's search section is damaged");
        struct search *s = search_open(search);
        uint32_t strings = s ? search_string_count(s) : 0;
        search_close(s);
        if (strings != r.counts[IMAGE_STRINGS])
            return fail(why, ERR_IMAGE, "the image's search section is of other strings");
    }
    return ERR_NONE;
}
