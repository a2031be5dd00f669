/* One object through the rules: class, anchors, gates, strings, conditions, hashes. Reads the
 * object's bytes (hostile) and a checked image. */
#include "jail/match/engine.h"

#include "jail/match/clam_facts.h"
#include "jail/match/clam_view.h"
#include "jail/match/cond_vm.h"
#include "jail/match/engine_open.h"
#include "jail/match/engine_pass.h"
#include "jail/match/hashes.h"
#include "jail/match/magics.h"
#include "jail/match/object_search.h"
#include "jail/match/search_open.h"
#include "jail/match/signers.h"

#include <stdlib.h>
#include <string.h>

/* Which rules are ClamAV's signatures, if there are any. */
static enum err find_clam(struct engine *e, struct why *why)
{
    struct span map = span_cut(e->rules.parts[IMAGE_CLAM], 0, (size_t)e->words * sizeof *e->clam);
    if (map.len == 0)
        return ERR_NONE;
    e->clam = calloc((size_t)e->words + 1, sizeof *e->clam);
    e->told = calloc(e->words, sizeof *e->told);
    if (!e->clam || !e->told)
        return fail(why, ERR_NOMEM, "engine: %u rules", e->rule_count);
    memcpy(e->clam, map.at, map.len);
    return ERR_NONE;
}

/* Which wakes a class has, listed when it is first met: most have none of hundreds, and a jail of
 * one file meets one class. */
static void list_wakes(struct engine *e, unsigned class)
{
    uint32_t count = e->rules.counts[IMAGE_WAKES];
    uint32_t *list = e->wakes + (size_t) class * count;
    if (e->wakes_listed >> class & 1)
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct image_wake w;
        (void)ruleset_read(&e->rules, IMAGE_WAKES, i, &w);
        if (w.classes >> class & 1)
            list[e->wake_counts[class]++] = i;
    }
    e->wakes_listed |= 1u << class;
}

static enum err allocate(struct engine *e, struct why *why)
{
    e->rule_count = ruleset_rules(&e->rules);
    e->words = (e->rule_count + 31) / 32;
    size_t spaces = e->rules.counts[IMAGE_SPACES] / 32 + 1;
    e->alive = calloc((size_t)e->words + 1, sizeof *e->alive);
    e->truth = calloc((size_t)e->words + 1, sizeof *e->truth);
    e->list = malloc(((size_t)e->rule_count + 1) * sizeof *e->list); /* read as far as written */
    e->bad_spaces = calloc(spaces, sizeof *e->bad_spaces);
    e->vm = vm_new();
    e->arena = arena_new(LIMIT_ARENA_BYTES);
    if (e->options.costs)
        e->costs = calloc((size_t)e->rule_count + 1, sizeof *e->costs);
    if (e->options.costs && !e->costs)
        return fail(why, ERR_NOMEM, "engine: costs");
    e->wakes = malloc(((size_t)e->rules.counts[IMAGE_WAKES] * CLASS_COUNT + 1) * sizeof *e->wakes);
    if (!e->wakes || !e->list || !e->alive || !e->truth || !e->bad_spaces || !e->vm || !e->arena)
        return fail(why, ERR_NOMEM, "engine: %u rules", e->rule_count);
    if (e->rules.parts[IMAGE_SEARCH].len > 0) {
        e->search = search_open(e->rules.parts[IMAGE_SEARCH]);
        if (e->search && e->options.plain)
            (void)search_use(e->search, PREFILTER_PLAIN);
        if (!e->search)
            return fail(why, ERR_NOMEM, "engine: search");
    }
    TRY(find_clam(e, why));
    return cond_new(&e->cond, &e->rules, e->vm, e->options.module_data, why);
}

enum err engine_open(struct engine **out, struct span image, struct engine_options options,
                     struct why *why)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e)
        return fail(why, ERR_NOMEM, "engine");
    e->options = options;
    enum err err = ruleset_open(&e->rules, image, why);
    if (err == ERR_NONE)
        err = allocate(e, why);
    if (err != ERR_NONE)
        engine_close(e);
    else
        *out = e;
    return err;
}

