/* What the rule log refuses. Reads rules as the front end understood them: hostile, well-formed.
 * The profile: doc/rulelog.md. Hidden keywords are the point: a digest of a part of a file, or of a
 * text in it, asks for a word that nobody can read in the rule. */
#include "jail/compile/published.h"

#include "common/text.h"
#include "jail/compile/ir_walk.h"

static bool is_of(const struct ir_expr *x, const char *module)
{
    return x->op == IR_MODULE && span_equal(span_text(x->module->name), span_text(module));
}

/* hash.NAME(0, filesize), and nothing else. */
static bool is_whole_file(const struct ir_expr *call)
{
    return call->count == 2 && call->list[0]->op == IR_INT && call->list[0]->i == 0 &&
           call->list[1]->op == IR_FILESIZE;
}

static bool is_field(const struct ir_expr *x, const char *name)
{
    return x->op == IR_FIELD && x->field && span_equal(span_text(x->field->name), span_text(name));
}

/* pe.section_index("NAME"): the name of the function, as its row in the module's table says. */
static bool is_section_by_name(const struct ir_expr *x)
{
    if (x->op != IR_CALL || !is_of(x->kid[0], "pe") || x->count != 1 || x->list[0]->op != IR_STRING)
        return false;
    const struct field *f = &x->kid[0]->module->fields[x->i];
    return span_equal(span_text(f->name), SPAN_OF("section_index"));
}

/* pe.sections[pe.section_index("NAME")].FIELD; NULL or the NAME. */
static const struct ir_expr *named_section(const struct ir_expr *x, const char *field)
{
    if (!is_field(x, field) || x->kid[0]->op != IR_INDEX)
        return NULL;
    const struct ir_expr *index = x->kid[0];
    bool is_named = is_field(index->kid[0], "sections") && is_of(index->kid[0]->kid[0], "pe") &&
                    is_section_by_name(index->kid[1]);
    return is_named ? index->kid[1]->list[0] : NULL;
}

/* hash.NAME(section.raw_data_offset, section.raw_data_size) of one section, chosen by its name. */
static bool is_named_section(const struct ir_expr *call)
{
    if (call->count != 2)
        return false;
    const struct ir_expr *from = named_section(call->list[0], "raw_data_offset");
    const struct ir_expr *size = named_section(call->list[1], "raw_data_size");
    return from && size && span_equal(from->s, size->s);
}

static const char *fault_of(const struct ir_expr *x)
{
    if (is_of(x, "time") || is_of(x, "console") || is_of(x, "cuckoo"))
        return "a published rule knows no time, prints nothing and asks no sandbox";
    if (is_of(x, "magic"))
        return "a published rule asks no library: machines have different ones";
    if (x->op == IR_EXTERNAL)
        return "a published rule has no external variables";
    if (x->op == IR_RULE)
        return "a published rule stands alone: it may not name another";
    if (x->op == IR_CALL && is_of(x->kid[0], "hash") && !is_whole_file(x) && !is_named_section(x))
        return "a published rule may hash the whole file, hash.sha256(0, filesize), or a named "
               "section of a PE file";
    return NULL;
}

static bool is_named_as_its_file(const struct ir *ir, const struct ir_rule *rule)
{
    struct span file = rule->file < ir->file_count ? ir->files[rule->file] : (struct span){0};
    return file.len == rule->name.len + 4 && span_starts(file, rule->name) &&
           span_equal(span_cut(file, rule->name.len, 4), SPAN_OF(".yar"));
}

static bool is_word(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!text_is_alnum(span_byte(s, i)) && span_byte(s, i) != '-' && span_byte(s, i) != '_')
            return false;
    return s.len > 0;
}

static bool is_sha256(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (text_hex_digit(span_byte(s, i)) < 0 || text_lower(span_byte(s, i)) != span_byte(s, i))
            return false;
    return s.len == 64;
}

/* The leaf's class is one of four, the rule's own may be finer. */
static bool fits(struct span class, const struct rule_leaf *leaf)
{
    bool is_test = span_equal(class, SPAN_OF("test"));
    if (!leaf || span_equal(class, leaf->class))
        return true;
    return !rule_leaf_is_class(class) && !is_test && !span_equal(leaf->class, SPAN_OF("test"));
}

/* What it is, and which file showed that it is needed. */
static const char *meta_fault(const struct ir_rule *rule, const struct rule_leaf *leaf)
{
    uint32_t classes = 0, samples = 0;
    for (uint32_t i = 0; i < rule->meta_count; i++) {
        const struct ir_meta *m = &rule->metas[i];
        if (m->kind != IR_META_STRING)
            continue;
        if (span_equal(m->key, SPAN_OF("class"))) {
            classes++;
            if (!is_word(m->text) || !fits(m->text, leaf))
                return "the rule's class is not its leaf's";
        }
        if (span_equal(m->key, SPAN_OF("sample"))) {
            samples++;
            if (!is_sha256(m->text) || (leaf && !rule_leaf_has_evidence(leaf, m->text)))
                return "a sample that is no SHA-256, or not among the leaf's evidence";
        }
    }
    if (classes != 1)
        return "a published rule names its class once: meta: class = \"...\"";
    return samples ? NULL : "a published rule names a sample: meta: sample = \"SHA-256\"";
}

const char *published_fault(const struct ir *ir, const struct ir_rule *rule,
                            const struct rule_leaf *leaf, uint32_t *line, uint32_t *column)
{
    struct ir_walk w = ir_walk_from(ir->arena, rule->condition);
    const char *fault = NULL;
    *line = rule->line;
    *column = 0;
    if (rule->is_clam || rule->is_global || rule->is_private)
        return "a published rule is a YARA rule, neither global nor private";
    if (!is_named_as_its_file(ir, rule))
        return "a leaf holds one rule, named as its id";
    fault = meta_fault(rule, leaf);
    const struct ir_expr *x;
    while (!fault && (x = ir_walk_next(&w))) {
        fault = fault_of(x);
        *line = fault && x->line ? x->line : rule->line;
        *column = fault ? x->column : 0;
    }
    return w.bad ? "the rule is too large to be checked" : fault;
}
