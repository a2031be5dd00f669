/* YARA front end: one operand of a condition. Hostile bytes. Facts: YARA's manual ("Conditions")
 * and the grammar of YARA 4.5; float32, float64 and .len() are YARA-X's. */
#include "common/text.h"
#include "jail/compile/yara_check.h"
#include "jail/compile/yara_names.h"

/* Takes the token when the node was made. */
static struct ir_expr *taken(struct yara *y, struct ir_expr *e)
{
    if (e)
        yara_source_next(y);
    return y->failed ? NULL : e;
}

static struct ir_expr *parse_literal(struct yara *y)
{
    static const struct {
        int token;
        enum ir_op op;
        enum ir_type type;
    } rows[] = {
        {YT_INT, IR_INT, IR_T_INT},
        {YT_FLOAT, IR_FLOAT, IR_T_FLOAT},
        {YT_TEXT, IR_STRING, IR_T_STRING},
        {YT_TRUE, IR_BOOL, IR_T_BOOL},
        {YT_FALSE, IR_BOOL, IR_T_BOOL},
        {YT_FILESIZE, IR_FILESIZE, IR_T_INT},
        {YT_ENTRYPOINT, IR_ENTRYPOINT, IR_T_INT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].token != y->tok.kind)
            continue;
        struct ir_expr *e = yara_check_new(y, rows[i].op, rows[i].type, &y->tok);
        if (!e)
            return NULL;
        e->i = y->tok.kind == YT_TRUE ? 1 : y->tok.i;
        e->f = y->tok.f;
        e->s = y->tok.text;
        if (y->tok.kind == YT_ENTRYPOINT)
            yara_say_warning(y, e->line, e->column,
                             "using deprecated \"entrypoint\" keyword. Use the \"entry_point\" "
                             "function from PE module instead.");
        return taken(y, e);
    }
    yara_say_expected(y, "a condition or a value");
    return NULL;
}

static struct ir_expr *parse_regex(struct yara *y)
{
    struct ir_expr *e = yara_check_new(y, IR_REGEX, IR_T_REGEX, &y->tok);
    if (!e)
        return NULL;
    e->s = y->tok.text;
    e->re_flags = (y->tok.i & YARA_LEX_I ? (uint32_t)RE_NOCASE : 0) |
                  (y->tok.i & YARA_LEX_S ? (uint32_t)RE_DOTALL : 0);
    e->re = yara_parse_strings_regex(y, &y->tok);
    return e->re ? taken(y, e) : NULL;
}

/* "(" condition or value ")": what it is inside it is outside. */
static struct ir_expr *parse_parens(struct yara *y)
{
    yara_source_next(y);
    struct ir_expr *e = yara_parse_cond(y);
    return e && yara_source_expect(y, ')') ? e : NULL;
}

/* int8 ... uint32be, float32, float64, each perhaps with be. */
static struct ir_read read_of(struct span word)
{
    struct ir_read r = {0};
    if (word.len > 2 && span_equal(span_cut(word, word.len - 2, 2), SPAN_OF("be"))) {
        r.big_endian = true;
        word = span_cut(word, 0, word.len - 2);
    }
    r.is_float = span_starts(word, SPAN_OF("float"));
    r.is_signed = span_starts(word, SPAN_OF("int"));
    uint8_t last = span_byte(word, word.len - 1);
    r.bytes = last == '8' ? 1 : last == '6' ? 2 : last == '2' ? 4 : 8;
    return r;
}

static struct ir_expr *parse_read(struct yara *y)
{
    struct ir_read read = read_of(y->tok.text);
    struct ir_expr *e = yara_check_new(y, IR_READ, read.is_float ? IR_T_FLOAT : IR_T_INT, &y->tok);
    if (!e)
        return NULL;
    e->read = read;
    yara_source_next(y);
    if (!yara_source_expect(y, '('))
        return NULL;
    e = yara_check_kid(y, e, 0, yara_parse_cond_int(y, "the offset to read at"));
    return e && yara_source_expect(y, ')') ? e : NULL;
}

static bool is_float_read(struct yara *y)
{
    struct span s = y->tok.text;
    return (span_equal(s, SPAN_OF("float32")) || span_equal(s, SPAN_OF("float64")) ||
            span_equal(s, SPAN_OF("float32be")) || span_equal(s, SPAN_OF("float64be"))) &&
           yara_source_peek(y, 1) == '(';
}