void engine_close(struct engine *e)
{
    if (!e)
        return;
    cond_free(e->cond);
    search_close(e->search);
    vm_free(e->vm);
    arena_free(e->arena);
    free(e->alive);
    free(e->truth);
    free(e->list);
    free(e->wakes);
    free(e->clam);
    free(e->told);
    free(e->bad_spaces);
    free(e->costs);
    free(e);
}

static void give_gap(struct pass *p, enum gap_kind kind, struct span detail)
{
    p->sink->gap(p->sink->ctx, p->object->id, kind, 0, detail);
    p->cut = true;
}

static void on_alive(void *ctx, uint32_t rule)
{
    struct engine *e = ctx;
    if (rule < e->rule_count)
        bit_set(e->alive, rule);
}

static void all_alive(struct engine *e)
{
    memset(e->alive, 0xff, (size_t)e->words * sizeof *e->alive);
    if (e->rule_count % 32)
        e->alive[e->words - 1] = (1u << (e->rule_count % 32)) - 1;
}

/* Which rules may be true of this object. */
static void find_alive(struct pass *p)
{
    struct engine *e = p->engine;
    unsigned class = clam_class_of(p->object);
    if (e->options.exhaustive || p->object->memory) {
        all_alive(e);
        return;
    }
    struct span always =
        span_cut(e->rules.parts[IMAGE_ALWAYS], (size_t) class * e->words * sizeof *e->alive,
                 (size_t)e->words * sizeof *e->alive);
    if (always.len)
        memcpy(e->alive, always.at, always.len);
    if (e->search && !search_rules(e->search, (enum search_class) class, &p->object->source,
                                   p->budget, on_alive, e))
        give_gap(p, GAP_TIMED_OUT, SPAN_OF("steps for anchors"));
}

/* Runs a piece of a rule's code. Steps are charged to the file's budget and the rule's own. */
static bool run_code(struct pass *p, struct cond_rule *r)
{
    struct engine *e = p->engine;
    uint64_t left = p->budget->steps - p->budget->steps_used;
    r->steps = left < LIMIT_CONDITION_STEPS ? left : LIMIT_CONDITION_STEPS;
    uint64_t used = 0;
    enum cond_result got = cond_run(e->cond, r, &used);
    (void)budget_steps(p->budget, used);
    if (e->costs && r->index < e->rule_count)
        e->costs[r->index].steps += used;
    if (got == COND_IS_SPENT)
        give_gap(p, GAP_TIMED_OUT, engine_rule(e, r->index).name);
    return got == COND_IS_TRUE;
}

/* The gate of a rule that is not alive yet: most wakes end here. */
static bool passes_gate(struct pass *p, uint32_t index)
{
    struct image_rule rule;
    (void)ruleset_read(&p->engine->rules, IMAGE_RULES, index, &rule);
    struct cond_rule gate = {.index = index,
                             .code_first = rule.gate_first,
                             .code_count = rule.gate_count,
                             .no_vars = rule.var_count == 0,
                             .string_first = rule.string_first};
    return gate.code_count == 0 || run_code(p, &gate);
}

/* Rules of which a part that needs no string is true. Where somebody listens to what rules print,
 * parts are not evaluated by themselves, for they would print twice. */
static void wake(struct pass *p)
{
    struct engine *e = p->engine;
    unsigned class = clam_class_of(p->object);
    const uint32_t *list = e->wakes + (size_t) class * e->rules.counts[IMAGE_WAKES];
    list_wakes(e, class);
    uint32_t last =
        UINT32_MAX; /* the rule whose gate was asked last: its wakes follow each other */
    bool passed = false;
    for (uint32_t i = 0; i < e->wake_counts[class]; i++) {
        struct image_wake w;
        (void)ruleset_read(&e->rules, IMAGE_WAKES, list[i], &w);
        if (bit_get(e->alive, w.rule))
            continue;
        if (w.rule != last)
            passed = passes_gate(p, w.rule);
        last = w.rule;
        if (!passed)
            continue;
        struct cond_rule part = {
            .index = w.rule, .code_first = w.code_first, .code_count = w.code_count};
        if (e->options.log || run_code(p, &part))
            bit_set(e->alive, w.rule);
    }
}

