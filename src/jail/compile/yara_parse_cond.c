/* YARA front end: conditions, by precedence. Hostile bytes. Facts: the grammar of YARA 4.5. or,
 * and, not/defined, == and the words, < and its like, | ^ & << + *, then prefixes; only values (no
 * comparison) stand on either side of an operator that is not and, or, not. */
#include "jail/compile/yara_check.h"

/* Loosest first. */
static const struct {
    int token;
    enum ir_op op;
    unsigned level;
} operators[] = {
    {YT_EQ, IR_EQ, 1},
    {YT_NE, IR_NE, 1},
    {YT_CONTAINS, IR_CONTAINS, 1},
    {YT_ICONTAINS, IR_ICONTAINS, 1},
    {YT_STARTSWITH, IR_STARTSWITH, 1},
    {YT_ISTARTSWITH, IR_ISTARTSWITH, 1},
    {YT_ENDSWITH, IR_ENDSWITH, 1},
    {YT_IENDSWITH, IR_IENDSWITH, 1},
    {YT_IEQUALS, IR_IEQUALS, 1},
    {YT_MATCHES, IR_MATCHES, 1},
    {'<', IR_LT, 2},
    {YT_LE, IR_LE, 2},
    {'>', IR_GT, 2},
    {YT_GE, IR_GE, 2},
    {'|', IR_BIT_OR, 3},
    {'^', IR_BIT_XOR, 4},
    {'&', IR_BIT_AND, 5},
    {YT_SHL, IR_SHL, 6},
    {YT_SHR, IR_SHR, 6},
    {'+', IR_ADD, 7},
    {'-', IR_SUB, 7},
    {'*', IR_MUL, 8},
    {'\\', IR_DIV, 8},
    {'%', IR_MOD, 8},
};
enum { LEVEL_COMPARE = 1, LEVEL_VALUE = 3, LEVEL_PREFIX = 9 };

static int operator_row(int token)
{
    for (int i = 0; i < (int)(sizeof operators / sizeof operators[0]); i++)
        if (operators[i].token == token)
            return i;
    return -1;
}

static bool enter(struct yara *y)
{
    if (y->nesting++ < LIMIT_NESTING)
        return true;
    yara_say_error(y, &y->tok, "condition nested more than 250 levels deep");
    return false;
}

static struct ir_expr *parse_prefix(struct yara *y)
{
    struct yara_token at = y->tok;
    struct ir_expr *e = NULL;
    if (enter(y)) {
        if (at.kind == '-' || at.kind == '~') {
            yara_source_next(y);
            e = yara_check_unary(y, at.kind == '-' ? IR_NEG : IR_BIT_NOT, &at, parse_prefix(y));
        } else {
            e = yara_parse_value(y);
        }
    }
    y->nesting--;
    return e;
}

static struct ir_expr *parse_matches_side(struct yara *y)
{
    if (y->tok.kind == YT_REGEX)
        return yara_parse_value(y);
    yara_say_expected(y, "a regular expression behind matches");
    return NULL;
}

/* Recursion is bounded: `level` grows towards LEVEL_PREFIX, and parse_prefix counts. */
static struct ir_expr *parse_level(struct yara *y, unsigned level)
{
    if (level == LEVEL_PREFIX)
        return parse_prefix(y);
    struct ir_expr *left = parse_level(y, level + 1);
    while (left && !y->failed) {
        struct yara_token at = y->tok;
        int row = operator_row(at.kind);
        if (row < 0 || operators[row].level != level)
            break;
        /* 50% of them */
        if (at.kind == '%' && yara_source_peek(y, 1) == YT_OF)
            break;
        yara_source_next(y);
        struct ir_expr *right =
            at.kind == YT_MATCHES ? parse_matches_side(y) : parse_level(y, level + 1);
        left = yara_check_binary(y, operators[row].op, &at, left, right);
    }
    return y->failed ? NULL : left;
}

