/* Types of YARA's operators, and the constants it computes while compiling. Facts: the grammar of
 * YARA 4.5 (which operand types it takes, that overflow, division by zero and a negative shift of
 * constants are errors), observed again of yarac 4.2.3. */
#include "jail/compile/yara_check.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>

const char *yara_check_type_name(enum ir_type type)
{
    static const char *const names[] = {
        [IR_T_BOOL] = "a condition",           [IR_T_INT] = "an integer",
        [IR_T_FLOAT] = "a fraction",           [IR_T_STRING] = "a text",
        [IR_T_REGEX] = "a regular expression", [IR_T_OBJECT] = "a structure, array or dictionary"};
    return names[type];
}

struct ir_expr *yara_check_new(struct yara *y, enum ir_op op, enum ir_type type,
                               const struct yara_token *at)
{
    struct ir_expr *e = ir_expr_new(y->ir, op, type);
    if (!e)
        return yara_say_no_memory(y);
    e->line = at->line;
    e->column = at->column;
    return e;
}

static bool raise_height(struct yara *y, struct ir_expr *e, const struct ir_expr *kid)
{
    if (kid->height >= e->height)
        e->height = kid->height + 1;
    if (e->height <= LIMIT_EXPR_HEIGHT)
        return true;
    yara_say_error_at(y, e->line, e->column,
                      "condition too deep: more than 1000 operators inside each other");
    return false;
}

struct ir_expr *yara_check_kid(struct yara *y, struct ir_expr *e, unsigned slot,
                               struct ir_expr *kid)
{
    if (!e || !kid || !raise_height(y, e, kid))
        return NULL;
    e->kid[slot] = kid;
    return e;
}

bool yara_check_item(struct yara *y, struct ir_expr *e, struct ir_expr *kid, uint32_t *cap)
{
    if (!kid || !raise_height(y, e, kid))
        return false;
    void *items = e->list;
    if (!arena_grow(y->arena, &items, cap, e->count + 1, sizeof *e->list))
        return yara_say_no_memory(y) != NULL;
    e->list = items;
    e->list[e->count++] = kid;
    return true;
}

/* YARA takes a regular expression by itself for true. */
static struct ir_expr *always(struct yara *y, const struct ir_expr *e)
{
    struct yara_token at = {.line = e->line, .column = e->column};
    struct ir_expr *made = yara_check_new(y, IR_BOOL, IR_T_BOOL, &at);
    if (made)
        made->i = 1;
    return made;
}

struct ir_expr *yara_check_bool(struct yara *y, struct ir_expr *e)
{
    char shown[80];
    if (!e || e->type == IR_T_BOOL)
        return e;
    if (e->type == IR_T_REGEX && !y->fe->in->yara_x)
        return always(y, e);
    if (e->type == IR_T_REGEX || e->type == IR_T_OBJECT) {
        yara_say_error_at(y, e->line, e->column, "expected a condition, found %s",
                          yara_check_type_name(e->type));
        return NULL;
    }
    if (e->op == IR_STRING) {
        text_escape_into(shown, sizeof shown, e->s);
        yara_say_warning(y, e->line, e->column,
                         "using literal string \"%s\" in a boolean operation.", shown);
    }
    struct yara_token at = {.line = e->line, .column = e->column};
    return yara_check_kid(y, yara_check_new(y, IR_TO_BOOL, IR_T_BOOL, &at), 0, e);
}

struct ir_expr *yara_check_int(struct yara *y, struct ir_expr *e, const char *what)
{
    if (!e || e->type == IR_T_INT)
        return e;
    yara_say_error_at(y, e->line, e->column, "%s must be an integer, not %s", what,
                      yara_check_type_name(e->type));
    return NULL;
}

bool yara_check_is_constant(const struct ir_expr *e, int64_t *value)
{
    if (e->op != IR_INT)
        return false;
    *value = e->i;
    return true;
}

/* As YARA calls them. */
static const char *const plain_names[] = {
    [IR_T_BOOL] = "boolean",  [IR_T_INT] = "integer",  [IR_T_FLOAT] = "float",
    [IR_T_STRING] = "string", [IR_T_REGEX] = "regexp", [IR_T_OBJECT] = "object"};