/* A string by its name, and whatever `at`, `in` and `[` say of it. */
static struct ir_expr *string_node(struct yara *y, enum ir_op op, enum ir_type type)
{
    char shown[160];
    struct ir_expr *e = yara_check_new(y, op, type, &y->tok);
    if (!e)
        return NULL;
    e->string = IR_CURRENT;
    if (y->tok.text.len > 1) {
        e->string = yara_parse_strings_find(y, y->tok.text);
        text_escape_into(shown, sizeof shown, y->tok.text);
        if (e->string == IR_CURRENT)
            yara_say_error(y, &y->tok, "undefined string \"%s\"", shown);
        else
            y->used[e->string] = true;
    } else if (!y->in_for_of) {
        yara_say_error(y, &y->tok, "wrong use of anonymous string");
    }
    return taken(y, e);
}

static struct ir_expr *parse_found(struct yara *y)
{
    struct ir_expr *e = string_node(y, IR_FOUND, IR_T_BOOL);
    if (!e)
        return NULL;
    if (yara_source_accept(y, YT_WORD_AT)) {
        e->op = IR_FOUND_AT;
        return yara_check_kid(y, e, 0, yara_parse_cond_int(y, "the offset behind at"));
    }
    if (yara_source_accept(y, YT_IN)) {
        struct ir_expr *low = NULL, *high = NULL;
        e->op = IR_FOUND_IN;
        return yara_parse_cond_range(y, &low, &high)
                   ? yara_check_kid(y, yara_check_kid(y, e, 0, low), 1, high)
                   : NULL;
    }
    return e;
}

static struct ir_expr *parse_count(struct yara *y)
{
    struct ir_expr *e = string_node(y, IR_COUNT, IR_T_INT), *low = NULL, *high = NULL;
    if (!e || !yara_source_accept(y, YT_IN))
        return e;
    e->op = IR_COUNT_IN;
    return yara_parse_cond_range(y, &low, &high)
               ? yara_check_kid(y, yara_check_kid(y, e, 0, low), 1, high)
               : NULL;
}

/* @a[i], !a[i]; without brackets the first match is meant. */
static struct ir_expr *parse_place(struct yara *y)
{
    struct yara_token at = y->tok;
    int64_t value;
    struct ir_expr *e = string_node(y, at.kind == YT_OFFSET ? IR_OFFSET : IR_LENGTH, IR_T_INT);
    if (!e)
        return NULL;
    struct ir_expr *index;
    if (yara_source_accept(y, '[')) {
        index = yara_parse_cond_int(y, "the number of a match");
        if (index && y->fe->in->yara_x && yara_check_is_constant(index, &value) && value < 1)
            yara_say_error_at(y, index->line, index->column, "matches are counted from 1");
        if (!index || !yara_source_expect(y, ']'))
            return NULL;
    } else {
        index = yara_check_new(y, IR_INT, IR_T_INT, &at);
        if (index)
            index->i = 1;
    }
    return yara_check_kid(y, e, 0, index);
}

static struct ir_expr *loop_var(struct yara *y)
{
    for (uint32_t i = 0; i < y->var_count; i++) {
        const struct yara_var *v = &y->vars[i];
        if (!span_equal(v->name, y->tok.text))
            continue;
        struct ir_expr *e = yara_check_new(y, IR_VAR, v->type, &y->tok);
        if (!e)
            return NULL;
        e->i = i;
        e->field = v->field;
        return e;
    }
    return NULL;
}

static enum ir_type external_type(const struct ir_external *x)
{
    return x->kind == FACT_FLOAT ? IR_T_FLOAT : x->kind == FACT_STRING ? IR_T_STRING : IR_T_INT;
}

static struct ir_expr *rule_node(struct yara *y)
{
    uint32_t index = 0;
    char shown[160];
    switch (yara_names_rule(y, y->tok.text, &index)) {
    case YARA_RULE_REFUSED:
        yara_say_refused(y, &y->tok, y->tok.text);
        return NULL;
    case YARA_RULE_GOOD:
        break;
    default:
        text_escape_into(shown, sizeof shown, y->tok.text);
        /* YARA lets a rule ask about itself, and answers false: it is not decided yet. */
        if (span_equal(y->tok.text, y->rule.name)) {
            if (!y->fe->in->as_yara)
                yara_say_warning(y, y->tok.line, y->tok.column,
                                 "rule \"%s\" refers to itself: always false here", shown);
            return yara_check_new(y, IR_BOOL, IR_T_BOOL, &y->tok);
        }
        yara_say_error(y, &y->tok, "undefined identifier \"%s\"", shown);
        return NULL;
    }
    struct ir_expr *e = yara_check_new(y, IR_RULE, IR_T_BOOL, &y->tok);
    if (e)
        e->i = index;
    return e;
}

