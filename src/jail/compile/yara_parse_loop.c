/* YARA front end: `of`, `for`, `with`. Hostile bytes. Facts: YARA's manual ("Sets of strings",
 * "Iterators") and the grammar of YARA 4.5: loops four deep, for..of never inside for..of, two
 * names at most; `with` and a percentage for `for` are YARA-X's. */
#include "common/text.h"
#include "jail/compile/yara_check.h"

#include <inttypes.h>

/* Puts the quantifier into `e`, or says what is wrong with it. */
static bool set_quant(struct yara *y, struct ir_expr *e, const struct yara_quant *q)
{
    int64_t value;
    e->quant = q->quant;
    if (!q->count)
        return true;
    if (!yara_check_int(y, q->count, "the number of what must be true"))
        return false;
    if (yara_check_is_constant(q->count, &value)) {
        if (q->quant == IR_PERCENT && (value < 1 || value > 100))
            yara_say_error_at(y, q->line, q->column,
                              "percentage must be between 1 and 100 (inclusive)");
        else if (value < 0)
            yara_say_error_at(y, q->line, q->column, "%" PRId64 " is less than none", value);
        if (y->failed)
            return false;
        if (value == 0) {
            yara_say_warning(y, q->line, q->column,
                             "consider using \"none\" keyword, it is less ambiguous.");
            e->quant = IR_NONE;
            return true;
        }
    }
    return yara_check_kid(y, e, 0, q->count);
}

static void warn_of(struct yara *y, const struct ir_expr *e)
{
    int64_t value = 0;
    bool known = e->quant == IR_SOME && yara_check_is_constant(e->kid[0], &value);
    if (known && value > e->count)
        yara_say_warning(y, e->line, e->column,
                         "expression always false - requesting %" PRId64 " of %" PRIu32 ".", value,
                         e->count);
    if (e->where == IR_AT && ((known && value > 1) || (e->quant == IR_ALL && e->count > 1)))
        yara_say_warning(y, e->line, e->column, "multiple strings at an offset is usually false.");
}

/* At `of`. */
struct ir_expr *yara_parse_loop_of(struct yara *y, const struct yara_quant *q)
{
    bool strings = false;
    struct yara_token at = {.line = q->line, .column = q->column};
    struct ir_expr *e = yara_check_new(y, IR_OF, IR_T_BOOL, &at), *low = NULL, *high = NULL;
    if (!e || !set_quant(y, e, q) || !yara_source_expect(y, YT_OF) ||
        !yara_parse_set(y, e, false, &strings))
        return NULL;
    /* YARA has no place behind a percentage. */
    if (!strings || (q->quant == IR_PERCENT && !y->fe->in->yara_x)) {
        warn_of(y, e);
        return e;
    }
    if (yara_source_accept(y, YT_WORD_AT)) {
        e->where = IR_AT;
        e = yara_check_kid(y, e, 1, yara_parse_cond_int(y, "the offset behind at"));
    } else if (yara_source_accept(y, YT_IN)) {
        e->where = IR_IN;
        if (!yara_parse_cond_range(y, &low, &high))
            return NULL;
        e = yara_check_kid(y, yara_check_kid(y, e, 1, low), 2, high);
    }
    if (e)
        warn_of(y, e);
    return e;
}

/* all, any, none, N, N%. */
static bool parse_quant(struct yara *y, struct yara_quant *q)
{
    *q = (struct yara_quant){.line = y->tok.line, .column = y->tok.column, .quant = IR_SOME};
    switch (y->tok.kind) {
    case YT_ALL:
        q->quant = IR_ALL;
        break;
    case YT_ANY:
        q->quant = IR_ANY;
        break;
    case YT_NONE:
        q->quant = IR_NONE;
        break;
    default:
        q->count = yara_parse_cond_value(y);
        if (!q->count || y->tok.kind != '%')
            return q->count != NULL;
        q->quant = IR_PERCENT;
    }
    yara_source_next(y);
    return !y->failed;
}

struct ir_expr *yara_parse_loop_all(struct yara *y)
{
    struct yara_quant q;
    return parse_quant(y, &q) ? yara_parse_loop_of(y, &q) : NULL;
}