/* Adds a rule's strings. all: every match of them is wanted, whatever its condition asks. */
static void gather_rule(const struct pass *p, const struct image_rule *rule, bool all)
{
    struct engine *e = p->engine;
    bool is_whole = !e->options.matches && !p->object->memory;
    for (uint32_t k = 0; k < rule->string_count; k++) {
        struct image_string s;
        (void)ruleset_read(&e->rules, IMAGE_STRINGS, rule->string_first + k, &s);
        e->hits[e->string_count].one_is_enough = !all && !(s.flags & IMAGE_STRING_COUNTED);
        e->hits[e->string_count].on_demand = is_whole && (s.flags & IMAGE_STRING_PLACED) != 0;
        e->strings[e->string_count++] = rule->string_first + k;
    }
}

/* Finds all strings of the rules that are still alive, in one go. False: nothing is known. */
static bool find_strings(struct pass *p)
{
    struct engine *e = p->engine;
    uint32_t need = 0;
    bool all = e->options.matches && !e->options.fast;
    struct image_rule rule;
    for (uint32_t n = 0; n < e->list_count; n++) {
        uint32_t i = e->list[n];
        (void)ruleset_read(&e->rules, IMAGE_RULES, i, &rule);
        need += rule.string_count; /* no overflow: rules share no strings, checked */
    }
    e->string_count = 0;
    e->strings = arena_array(e->arena, uint32_t, need);
    e->hits = arena_array(e->arena, struct hits, need);
    if (!e->strings || !e->hits)
        return false;
    for (uint32_t n = 0; n < e->list_count; n++) {
        uint32_t i = e->list[n];
        (void)ruleset_read(&e->rules, IMAGE_RULES, i, &rule);
        gather_rule(p, &rule, all);
    }
    struct object_search find = {e->search, e->strings, need, e->arena, p->budget};
    return need == 0 || object_strings(&find, p->object, e->hits);
}

/* Conditions in rule order: a rule may ask only for earlier ones, and one that is not alive is
 * false. */
static void evaluate(struct pass *p)
{
    struct engine *e = p->engine;
    uint32_t at = 0;
    memset(e->truth, 0, (size_t)e->words * sizeof *e->truth);
    for (uint32_t n = 0; n < e->list_count; n++) {
        uint32_t i = e->list[n];
        struct image_rule rule;
        (void)ruleset_read(&e->rules, IMAGE_RULES, i, &rule);
        struct cond_rule r = {.index = i,
                              .code_first = rule.code_first,
                              .code_count = rule.code_count,
                              .no_vars = rule.var_count == 0,
                              .string_first = rule.string_first,
                              .hits = e->hits + at,
                              .hit_count = rule.string_count};
        for (uint32_t k = 0; k < rule.string_count; k++)
            if (e->hits[at + k].too_many)
                give_gap(p, GAP_TOO_MANY, ruleset_text(&e->rules, rule.name));
        at += rule.string_count;
        if (e->costs)
            e->costs[i].evaluations++;
        if (run_code(p, &r))
            bit_set(e->truth, i);
        if (p->budget->steps_used >= p->budget->steps)
            break;
    }
}

/* Hash signatures are looked up first: an allow list has the last word. */
static void on_hash(void *ctx, uint32_t index)
{
    struct pass *p = ctx;
    struct image_hash h;
    void *items = p->hashes;
    if (ruleset_read(&p->engine->rules, IMAGE_HASHES, index, &h) && (h.line & IMAGE_HASH_ALLOW)) {
        p->object->is_trusted = true;
        return;
    }
    if (!arena_grow(p->engine->arena, &items, &p->hash_cap, p->hash_count + 1, sizeof index)) {
        give_gap(p, GAP_MEMORY, SPAN_OF("hashes"));
        return;
    }
    p->hashes = items;
    p->hashes[p->hash_count++] = index;
}