static const struct {
    const char *sign;
    bool ints, floats, strings; /* operands it takes; both sides the same, ints beside floats */
} rules[IR_OP_COUNT] = {
    [IR_ADD] = {"+", true, true, false},
    [IR_SUB] = {"-", true, true, false},
    [IR_MUL] = {"*", true, true, false},
    [IR_DIV] = {"\\", true, true, false},
    [IR_MOD] = {"%", true, false, false},
    [IR_BIT_AND] = {"&", true, false, false},
    [IR_BIT_OR] = {"|", true, false, false},
    [IR_BIT_XOR] = {"^", true, false, false},
    [IR_SHL] = {"<<", true, false, false},
    [IR_SHR] = {">>", true, false, false},
    [IR_BIT_NOT] = {"~", true, false, false},
    [IR_NEG] = {"-", true, true, false},
    [IR_EQ] = {"==", true, true, true},
    [IR_NE] = {"!=", true, true, true},
    [IR_LT] = {"<", true, true, true},
    [IR_LE] = {"<=", true, true, true},
    [IR_GT] = {">", true, true, true},
    [IR_GE] = {">=", true, true, true},
    [IR_CONTAINS] = {"contains", false, false, true},
    [IR_ICONTAINS] = {"icontains", false, false, true},
    [IR_STARTSWITH] = {"startswith", false, false, true},
    [IR_ISTARTSWITH] = {"istartswith", false, false, true},
    [IR_ENDSWITH] = {"endswith", false, false, true},
    [IR_IENDSWITH] = {"iendswith", false, false, true},
    [IR_IEQUALS] = {"iequals", false, false, true},
    [IR_MATCHES] = {"matches", false, false, true},
};

static bool operand_fits(struct yara *y, enum ir_op op, const struct ir_expr *e)
{
    if ((e->type == IR_T_INT && rules[op].ints) || (e->type == IR_T_FLOAT && rules[op].floats) ||
        (e->type == IR_T_STRING && rules[op].strings))
        return true;
    char before[80] = "type mismatch";
    if (!rules[op].floats || op == IR_NEG)
        (void)snprintf(before, sizeof before, "wrong type \"%s\" for %s operator",
                       plain_names[e->type], rules[op].sign);
    yara_say_error_at(y, e->line, e->column, "%s\t: operator %s takes %s%s%s, not %s", before,
                      rules[op].sign,
                      rules[op].ints ? rules[op].floats ? "numbers" : "integers" : "",
                      rules[op].ints && rules[op].strings ? " or " : "",
                      rules[op].strings ? "texts" : "", yara_check_type_name(e->type));
    return false;
}

static struct ir_expr *to_float(struct yara *y, struct ir_expr *e)
{
    struct yara_token at = {.line = e->line, .column = e->column};
    if (e->type == IR_T_FLOAT)
        return e;
    return yara_check_kid(y, yara_check_new(y, IR_TO_FLOAT, IR_T_FLOAT, &at), 0, e);
}

static bool is_comparison(enum ir_op op)
{
    return op >= IR_EQ && op <= IR_MATCHES;
}

/* What is wrong with constants a and b; NULL when *out holds the result. */
static const char *compute(enum ir_op op, int64_t a, int64_t b, int64_t *out)
{
    bool over = false;
    if (op == IR_SHL || op == IR_SHR) {
        if (b < 0)
            return "shift by a negative number";
        /* As at run time: 64 and more leave nothing, >> keeps the sign. */
        *out = b >= 64 ? 0 : op == IR_SHL ? (int64_t)((uint64_t)a << b) : a >> b;
        return NULL;
    }
    if (op == IR_DIV || op == IR_MOD) {
        if (b == 0)
            return "division by zero\t";
        if (b == -1 && a == INT64_MIN)
            return "integer overflow";
        *out = op == IR_DIV ? a / b : a % b;
        return NULL;
    }
    *out = op == IR_BIT_AND ? (a & b) : op == IR_BIT_OR ? (a | b) : (a ^ b);
    if (op == IR_ADD)
        over = __builtin_add_overflow(a, b, out);
    if (op == IR_SUB)
        over = __builtin_sub_overflow(a, b, out);
    if (op == IR_MUL)
        over = __builtin_mul_overflow(a, b, out);
    return over ? "integer overflow" : NULL;
}