static bool add_var(struct yara *y, const struct yara_token *name, enum ir_type type,
                    const struct field *field)
{
    char shown[160];
    text_escape_into(shown, sizeof shown, name->text);
    for (uint32_t i = 0; i < y->var_count; i++)
        if (span_equal(y->vars[i].name, name->text)) {
            yara_say_error(y, name, "duplicated loop identifier \"%s\"", shown);
            return false;
        }
    if (y->var_count >= YARA_VARS_MAX) {
        yara_say_error(y, name, "more than 32 names in one condition");
        return false;
    }
    y->vars[y->var_count++] = (struct yara_var){name->text, type, field};
    if (y->var_count > y->rule.var_count)
        y->rule.var_count = y->var_count;
    return true;
}

/* Inside a loop's parentheses. */
static struct ir_expr *parse_body(struct yara *y)
{
    if (!yara_source_expect(y, ':') || !yara_source_expect(y, '('))
        return NULL;
    struct ir_expr *body = yara_parse_cond_bool(y);
    return body && yara_source_expect(y, ')') ? body : NULL;
}

static struct ir_expr *parse_for_of(struct yara *y, struct ir_expr *e)
{
    bool strings;
    if (y->in_for_of) {
        yara_say_error(y, &y->tok, "'for <quantifier> of <string set>' loops can't be nested");
        return NULL;
    }
    yara_source_next(y);
    e->op = IR_FOR_OF;
    if (!yara_parse_set(y, e, true, &strings))
        return NULL;
    y->in_for_of = true;
    struct ir_expr *body = parse_body(y);
    y->in_for_of = false;
    return yara_check_kid(y, e, 1, body);
}

struct names {
    struct yara_token token[2];
    uint32_t count;
};

static bool parse_names(struct yara *y, struct names *n)
{
    n->count = 0;
    do {
        if (n->count == 2) {
            yara_say_error(y, &y->tok, "a loop has two names at most");
            return false;
        }
        n->token[n->count++] = y->tok;
        if (!yara_source_expect(y, YT_NAME))
            return false;
    } while (yara_source_accept(y, ','));
    return yara_source_expect(y, YT_IN);
}

static bool one_name(struct yara *y, const struct names *n)
{
    if (n->count == 2)
        yara_say_error(y, &n->token[1], "this loop has one value at a time, not two");
    return !y->failed;
}

/* YARA loops over integers and texts, YARA-X over fractions, too. */
static bool check_value(struct yara *y, const struct ir_expr *item, const struct ir_expr *first)
{
    bool scalar = item->type == IR_T_INT || item->type == IR_T_STRING ||
                  (item->type == IR_T_FLOAT && y->fe->in->yara_x);
    if (scalar && item->type == first->type)
        return true;
    yara_say_error_at(y, item->line, item->column, "%s among %s", yara_check_type_name(item->type),
                      scalar ? "values of another type" : "values to loop over");
    return false;
}

/* (a, b, c): of one type. */
static bool parse_values(struct yara *y, struct ir_expr *e, struct ir_expr *first)
{
    uint32_t cap = 0;
    struct ir_expr *item = first;
    e->iter = IR_ITER_VALUES;
    while (item && check_value(y, item, first) && yara_check_item(y, e, item, &cap)) {
        if (!yara_source_accept(y, ','))
            return yara_source_expect(y, ')');
        item = yara_parse_cond_value(y);
    }
    return false;
}

static bool parse_range_end(struct yara *y, struct ir_expr *e, struct ir_expr *low)
{
    uint32_t cap = 0;
    int64_t from, to;
    e->iter = IR_ITER_RANGE;
    if (!yara_check_int(y, low, "the beginning of a range"))
        return false;
    struct ir_expr *high = yara_parse_cond_int(y, "the end of a range");
    if (!high)
        return false;
    if (yara_check_is_constant(low, &from) && yara_check_is_constant(high, &to)) {
        if (from > to)
            yara_say_error_at(y, low->line, low->column,
                              "range lower bound must be less than upper bound");
        else if (from < 0)
            yara_say_error_at(y, low->line, low->column, "range begins below 0");
    }
    return !y->failed && yara_check_item(y, e, low, &cap) && yara_check_item(y, e, high, &cap) &&
           yara_source_expect(y, ')');
}

