/* Sources to an image: front ends, then each rule in order (strings, references, code, covers),
 * then the anchors, then the bytes. Everything here was typed by strangers. */
#include "jail/compile/compile.h"

#include "common/text.h"
#include "jail/compile/audit.h"
#include "jail/compile/cond_emit.h"
#include "jail/compile/cover.h"
#include "jail/compile/gather.h"
#include "jail/compile/leaves.h"
#include "jail/compile/published.h"
#include "jail/compile/string_uses.h"
#include "jail/match/ruleset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct compile {
    const struct compile_input *in;
    struct frontend fe;
    struct ir *ir;
    struct gathered sources; /* the input's, containers opened */
    struct arena *arena;
    struct image_out image;
    struct pattern *patterns; /* of the image's strings, in order; heap */
    uint32_t pattern_count, pattern_cap;
    uint32_t *numbers;      /* ir rule -> image rule, or COND_LEFT_OUT */
    uint32_t *string_first; /* ir rule -> first string in the image */
    uint32_t *string_cost;  /* by image string; grows with patterns */
    uint32_t rule_count;
    struct cover_maker covers;
    struct cover_array chosen;
    uint32_t *always; /* CLASS_COUNT bitmaps, `words` each, one block */
    uint32_t words;
};

static void say(struct compile *c, const struct ir_rule *rule, uint32_t line, uint32_t column,
                const char *text)
{
    struct diag d = {.level = DIAG_ERROR, .line = line, .column = column, .text = span_text(text)};
    if (rule->file < c->ir->file_count)
        d.file = c->ir->files[rule->file];
    if (rule->is_clam) /* one line of a database costs no other */
        d.level = DIAG_WARNING;
    c->fe.errors += !rule->is_clam;
    c->fe.warnings += rule->is_clam;
    if (c->in->diag.give && c->fe.errors + c->fe.warnings <= LIMIT_DIAGNOSTICS)
        c->in->diag.give(c->in->diag.ctx, &d);
}

static bool parse_one(struct compile *c, const struct source_file *f)
{
    enum source_kind kind = gather_kind(f);
    if (kind == SOURCE_CLAMAV)
        return clam_parse(&c->fe, f);
    return kind == SOURCE_HASHES ? hashlist_parse(&c->fe, f) : yara_parse(&c->fe, f);
}

/* Lists of what to ignore first, wherever they stand. */
static enum err parse_all(struct compile *c, struct why *why)
{
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < c->sources.count; i++) {
            const struct source_file *f = &c->sources.files[i];
            if (clam_is_first(f) == (pass == 0) && !parse_one(c, f))
                return fail(why, ERR_NOMEM, "compiling: out of memory");
        }
    return ERR_NONE;
}

static enum err refuse(const struct compile *c, struct why *why)
{
    if (c->fe.errors == 0 || c->in->keep_going)
        return ERR_NONE;
    return fail(why, ERR_RULES, "%u error%s in the rules", c->fe.errors,
                c->fe.errors == 1 ? "" : "s");
}

static enum err make_room(struct compile *c, uint32_t more, struct why *why)
{
    uint32_t need = c->pattern_count + more;
    if (need <= c->pattern_cap)
        return ERR_NONE;
    uint32_t cap = need + need / 2 + 64;
    struct pattern *grown = realloc(c->patterns, cap * sizeof *grown);
    if (grown)
        c->patterns = grown;
    uint32_t *costs = realloc(c->string_cost, cap * sizeof *costs);
    if (costs)
        c->string_cost = costs;
    if (!grown || !costs)
        return fail(why, ERR_NOMEM, "compiling: %u strings", need);
    c->pattern_cap = cap;
    return ERR_NONE;
}

/* Drops the patterns of a rule that is left out after all. */
static void forget(struct compile *c, uint32_t first)
{
    while (c->pattern_count > first)
        pattern_done(&c->patterns[--c->pattern_count]);
}

/* *ok: false when a string was refused, with its diagnostic. */
static enum err compile_strings(struct compile *c, const struct ir_rule *rule, bool *ok,
                                struct why *why)
{
    TRY(make_room(c, rule->string_count, why));
    for (uint32_t k = 0; k < rule->string_count; k++) {
        const struct ir_string *s = &rule->strings[k];
        struct pattern *p = &c->patterns[c->pattern_count];
        struct re_error error = {0};
        *p = (struct pattern){0};
        enum err err = pattern_compile(s, c->arena, p, &error, why);
        if (err == ERR_RULES) {
            say(c, rule, s->line, s->column, error.text);
            *ok = false;
        }
        if (err != ERR_NONE)
            pattern_done(p);
        if (err != ERR_NONE && err != ERR_RULES)
            return err;
        if (err == ERR_NONE)
            c->string_cost[c->pattern_count++] = search_cost(p);
    }
    return ERR_NONE;
}