static struct ir_expr *fold(struct yara *y, enum ir_op op, const struct yara_token *at,
                            struct ir_expr *left, const struct ir_expr *right)
{
    int64_t value = 0;
    const char *error = compute(op, left->i, right->i, &value);
    if (error) {
        yara_say_error(y, at, "%s in \"%" PRId64 " %s %" PRId64 "\"", error, left->i,
                       rules[op].sign, right->i);
        return NULL;
    }
    struct yara_token place = {.line = left->line, .column = left->column};
    struct ir_expr *e = yara_check_new(y, IR_INT, IR_T_INT, &place);
    if (e)
        e->i = value;
    return e;
}

/* A constant on the right can be wrong by itself. A fraction by zero is undefined at run time. */
static bool right_side_fits(struct yara *y, enum ir_op op, const struct yara_token *at,
                            const struct ir_expr *left, const struct ir_expr *right)
{
    if (right->op != IR_INT || left->type != IR_T_INT)
        return true;
    if ((op == IR_DIV || op == IR_MOD) && right->i == 0)
        yara_say_error(y, at, "division by zero");
    if ((op == IR_SHL || op == IR_SHR) && right->i < 0)
        yara_say_error(y, at, "shift by a negative number");
    return !y->failed;
}

static struct ir_expr *make_binary(struct yara *y, enum ir_op op, const struct yara_token *at,
                                   struct ir_expr *left, struct ir_expr *right)
{
    enum ir_type type = left->type;
    if (left->type != right->type) {
        left = to_float(y, left);
        right = to_float(y, right);
        type = IR_T_FLOAT;
    }
    struct ir_expr *e = yara_check_new(y, op, is_comparison(op) ? IR_T_BOOL : type, at);
    return yara_check_kid(y, yara_check_kid(y, e, 0, left), 1, right);
}

struct ir_expr *yara_check_binary(struct yara *y, enum ir_op op, const struct yara_token *at,
                                  struct ir_expr *left, struct ir_expr *right)
{
    if (!left || !right || !operand_fits(y, op, left))
        return NULL;
    if (op == IR_MATCHES) {
        struct ir_expr *e = yara_check_new(y, op, IR_T_BOOL, at);
        return yara_check_kid(y, yara_check_kid(y, e, 0, left), 1, right);
    }
    if (!operand_fits(y, op, right))
        return NULL;
    if ((left->type == IR_T_STRING) != (right->type == IR_T_STRING)) {
        yara_say_error(y, at, "type mismatch\t: operator %s between %s and %s", rules[op].sign,
                       yara_check_type_name(left->type), yara_check_type_name(right->type));
        return NULL;
    }
    if (left->op == IR_INT && right->op == IR_INT && !is_comparison(op))
        return fold(y, op, at, left, right);
    return right_side_fits(y, op, at, left, right) ? make_binary(y, op, at, left, right) : NULL;
}

static struct ir_expr *fold_unary(struct yara *y, enum ir_op op, const struct yara_token *at,
                                  const struct ir_expr *e)
{
    struct ir_expr *made = yara_check_new(y, e->op, e->type, at);
    if (!made)
        return NULL;
    made->f = -e->f;
    /* Only -(-9223372036854775808) does not fit; it wraps, as yarac lets it. */
    made->i = op == IR_NEG ? (int64_t)(0 - (uint64_t)e->i) : ~e->i;
    return made;
}

struct ir_expr *yara_check_unary(struct yara *y, enum ir_op op, const struct yara_token *at,
                                 struct ir_expr *e)
{
    if (!e)
        return NULL;
    if (op == IR_NOT)
        return yara_check_kid(y, yara_check_new(y, op, IR_T_BOOL, at), 0, yara_check_bool(y, e));
    if (op == IR_DEFINED) {
        if (e->type == IR_T_REGEX && !y->fe->in->yara_x)
            return always(y, e);
        if (e->type != IR_T_REGEX && e->type != IR_T_OBJECT)
            return yara_check_kid(y, yara_check_new(y, op, IR_T_BOOL, at), 0, e);
        yara_say_error_at(y, e->line, e->column, "defined asks about a value, not %s",
                          yara_check_type_name(e->type));
        return NULL;
    }
    if (!operand_fits(y, op, e))
        return NULL;
    if (e->op == IR_INT || e->op == IR_FLOAT)
        return fold_unary(y, op, at, e);
    return yara_check_kid(y, yara_check_new(y, op, e->type, at), 0, e);
}