/* In YARA's order: loop variables, externals, modules, rules. */
static struct ir_expr *resolve(struct yara *y)
{
    uint32_t index;
    struct ir_expr *e = loop_var(y);
    if (e || y->is_out_of_memory)
        return e;
    if (yara_names_external(y, y->tok.text, &index)) {
        e = yara_check_new(y, IR_EXTERNAL, external_type(&y->ir->externals[index]), &y->tok);
        if (e)
            e->i = index;
        return e;
    }
    const struct module *m = yara_names_module(y, y->tok.text);
    if (!m)
        return y->is_out_of_memory ? NULL : rule_node(y);
    e = yara_check_new(y, IR_MODULE, IR_T_OBJECT, &y->tok);
    if (e)
        e->module = m;
    return e;
}

static struct ir_expr *parse_call(struct yara *y, struct ir_expr *base)
{
    struct yara_token name = y->tok;
    uint32_t cap = 0;
    struct ir_expr *call = yara_check_new(y, IR_CALL, IR_T_INT, &name);
    call = yara_check_kid(y, call, 0, base);
    yara_source_next(y);
    if (!call || !yara_source_expect(y, '('))
        return NULL;
    if (y->tok.kind != ')')
        do {
            if (!yara_check_item(y, call, yara_parse_cond(y), &cap))
                return NULL;
        } while (yara_source_accept(y, ','));
    if (!yara_source_expect(y, ')'))
        return NULL;
    return yara_check_names_call(y, call, &name);
}

static bool is_len(struct yara *y, const struct ir_expr *base)
{
    bool counted = base->type == IR_T_STRING ||
                   (base->type == IR_T_OBJECT && base->field &&
                    (base->field->kind == FACT_ARRAY || base->field->kind == FACT_DICT));
    return counted && y->tok.kind == YT_NAME && span_equal(y->tok.text, SPAN_OF("len")) &&
           yara_source_peek(y, 1) == '(';
}

static struct ir_expr *parse_len(struct yara *y, struct ir_expr *base)
{
    struct ir_expr *e = yara_check_kid(y, yara_check_new(y, IR_LEN, IR_T_INT, &y->tok), 0, base);
    yara_source_next(y);
    return e && yara_source_expect(y, '(') && yara_source_expect(y, ')') ? e : NULL;
}

/* Behind a dot. */
static struct ir_expr *parse_member(struct yara *y, struct ir_expr *base)
{
    struct yara_token name = y->tok;
    if (is_len(y, base))
        return parse_len(y, base);
    if (name.kind != YT_NAME) {
        yara_say_expected(y, "a field's name behind '.'");
        return NULL;
    }
    if (yara_check_names_is_function(base, name.text))
        return parse_call(y, base);
    return taken(y, yara_check_names_field(y, base, &name));
}

struct ir_expr *yara_parse_value_name(struct yara *y)
{
    struct ir_expr *e = taken(y, resolve(y));
    while (e && !y->failed) {
        struct yara_token at = y->tok;
        if (yara_source_accept(y, '.')) {
            e = parse_member(y, e);
        } else if (yara_source_accept(y, '[')) {
            e = yara_check_names_index(y, e, yara_parse_cond_value(y), &at);
            if (e && !yara_source_expect(y, ']'))
                return NULL;
        } else if (at.kind == '(') {
            yara_say_error(y, &at, "'(' behind something that is not a function");
        } else {
            break;
        }
    }
    return y->failed ? NULL : e;
}

struct ir_expr *yara_parse_value(struct yara *y)
{
    switch (y->tok.kind) {
    case '(':
        return parse_parens(y);
    case YT_READ:
        return parse_read(y);
    case YT_NAME:
        return is_float_read(y) ? parse_read(y) : yara_parse_value_name(y);
    case YT_STRING_ID:
        return parse_found(y);
    case YT_COUNT:
        return parse_count(y);
    case YT_OFFSET:
    case YT_LENGTH:
        return parse_place(y);
    case YT_REGEX:
        return parse_regex(y);
    default:
        return parse_literal(y);
    }
}