static void put_strings(struct compile *c, const struct ir_rule *rule, const bool *counted,
                        const struct string_use *uses, const bool *placed)
{
    for (uint32_t k = 0; k < rule->string_count; k++) {
        const struct ir_string *s = &rule->strings[k];
        struct image_string row = {.name = image_text_of(&c->image, s->name),
                                   .rule = c->rule_count};
        row.flags = (s->flags & IR_PRIVATE ? IMAGE_STRING_PRIVATE : 0) |
                    (counted[k] ? IMAGE_STRING_COUNTED : 0) |
                    (s->kind == IR_HEX ? IMAGE_STRING_HEX : 0) |
                    (placed[k] ? IMAGE_STRING_PLACED : 0);
        if (uses[k].is_fixed && !uses[k].is_free) {
            row.flags |= IMAGE_STRING_FIXED;
            row.fixed_at = (uint64_t)uses[k].at;
        }
        (void)image_append(&c->image, IMAGE_STRINGS, &row);
    }
}

static void put_rule(struct compile *c, const struct ir_rule *rule, struct image_rule *row)
{
    struct image_out *o = &c->image;
    row->name = image_text_of(o, rule->name);
    row->space = image_named(o, IMAGE_SPACES, rule->space);
    if (rule->file < c->ir->file_count)
        row->file = image_named(o, IMAGE_FILES, c->ir->files[rule->file]);
    row->line = rule->line;
    row->flags |= (rule->is_private ? IMAGE_PRIVATE : 0) | (rule->is_global ? IMAGE_GLOBAL : 0);
    row->var_count = rule->var_count;
    row->retype = rule->retype;
    image_metas(o, rule, row);
    uint32_t number = image_append(o, IMAGE_RULES, row);
    if (rule->is_global)
        (void)image_append(o, IMAGE_GLOBALS, &number);
    if (rule->is_member)
        (void)image_append(o, IMAGE_MEMBERS, &number);
}

/* False: refused, with its diagnostic. */
static bool emit_code(struct compile *c, const struct ir_rule *rule, bool *counted,
                      const bool *placed, struct image_rule *row)
{
    struct cond_code code;
    cond_emit(&c->image, c->ir, rule, rule->condition, c->numbers, counted, &code);
    if (code.failed) {
        say(c, rule, code.line ? code.line : rule->line, code.column, code.text);
        return false;
    }
    row->code_first = code.first;
    row->code_count = code.count;
    row->loops = code.loops;
    const struct ir_expr *gate = gate_of(c->ir, rule->condition, placed);
    if (gate) {
        cond_emit(&c->image, c->ir, rule, gate, c->numbers, counted, &code);
        row->gate_first = code.first;
        row->gate_count = code.failed ? 0 : code.count;
    }
    return true;
}

static void wake_always(struct compile *c, uint32_t classes)
{
    for (unsigned class = 0; class < CLASS_COUNT; class ++)
        if (classes >> class & 1)
            c->always[class * c->words + c->rule_count / 32] |= 1u << (c->rule_count % 32);
}

/* always[] for classes without a cover. */
static bool choose_covers(struct compile *c, uint32_t index, struct image_rule *row)
{
    const struct cover_of *all = &c->covers.rules[(size_t)index * CLASS_COUNT];
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        if (all[class].kind == COVER_SET)
            row->covers |= 1u << class;
        if (all[class].kind == COVER_NONE)
            wake_always(c, 1u << class);
    }
    return cover_put(all, c->rule_count, &c->chosen);
}

static bool is_listed(const struct cover_of *c, const struct ir_expr *part)
{
    for (uint32_t k = 0; c->kind == COVER_SET && k < c->part_count; k++)
        if (c->parts[k] == part)
            return true;
    return false;
}

/* Each part of the rule's covers once, with the classes that want it. One that cannot be emitted
 * makes its rule one that is always evaluated. */