static void say_hashes(struct pass *p)
{
    for (uint32_t i = 0; i < p->hash_count; i++) {
        struct finding f = {.object = p->object->id,
                            .rule = p->engine->rule_count + p->hashes[i],
                            .len = p->object->source.size,
                            .has_place = true};
        p->sink->finding(p->sink->ctx, &f);
    }
}

/* Rules that print are evaluated whatever strings there are, when somebody listens. */
static void wake_printing(struct pass *p)
{
    struct engine *e = p->engine;
    for (uint32_t i = 0; e->options.log && i < e->rule_count; i++) {
        struct image_rule rule;
        (void)ruleset_read(&e->rules, IMAGE_RULES, i, &rule);
        if (rule.flags & IMAGE_LOGS)
            bit_set(e->alive, i);
    }
}

static void dump_modules(struct pass *p)
{
    struct buf text;
    if (!p->engine->options.dump || !p->sink->output)
        return;
    buf_init(&text, LIMIT_DUMP_BYTES);
    if (!cond_dump(p->engine->cond, &text))
        give_gap(p, GAP_MEMORY, SPAN_OF("what the modules say"));
    p->sink->output(p->sink->ctx, buf_get(&text));
    buf_done(&text);
}

/* Of 64 rules those that see this object: ClamAV's signatures see some objects only as what was
 * made of them, and other rules never see that. */
static uint64_t choose_clam(const struct pass *p, uint32_t word, uint64_t alive)
{
    uint64_t clam = 0;
    if (!p->engine->clam)
        return alive;
    memcpy(&clam, &p->engine->clam[word], sizeof clam);
    if (p->object->view != VIEW_RAW || p->object->is_retyped)
        return alive & clam;
    return p->sees & CLAM_SEES_RAW ? alive : alive & ~clam;
}

/* Whether a rule that is alive goes on. One that prints does, when somebody listens. */
static bool goes_on(struct pass *p, uint32_t index)
{
    struct engine *e = p->engine;
    struct image_rule rule;
    if (e->options.exhaustive || p->object->memory || passes_gate(p, index))
        return true;
    (void)ruleset_read(&e->rules, IMAGE_RULES, index, &rule);
    return e->options.log && rule.flags & IMAGE_LOGS;
}

/* The rules to evaluate, ascending. Most words are empty: two at a time. */
static void list_alive(struct pass *p)
{
    struct engine *e = p->engine;
    e->list_count = 0;
    for (uint32_t w = 0; w < e->words; w += 2) {
        uint64_t alive;
        memcpy(&alive, &e->alive[w], sizeof alive);
        if (alive)
            alive = choose_clam(p, w, alive);
        for (; alive; alive &= alive - 1) {
            uint32_t index = w * 32 + (uint32_t)__builtin_ctzll(alive);
            if (index >= e->rule_count) /* a forged image's */
                break;
            if (goes_on(p, index))
                e->list[e->list_count++] = index;
        }
    }
}

/* Threads that the regex machines had to drop so far. */
static uint64_t drops(const struct engine *e)
{
    return vm_drops(e->vm) + (e->search ? search_drops(e->search) : 0);
}