/* A range or a list of values, at '('. */
static bool parse_iter_set(struct yara *y, struct ir_expr *e, const struct names *n)
{
    yara_source_next(y);
    struct ir_expr *first = yara_parse_cond_value(y);
    if (!first)
        return false;
    if (!one_name(y, n))
        return false;
    bool ok =
        yara_source_accept(y, YT_DOTS) ? parse_range_end(y, e, first) : parse_values(y, e, first);
    return ok && add_var(y, &n->token[0], first->type, NULL);
}

static bool parse_iter_object(struct yara *y, struct ir_expr *e, const struct names *n)
{
    uint32_t cap = 0;
    struct yara_token at = y->tok;
    if (at.kind != YT_NAME) {
        yara_say_expected(y, "an array, a dictionary or values in parentheses behind in");
        return false;
    }
    struct ir_expr *over = yara_parse_value_name(y);
    if (!over)
        return false;
    enum fact_kind kind =
        over->type == IR_T_OBJECT && over->field ? over->field->kind : FACT_UNDEFINED;
    if (kind != FACT_ARRAY && kind != FACT_DICT) {
        yara_say_error(y, &at, "not iterable: no array or dictionary");
        return false;
    }
    const struct field *element = over->field->kids;
    e->iter = kind == FACT_ARRAY ? IR_ITER_EACH : IR_ITER_PAIRS;
    if (!yara_check_item(y, e, over, &cap))
        return false;
    if (kind == FACT_ARRAY)
        return one_name(y, n) && add_var(y, &n->token[0], yara_check_names_type(element), element);
    if (n->count != 2) {
        yara_say_error(y, &n->token[0], "a dictionary has a key and a value: two names are needed");
        return false;
    }
    return add_var(y, &n->token[0], IR_T_STRING, NULL) &&
           add_var(y, &n->token[1], yara_check_names_type(element), element);
}

static struct ir_expr *parse_for_in(struct yara *y, struct ir_expr *e)
{
    struct names n;
    uint32_t before = y->var_count;
    e->op = IR_FOR_IN;
    if (!parse_names(y, &n))
        return NULL;
    bool ok = y->tok.kind == '(' ? parse_iter_set(y, e, &n) : parse_iter_object(y, e, &n);
    e->vars.first = before;
    e->vars.count = y->var_count - before;
    if (ok)
        e = yara_check_kid(y, e, 1, parse_body(y));
    y->var_count = before;
    return ok ? e : NULL;
}

struct ir_expr *yara_parse_loop_for(struct yara *y)
{
    struct yara_token at = y->tok;
    struct yara_quant q;
    struct ir_expr *e = yara_check_new(y, IR_FOR_IN, IR_T_BOOL, &at);
    if (y->loops == LIMIT_LOOP_DEPTH) {
        yara_say_error(y, &at, "loop nesting limit exceeded\t: four");
        return NULL;
    }
    yara_source_next(y);
    if (!e || !parse_quant(y, &q) || !set_quant(y, e, &q))
        return NULL;
    y->loops++;
    e = y->tok.kind == YT_OF ? parse_for_of(y, e) : parse_for_in(y, e);
    y->loops--;
    return e;
}

static bool parse_with_name(struct yara *y, struct ir_expr *e, uint32_t *cap)
{
    struct yara_token name = y->tok;
    if (!yara_source_expect(y, YT_NAME) || !yara_source_expect(y, '='))
        return false;
    struct ir_expr *value = yara_parse_cond(y);
    if (value && (value->type == IR_T_REGEX || value->op == IR_MODULE)) {
        yara_say_error_at(y, value->line, value->column, "a name stands for a value, not for %s",
                          value->op == IR_MODULE ? "a module" : "a regular expression");
        return false;
    }
    return value && yara_check_item(y, e, value, cap) &&
           add_var(y, &name, value->type, value->field);
}

/* with a = value, b = value : ( condition ) */
struct ir_expr *yara_parse_loop_with(struct yara *y)
{
    uint32_t before = y->var_count, cap = 0;
    struct ir_expr *e = yara_check_new(y, IR_WITH, IR_T_BOOL, &y->tok);
    bool ok = e;
    yara_source_next(y);
    do {
        ok = ok && parse_with_name(y, e, &cap);
    } while (ok && yara_source_accept(y, ','));
    if (ok) {
        e->vars.first = before;
        e->vars.count = y->var_count - before;
        e = yara_check_kid(y, e, 0, parse_body(y));
    }
    y->var_count = before;
    return ok ? e : NULL;
}