static void put_wakes(struct compile *c, uint32_t index)
{
    const struct cover_of *all = &c->covers.rules[(size_t)index * CLASS_COUNT];
    const struct ir_rule *rule = &c->ir->rules[index];
    bool *counted = arena_array(c->arena, bool, rule->string_count);
    uint32_t done = 0; /* classes whose parts are emitted */
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        for (uint32_t k = 0; k < all[class].part_count; k++) {
            const struct ir_expr *part = all[class].parts[k];
            struct image_wake wake = {.rule = c->rule_count};
            struct cond_code code = {.failed = !counted};
            for (unsigned other = 0; other < CLASS_COUNT; other++)
                wake.classes |= (uint32_t)is_listed(&all[other], part) << other;
            if (wake.classes & done)
                continue; /* an earlier class has it, too */
            if (counted)
                cond_emit(&c->image, c->ir, rule, part, c->numbers, counted, &code);
            wake.code_first = code.first;
            wake.code_count = code.count;
            if (!code.failed)
                (void)image_append(&c->image, IMAGE_WAKES, &wake);
            else
                wake_always(c, wake.classes);
        }
        done |= 1u << class;
    }
}

/* One rule, whole, or left out. */
static enum err compile_rule(struct compile *c, uint32_t index, struct why *why)
{
    const struct ir_rule *rule = &c->ir->rules[index];
    struct image_rule row = {.string_first = c->pattern_count, .string_count = rule->string_count};
    bool *counted = arena_array(c->arena, bool, rule->string_count), ok = true;
    c->numbers[index] = COND_LEFT_OUT;
    if (!counted)
        return fail(why, ERR_NOMEM, "compiling a rule");
    TRY(compile_strings(c, rule, &ok, why));
    struct string_uses uses = {0};
    bool *placed = NULL;
    /* the first rules may have no strings, and then there is no room for patterns yet */
    const struct pattern *own = c->patterns ? &c->patterns[row.string_first] : NULL;
    if (ok && (!string_uses_find(rule, c->arena, &uses) ||
               !(placed = string_uses_placed(&uses, own, rule->string_count, c->arena))))
        return fail(why, ERR_NOMEM, "compiling a rule");
    ok = ok && emit_code(c, rule, counted, placed, &row);
    if (!ok) {
        forget(c, row.string_first);
        return ERR_NONE;
    }
    c->numbers[index] = c->rule_count;
    c->string_first[index] = row.string_first;
    c->covers.string_cost = c->string_cost;
    cover_rule(&c->covers, index);
    if (c->covers.bad || !choose_covers(c, index, &row))
        return fail(why, ERR_NOMEM, "compiling a rule");
    put_wakes(c, index);
    row.flags = uses.prints ? IMAGE_LOGS : 0;
    put_strings(c, rule, counted, uses.strings, placed);
    put_rule(c, rule, &row);
    c->rule_count++;
    return ERR_NONE;
}

static enum err compile_rules(struct compile *c, struct why *why)
{
    uint32_t count = c->ir->rule_count;
    c->words = (count + 31) / 32;
    c->numbers = arena_array(c->arena, uint32_t, count);
    c->string_first = arena_array(c->arena, uint32_t, count);
    c->always = arena_array(c->arena, uint32_t, (size_t)c->words * CLASS_COUNT);
    c->chosen.arena = c->arena;
    c->covers =
        (struct cover_maker){.ir = c->ir, .arena = c->arena, .string_first = c->string_first};
    c->covers.rules = arena_array(c->arena, struct cover_of, (size_t)count * CLASS_COUNT);
    if (!c->numbers || !c->string_first || !c->always || !c->covers.rules)
        return fail(why, ERR_NOMEM, "compiling: %u rules", count);
    for (uint32_t i = 0; i < count; i++)
        TRY(compile_rule(c, i, why));
    return ERR_NONE;
}

/* The bitmaps are laid out for the rules that are in the image, which may be fewer than were read.
 */
static enum err put_search(struct compile *c, struct why *why)
{
    uint32_t words = (c->rule_count + 31) / 32;
    uint8_t *maps[CLASS_COUNT];
    struct buf section;
    buf_init(&section, LIMIT_IMAGE_BYTES);
    for (unsigned class = 0; class < CLASS_COUNT; class ++) {
        memmove(c->always + class * words, c->always + class * c->words, words * sizeof(uint32_t));
        maps[class] = (uint8_t *)(c->always + class * words);
    }
    enum err err = ERR_NONE;
    if (c->pattern_count > 0)
        err = search_emit(c->patterns, c->pattern_count, c->chosen.items, c->chosen.count,
                          c->rule_count, maps, &section, why);
    if (err == ERR_NONE)
        (void)image_bytes(&c->image, IMAGE_SEARCH, buf_get(&section));
    buf_done(&section);
    for (uint32_t i = 0; i < words * CLASS_COUNT; i++)
        (void)image_append(&c->image, IMAGE_ALWAYS, &c->always[i]);
    return err;
}

/* The leaves by the name of the source that they are. */
static struct map *map_leaves(const struct compile *c)
{
    struct map *m = map_new(c->arena);
    for (uint32_t i = 0; m && i < c->sources.count; i++)
        if (c->sources.files[i].leaf.len > 0 && !map_put(m, c->sources.files[i].name, i))
            return NULL;
    return m;
}

