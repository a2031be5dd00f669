/* YARA front end: files, imports, rules up to their strings. Hostile bytes. Facts: YARA's manual
 * and the grammar of YARA 4.5; behaviour observed of yarac 4.2.3. After an error the rest of the
 * rule is skipped, so that every bad rule of a file is named. */
#include "common/text.h"
#include "jail/compile/yara_names.h"

#include <inttypes.h>
#include <string.h>

/* True at a word that begins a statement. `private` is a modifier of strings, too. */
static bool begins_statement(struct yara *y)
{
    if (y->tok.kind == YT_RULE || y->tok.kind == YT_IMPORT)
        return true;
    if (y->tok.kind != YT_PRIVATE && y->tok.kind != YT_GLOBAL)
        return false;
    int next = yara_source_peek(y, 1);
    return next == YT_RULE || next == YT_GLOBAL || next == YT_PRIVATE;
}

static void recover(struct yara *y)
{
    while (y->tok.kind != YT_END && !begins_statement(y) && !y->is_out_of_memory)
        yara_source_next(y);
}

static void parse_import(struct yara *y)
{
    struct yara_token name;
    char shown[160];
    yara_source_next(y);
    name = y->tok;
    if (name.kind != YT_TEXT) {
        yara_say_expected(y, "a module's name in quotes behind import");
        return;
    }
    const struct module *m = module_find(name.text);
    text_escape_into(shown, sizeof shown, name.text);
    if (!m)
        yara_say_error(y, &name, "unknown module \"%s\"", shown);
    else if (!yara_names_import(y, m))
        return;
    yara_source_next(y);
}

static bool add_tag(struct yara *y, uint32_t *cap)
{
    struct ir_rule *r = &y->rule;
    char shown[160];
    for (uint32_t i = 0; i < r->tag_count; i++)
        if (span_equal(r->tags[i], y->tok.text)) {
            text_escape_into(shown, sizeof shown, y->tok.text);
            yara_say_error(y, &y->tok, "duplicated tag identifier \"%s\"", shown);
            return false;
        }
    void *items = r->tags;
    if (!arena_grow(y->arena, &items, cap, r->tag_count + 1, sizeof *r->tags))
        return yara_say_no_memory(y) != NULL;
    r->tags = items;
    r->tags[r->tag_count++] = y->tok.text;
    return true;
}

static bool parse_tags(struct yara *y)
{
    uint32_t cap = 0;
    if (!yara_source_accept(y, ':'))
        return true;
    if (y->tok.kind != YT_NAME) {
        yara_say_expected(y, "a tag behind ':'");
        return false;
    }
    while (y->tok.kind == YT_NAME) {
        if (!add_tag(y, &cap))
            return false;
        yara_source_next(y);
    }
    return !y->failed;
}

static bool meta_number(struct yara *y, struct ir_meta *m, bool negative)
{
    if (y->tok.kind == YT_INT) {
        m->kind = IR_META_INT;
        m->i = negative ? -y->tok.i : y->tok.i;
    } else if (y->tok.kind == YT_FLOAT) {
        m->kind = IR_META_FLOAT;
        m->f = negative ? -y->tok.f : y->tok.f;
    } else {
        yara_say_expected(y, negative ? "a number behind '-'"
                                      : "a text, a number, true or false as the value");
        return false;
    }
    return true;
}

static bool meta_value(struct yara *y, struct ir_meta *m)
{
    switch (y->tok.kind) {
    case YT_TEXT:
        m->kind = IR_META_STRING;
        m->text = y->tok.text;
        return true;
    case YT_TRUE:
    case YT_FALSE:
        m->kind = IR_META_BOOL;
        m->i = y->tok.kind == YT_TRUE;
        return true;
    case '-':
        yara_source_next(y);
        return meta_number(y, m, true);
    default:
        return meta_number(y, m, false);
    }
}

static bool parse_meta_row(struct yara *y, uint32_t *cap)
{
    struct ir_rule *r = &y->rule;
    struct ir_meta m = {.key = y->tok.text};
    void *items = r->metas;
    yara_source_next(y);
    if (!yara_source_expect(y, '=') || !meta_value(y, &m))
        return false;
    if (!arena_grow(y->arena, &items, cap, r->meta_count + 1, sizeof m))
        return yara_say_no_memory(y) != NULL;
    r->metas = items;
    r->metas[r->meta_count++] = m;
    yara_source_next(y);
    return !y->failed;
}

static void long_text(struct yara *y, bool on)
{
    y->files[y->file_count - 1].lex.long_text = on;
}

static bool parse_meta(struct yara *y)
{
    uint32_t cap = 0;
    if (y->tok.kind != YT_META)
        return true;
    yara_source_next(y);
    if (!yara_source_expect(y, ':'))
        return false;
    if (y->tok.kind != YT_NAME) {
        yara_say_expected(y, "a name and '=' in the meta section");
        return false;
    }
    long_text(y, true);
    bool ok = true;
    while (ok && y->tok.kind == YT_NAME)
        ok = parse_meta_row(y, &cap);
    long_text(y, false);
    return ok;
}

