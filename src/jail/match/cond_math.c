/* Numbers. Integers are 64 bits and wrap as in YARA; floats are doubles. */
#include "jail/match/cond.h"

#include <float.h>
#include <string.h>

static struct cond_value of_int(int64_t i)
{
    return (struct cond_value){.kind = COND_V_INT, .i = i};
}

static struct cond_value of_float(double f)
{
    return (struct cond_value){.kind = COND_V_FLOAT, .f = f};
}

static const struct cond_value undefined = {.kind = COND_V_UNDEFINED};

/* The smallest number divided by -1 has no 64-bit result; YARA's own answer is a trap or undefined,
 * by version: undefined here. */
static struct cond_value divide(int64_t a, int64_t b, bool remainder)
{
    if (b == 0 || (a == INT64_MIN && b == -1))
        return undefined;
    return of_int(remainder ? a % b : a / b);
}

static struct cond_value shift(int64_t a, int64_t by, bool left)
{
    if (by < 0)
        return undefined;
    if (by >= 64)
        return of_int(0);
    return of_int(left ? (int64_t)((uint64_t)a << by) : a >> by);
}

static struct cond_value int_math(uint8_t op, int64_t a, int64_t b)
{
    uint64_t x = (uint64_t)a, y = (uint64_t)b; /* wrapping is defined for these only */
    switch (op) {
    case COND_ADD:
        return of_int((int64_t)(x + y));
    case COND_SUB:
        return of_int((int64_t)(x - y));
    case COND_MUL:
        return of_int((int64_t)(x * y));
    case COND_DIV:
        return divide(a, b, false);
    case COND_MOD:
        return divide(a, b, true);
    case COND_BIT_AND:
        return of_int(a & b);
    case COND_BIT_OR:
        return of_int(a | b);
    case COND_BIT_XOR:
        return of_int(a ^ b);
    case COND_SHL:
        return shift(a, b, true);
    case COND_SHR:
        return shift(a, b, false);
    default:
        return undefined;
    }
}

static struct cond_value float_math(uint8_t op, double a, double b)
{
    switch (op) {
    case COND_ADD:
        return of_float(a + b);
    case COND_SUB:
        return of_float(a - b);
    case COND_MUL:
        return of_float(a * b);
    case COND_DIV:
        return of_float(a / b);
    default:
        return undefined;
    }
}

void cond_math(struct cond *c, const struct image_insn *i)
{
    struct cond_value b = cond_pop(c), a = cond_pop(c);
    if (a.kind == COND_V_INT && b.kind == COND_V_INT)
        cond_push(c, int_math(i->op, a.i, b.i));
    else if (a.kind == COND_V_FLOAT && b.kind == COND_V_FLOAT)
        cond_push(c, float_math(i->op, a.f, b.f));
    else
        cond_push_undefined(c);
}

/* From an ordering (-1, 0, 1) to an answer. */
static bool holds(uint8_t op, int order)
{
    switch (op) {
    case COND_EQ:
        return order == 0;
    case COND_NE:
        return order != 0;
    case COND_LT:
        return order < 0;
    case COND_LE:
        return order <= 0;
    case COND_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* Equality within an epsilon, order exact; NaN is in no order (as YARA). */
static bool floats_hold(uint8_t op, double a, double b)
{
    double apart = a > b ? a - b : b - a;
    switch (op) {
    case COND_EQ:
        return apart < DBL_EPSILON;
    case COND_NE:
        return apart >= DBL_EPSILON;
    case COND_LT:
        return a < b;
    case COND_LE:
        return a <= b;
    case COND_GT:
        return a > b;
    default:
        return a >= b;
    }
}

/* As YARA: bytes from 0x80 on come before all others, as signed ones do. */
static int text_order(struct span a, struct span b)
{
    size_t same = 0;
    while (same < a.len && same < b.len && span_byte(a, same) == span_byte(b, same))
        same++;
    if (same == a.len || same == b.len)
        return (a.len > b.len) - (a.len < b.len);
    return (int)(int8_t)span_byte(a, same) - (int)(int8_t)span_byte(b, same);
}

void cond_compare(struct cond *c, const struct image_insn *i)
{
    struct cond_value b = cond_pop(c), a = cond_pop(c);
    if (a.kind == COND_V_INT && b.kind == COND_V_INT)
        cond_push_int(c, holds(i->op, (a.i > b.i) - (a.i < b.i)));
    else if (a.kind == COND_V_FLOAT && b.kind == COND_V_FLOAT)
        cond_push_int(c, floats_hold(i->op, a.f, b.f));
    else if (a.kind == COND_V_STRING && b.kind == COND_V_STRING &&
             cond_charge(c, a.s.len < b.s.len ? a.s.len : b.s.len))
        cond_push_int(c, holds(i->op, text_order(a.s, b.s)));
    else
        cond_push_undefined(c);
}

static struct cond_value to_bool(const struct cond_value *v)
{
    if (v->kind == COND_V_INT)
        return of_int(v->i != 0);
    if (v->kind == COND_V_FLOAT) { /* as YARA, by its bits: -0.0 and what is no number are true */
        uint64_t bits;
        memcpy(&bits, &v->f, sizeof bits);
        return of_int(bits != 0);
    }
    return v->kind == COND_V_STRING ? of_int(v->s.len > 0) : undefined;
}

static struct cond_value negate(const struct cond_value *v)
{
    if (v->kind == COND_V_FLOAT)
        return of_float(-v->f);
    return v->kind == COND_V_INT ? of_int((int64_t)(0 - (uint64_t)v->i)) : undefined;
}

void cond_unary(struct cond *c, const struct image_insn *i)
{
    struct cond_value v = cond_pop(c), out = undefined;
    bool is_int = v.kind == COND_V_INT;
    switch (i->op) {
    case COND_OR_ZERO:
        out = v.kind == COND_V_UNDEFINED ? of_int(0) : v;
        break;
    case COND_DEFINED:
        out = of_int(v.kind != COND_V_UNDEFINED);
        break;
    case COND_TO_BOOL:
        out = to_bool(&v);
        break;
    case COND_NEG:
        out = negate(&v);
        break;
    case COND_NOT:
        out = is_int ? of_int(v.i == 0) : undefined;
        break;
    case COND_TO_FLOAT:
        out = is_int ? of_float((double)v.i) : undefined;
        break;
    case COND_BIT_NOT:
        out = is_int ? of_int(~v.i) : undefined;
        break;
    default:
        break;
    }
    cond_push(c, out);
}