/* A value, then perhaps `of` or `% of`: the value was the quantifier. */
static struct ir_expr *parse_comparison(struct yara *y)
{
    struct yara_quant q = {.line = y->tok.line, .column = y->tok.column};
    struct ir_expr *e = parse_level(y, LEVEL_COMPARE);
    if (!e || (y->tok.kind != YT_OF && y->tok.kind != '%'))
        return e;
    q.quant = y->tok.kind == '%' ? IR_PERCENT : IR_SOME;
    q.count = e;
    if (q.quant == IR_PERCENT)
        yara_source_next(y);
    return yara_parse_loop_of(y, &q);
}

static bool is_with(struct yara *y)
{
    return y->tok.kind == YT_NAME && span_equal(y->tok.text, SPAN_OF("with")) &&
           yara_source_peek(y, 1) == YT_NAME;
}

static struct ir_expr *parse_term(struct yara *y)
{
    switch (y->tok.kind) {
    case YT_FOR:
        return yara_parse_loop_for(y);
    case YT_ALL:
    case YT_ANY:
    case YT_NONE:
        return yara_parse_loop_all(y);
    default:
        return is_with(y) ? yara_parse_loop_with(y) : parse_comparison(y);
    }
}

static struct ir_expr *parse_not(struct yara *y)
{
    struct yara_token at = y->tok;
    struct ir_expr *e = NULL;
    if (enter(y)) {
        if (at.kind == YT_NOT || at.kind == YT_DEFINED) {
            yara_source_next(y);
            e = yara_check_unary(y, at.kind == YT_NOT ? IR_NOT : IR_DEFINED, &at, parse_not(y));
        } else {
            e = parse_term(y);
        }
    }
    y->nesting--;
    return y->failed ? NULL : e;
}

/* a and b and c: one node with a list. Alone, the operand is handed on as it is. */
static struct ir_expr *parse_list(struct yara *y, int token,
                                  struct ir_expr *(*operand)(struct yara *))
{
    struct ir_expr *first = operand(y);
    if (!first || y->tok.kind != token)
        return first;
    uint32_t cap = 0;
    struct ir_expr *e = yara_check_new(y, token == YT_AND ? IR_AND : IR_OR, IR_T_BOOL, &y->tok);
    if (!e || !yara_check_item(y, e, yara_check_bool(y, first), &cap))
        return NULL;
    while (yara_source_accept(y, token))
        if (y->failed || !yara_check_item(y, e, yara_check_bool(y, operand(y)), &cap))
            return NULL;
    return y->failed ? NULL : e;
}

static struct ir_expr *parse_and(struct yara *y)
{
    return parse_list(y, YT_AND, parse_not);
}

struct ir_expr *yara_parse_cond(struct yara *y)
{
    return parse_list(y, YT_OR, parse_and);
}

struct ir_expr *yara_parse_cond_bool(struct yara *y)
{
    return yara_check_bool(y, yara_parse_cond(y));
}

struct ir_expr *yara_parse_cond_value(struct yara *y)
{
    return parse_level(y, LEVEL_VALUE);
}

struct ir_expr *yara_parse_cond_int(struct yara *y, const char *what)
{
    return yara_check_int(y, yara_parse_cond_value(y), what);
}

static bool check_range(struct yara *y, const struct ir_expr *low, const struct ir_expr *high)
{
    int64_t from, to;
    if (!yara_check_is_constant(low, &from) || !yara_check_is_constant(high, &to))
        return true;
    if (from > to)
        yara_say_error_at(y, low->line, low->column,
                          "range lower bound must be less than upper bound");
    else if (from < 0)
        yara_say_error_at(y, low->line, low->column, "range begins below 0");
    return !y->failed;
}

bool yara_parse_cond_range(struct yara *y, struct ir_expr **low, struct ir_expr **high)
{
    if (!yara_source_expect(y, '('))
        return false;
    *low = yara_parse_cond_int(y, "the beginning of a range");
    if (!*low || !yara_source_expect(y, YT_DOTS))
        return false;
    *high = yara_parse_cond_int(y, "the end of a range");
    return *high && check_range(y, *low, *high) && yara_source_expect(y, ')');
}