static void scan_rules(struct pass *p)
{
    struct engine *e = p->engine;
    struct cond_object o = {.object = p->object,
                            .arena = e->arena,
                            .search = e->search,
                            .truth = e->truth,
                            .now_s = e->options.now_s,
                            .magic = e->options.magic,
                            .output = e->options.log ? p->sink->output : NULL,
                            .output_ctx = p->sink->ctx};
    uint64_t dropped = drops(e);
    cond_begin(e->cond, &o);
    dump_modules(p);
    find_alive(p);
    wake(p);
    wake_printing(p);
    list_alive(p);
    if (!find_strings(p)) {
        give_gap(p, p->budget->spent ? GAP_TIMED_OUT : GAP_MEMORY, SPAN_OF("strings"));
        return;
    }
    evaluate(p);
    if (drops(e) != dropped)
        give_gap(p, GAP_TOO_MANY, SPAN_OF("threads of a regular expression"));
    if (p->object->source.facts_lack)
        give_gap(p, GAP_LIBRARY, span_text(p->object->source.facts_lack));
    if (p->object->source.facts_cut)
        give_gap(p, GAP_TOO_BIG, SPAN_OF("facts of modules"));
    engine_report(p);
}

static void scan_form(struct pass *p, enum clam_form form)
{
    struct object *raw = p->object, made = *raw;
    struct buf text;
    buf_init(&text, LIMIT_NORMALISED_BYTES);
    made.view = form == CLAM_FORM_TEXT ? VIEW_TEXT : VIEW_HTML;
    if (!clam_view_make(raw, form, &text)) {
        if (!raw->source.failed)
            give_gap(p, GAP_TOO_BIG, SPAN_OF("as text, for ClamAV's signatures"));
    } else if (budget_steps(p->budget, text.len / 64)) {
        made.source = source_of(buf_get(&text));
        p->object = &made;
        scan_rules(p);
        p->object = raw;
    }
    buf_done(&text);
}

static void scan_forms(struct pass *p)
{
    if (p->sees & CLAM_SEES_TEXT)
        scan_form(p, CLAM_FORM_TEXT);
    if (!(p->sees & CLAM_SEES_HTML))
        return;
    scan_form(p, CLAM_FORM_NOCOMMENT);
    scan_form(p, CLAM_FORM_NOTAGS);
}

enum err engine_scan(struct engine *e, struct object *o, struct budget *budget,
                     const struct sink *sink, struct why *why)
{
    (void)why; /* every oddity is a gap */
    struct pass p = {.engine = e, .object = o, .budget = budget, .sink = sink};
    arena_reset(e->arena);
    magics_tell(&e->rules, o);
    if (e->rules.counts[IMAGE_HASHES] > 0 && !o->memory && !o->is_retyped &&
        (!hashes_scan(&e->rules, o, budget, on_hash, &p) ||
         !hashes_sections(&e->rules, o, budget, on_hash, &p) ||
         !hashes_imports(&e->rules, o, e->arena, on_hash, &p)) &&
        !o->source.failed)
        give_gap(&p, GAP_TIMED_OUT, SPAN_OF("hashes"));
    if (e->rules.counts[IMAGE_SIGNERS] > 0 && !o->memory && !o->is_trusted && !o->is_retyped)
        o->is_trusted = signers_trust(o, &e->rules, e->arena, e->options.now_s) &&
                        !signers_blocked(o, &e->rules, e->arena);
    if (o->is_trusted)
        return ERR_NONE;
    p.sees = o->memory ? 0 : e->clam ? clam_sees(o) : CLAM_SEES_RAW;
    if (e->clam && !o->is_retyped)
        memset(e->told, 0, (size_t)e->words * sizeof *e->told);
    if (e->rule_count > 0)
        scan_rules(&p);
    scan_forms(&p);
    say_hashes(&p);
    return ERR_NONE;
}

bool engine_wants_md5(const struct engine *e, uint64_t size)
{
    return hashes_want_md5(&e->rules, size);
}

bool engine_is_plain(const struct engine *e)
{
    return e->options.plain;
}

const struct ruleset *engine_rules(const struct engine *e)
{
    return &e->rules;
}

void engine_costs(const struct engine *e, uint32_t rule, uint64_t *evaluations, uint64_t *steps)
{
    *evaluations = e->costs && rule < e->rule_count ? e->costs[rule].evaluations : 0;
    *steps = e->costs && rule < e->rule_count ? e->costs[rule].steps : 0;
}