static bool parse_condition(struct yara *y)
{
    if (y->tok.kind != YT_CONDITION) {
        yara_say_expected(y, y->rule.string_count ? "a string or 'condition'"
                             : y->rule.meta_count ? "a meta entry, 'strings' or 'condition'"
                                                  : "'meta', 'strings' or 'condition'");
        return false;
    }
    yara_source_next(y);
    if (!yara_source_expect(y, ':'))
        return false;
    y->in_condition = true;
    y->rule.condition = yara_parse_cond_bool(y);
    y->in_condition = false;
    if (!y->rule.condition)
        return false;
    /* Not taken yet: what stands behind it is the next statement's. */
    if (y->tok.kind != '}')
        yara_say_expected(y, "an operator or '}' behind the condition");
    return !y->failed;
}

static bool check_used(struct yara *y)
{
    for (uint32_t i = 0; i < y->rule.string_count; i++) {
        const struct ir_string *s = &y->rule.strings[i];
        char shown[160];
        if (y->used[i] || span_byte(s->name, 1) == '_')
            continue;
        text_escape_into(shown, sizeof shown, s->name);
        /* YARA is at the rule's end by then. */
        uint32_t line = y->fe->in->as_yara ? y->tok.line : s->line;
        yara_say_error_at(y, line, s->column, "unreferenced string \"%s\"", shown);
        return false;
    }
    return true;
}

static bool check_name(struct yara *y, const struct yara_token *name)
{
    uint32_t index;
    char shown[160];
    text_escape_into(shown, sizeof shown, name->text);
    if (yara_names_rule(y, name->text, &index) == YARA_RULE_GOOD)
        yara_say_error(y, name, "duplicated identifier \"%s\"\t (%s line %" PRIu32 ")", shown,
                       y->ir->rules[index].file == y->rule.file ? "this file," : "another file,",
                       y->ir->rules[index].line);
    else if (yara_names_external(y, name->text, &index))
        yara_say_error(y, name, "duplicated identifier \"%s\"\t: an external variable", shown);
    else if (yara_names_hits_wild(y, name->text))
        yara_say_error(y, name, "rule identifier \"%s\" matches previously used wildcard rule set",
                       shown);
    y->in_rule = !y->failed;
    return y->in_rule;
}

static bool parse_body(struct yara *y)
{
    return parse_tags(y) && yara_source_expect(y, '{') && parse_meta(y) && yara_parse_strings(y) &&
           parse_condition(y) && check_used(y);
}

static bool parse_header(struct yara *y, struct yara_token *name)
{
    for (; y->tok.kind == YT_PRIVATE || y->tok.kind == YT_GLOBAL; yara_source_next(y)) {
        y->rule.is_private |= y->tok.kind == YT_PRIVATE;
        y->rule.is_global |= y->tok.kind == YT_GLOBAL;
    }
    if (!yara_source_expect(y, YT_RULE))
        return false;
    *name = y->tok;
    y->rule.name = name->text;
    y->rule.line = name->line;
    y->rule.file = y->files[y->file_count - 1].index;
    return yara_source_expect(y, YT_NAME);
}

static void begin_rule(struct yara *y)
{
    memset(&y->rule, 0, sizeof y->rule);
    y->rule.space = y->space;
    y->used = NULL;
    y->strings_cap = y->used_cap = 0;
    y->string_names = NULL;
    y->var_count = y->loops = y->nesting = 0;
    y->in_for_of = y->in_condition = false;
}

static void parse_rule(struct yara *y)
{
    struct yara_token name = {0};
    uint32_t index;
    begin_rule(y);
    bool ok = parse_header(y, &name) && check_name(y, &name) && parse_body(y);
    y->in_rule = false;
    long_text(y, false);
    if (ok && yara_names_add_rule(y)) {
        yara_source_next(y);
        return;
    }
    /* A name that stands for a good rule keeps doing so. */
    if (name.kind == YT_NAME && yara_names_rule(y, name.text, &index) == YARA_RULE_UNKNOWN)
        (void)yara_names_refuse(y, name.text); /* out of memory is marked in y */
}

static void parse_statement(struct yara *y)
{
    int before = y->tok.kind;
    bool unreadable = y->failed; /* the token at hand is one, and that was said */
    uint64_t taken = y->taken;
    y->failed = unreadable && before == YT_BAD;
    if (before == YT_IMPORT)
        parse_import(y);
    else if (before == YT_RULE || before == YT_PRIVATE || before == YT_GLOBAL)
        parse_rule(y);
    else
        yara_say_expected(y, "'rule', 'import' or 'include'");
    if (!y->failed || y->is_out_of_memory)
        return;
    if (y->taken == taken)
        yara_source_next(y); /* no progress: it began with what it cannot begin with */
    recover(y);
    y->failed = false;
}

bool yara_parse(struct frontend *fe, const struct source_file *file)
{
    struct yara *y = arena_new_of(fe->ir->arena, struct yara);
    if (!y || (!fe->names && !yara_names_open(fe)))
        return false;
    y->fe = fe;
    y->ir = fe->ir;
    y->arena = fe->ir->arena;
    y->space = file->space;
    if (!yara_source_open(y, file))
        return false;
    yara_source_next(y);
    while (y->tok.kind != YT_END && !y->is_out_of_memory)
        parse_statement(y);
    return !y->is_out_of_memory;
}