static const char *check_rule(struct compile *c, const struct map *leaves,
                              const struct ir_rule *rule, uint32_t *line, uint32_t *column)
{
    struct rule_leaf leaf;
    uint64_t i = 0;
    struct span file =
        rule->file < c->ir->file_count ? c->ir->files[rule->file] : (struct span){NULL, 0};
    bool is_leaf = map_find(leaves, file, &i) &&
                   rule_leaf_parse(c->sources.files[i].leaf, &leaf, NULL) == ERR_NONE;
    return published_fault(c->ir, rule, is_leaf ? &leaf : NULL, line, column);
}

/* Hash lists have no text that could be read: leaves of their own kind carry hashes. */
static enum err check_published(struct compile *c, struct why *why)
{
    uint32_t line, column;
    struct map *leaves = c->in->published ? map_leaves(c) : NULL;
    if (c->in->published && !leaves)
        return fail(why, ERR_NOMEM, "compiling: out of memory");
    for (uint32_t i = 0; leaves && i < c->ir->rule_count; i++) {
        const char *fault = check_rule(c, leaves, &c->ir->rules[i], &line, &column);
        if (fault)
            say(c, &c->ir->rules[i], line, column, fault);
    }
    for (uint32_t i = 0; leaves && i < c->sources.count; i++)
        c->fe.errors +=
            c->sources.files[i].leaf.len == 0 && gather_kind(&c->sources.files[i]) != SOURCE_YARA;
    return ERR_NONE;
}

static void give_audit(const struct compile *c, const struct audit_row *rows)
{
    for (uint32_t i = 0; rows && i < c->ir->rule_count; i++)
        if (c->numbers[i] != COND_LEFT_OUT)
            c->in->audit(c->in->audit_ctx, c->numbers[i], c->ir, i, &rows[i]);
}

static enum err build(struct compile *c, struct buf *image, struct why *why)
{
    TRY(gather_sources(c->in, c->arena, &c->sources, why));
    c->fe.warnings += c->sources.warnings;
    struct audit_row *rows = NULL;
    TRY(parse_all(c, why));
    TRY(check_published(c, why));
    TRY(refuse(c, why));
    /* records name their file by number, even those that have none of their own */
    (void)image_named(&c->image, IMAGE_FILES,
                      c->ir->file_count ? c->ir->files[0] : (struct span){NULL, 0});
    for (uint32_t i = 0; i < c->ir->import_count; i++)
        image_import(&c->image, span_text(c->ir->imports[i]->name));
    if (c->in->audit && !(rows = audit_rules(c->ir))) /* before patterns are folded */
        return fail(why, ERR_NOMEM, "auditing");
    TRY(compile_rules(c, why));
    give_audit(c, rows);
    TRY(refuse(c, why));
    TRY(put_search(c, why));
    image_externals(&c->image, c->ir);
    image_clam_map(&c->image, c->ir, c->numbers);
    image_passwords(&c->image, c->ir);
    image_magics(&c->image, c->ir);
    image_signers(&c->image, c->ir);
    image_hashes(&c->image, c->ir);
    image_backtracks(&c->image, c->ir);
    image_icons(&c->image, c->ir);
    TRY(image_assemble(&c->image, image, why));
    /* The same check that every jail makes before it uses an image: our own bugs end here. */
    return ruleset_check(buf_get(image), why);
}

enum err compile_run(const struct compile_input *in, struct buf *image, struct compile_stats *stats,
                     struct why *why)
{
    *stats = (struct compile_stats){0};
    struct compile c = {.in = in, .arena = arena_new(0)};
    if (!c.arena)
        return fail(why, ERR_NOMEM, "compiling");
    image_init(&c.image, c.arena);
    c.ir = ir_new(c.arena);
    enum err err = c.ir ? ERR_NONE : fail(why, ERR_NOMEM, "compiling");
    if (err == ERR_NONE) {
        c.ir->externals = in->externals;
        c.ir->external_count = in->external_count;
        c.fe = (struct frontend){.ir = c.ir, .in = in};
        err = build(&c, image, why);
        *stats = (struct compile_stats){.rules = c.rule_count,
                                        .strings = c.pattern_count,
                                        .hashes = c.ir->hash_count,
                                        .files = c.ir->file_count,
                                        .errors = c.fe.errors,
                                        .warnings = c.fe.warnings};
    }
    forget(&c, 0);
    free(c.patterns);
    free(c.string_cost);
    image_done(&c.image);
    arena_free(c.arena);
    return err;
}
