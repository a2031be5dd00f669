/* Partial evaluation of gates: uint16(0) == 0x5a4d, `$x at 0`, fields of pe and elf. Sources of the
 * prefixes: search.h. */
#include "jail/compile/cover_head.h"

#include <string.h>

static const struct prefix {
    uint8_t bytes[4];
    uint8_t len;
} prefixes[CLASS_COUNT] = {
    [CLASS_ELF] = {{0x7f, 'E', 'L', 'F'}, 4}, [CLASS_PE] = {{'M', 'Z'}, 2},
    [CLASS_ZIP] = {{'P', 'K', 3, 4}, 4},      [CLASS_OLE] = {{0xd0, 0xcf, 0x11, 0xe0}, 4},
    [CLASS_PDF] = {{'%', 'P', 'D', 'F'}, 4},
};

/* Whether an object of the class has these bytes at `at`. */
static enum cover_answer has_bytes(unsigned class, uint64_t at, struct span want)
{
    const struct prefix *p = &prefixes[class];
    if (class == CLASS_OTHER) { /* all that is known: it begins like none of the others */
        for (unsigned k = CLASS_OTHER + 1; k < CLASS_COUNT && at == 0; k++)
            if (span_starts(want, span_make(prefixes[k].bytes, prefixes[k].len)))
                return COVER_NO;
        return COVER_MAYBE;
    }
    bool all_known = want.len > 0;
    for (size_t i = 0; i < want.len; i++) {
        if (at >= p->len || i >= p->len - at) {
            all_known = false;
            break;
        }
        if (p->bytes[at + i] != span_byte(want, i))
            return COVER_NO;
    }
    return all_known ? COVER_YES : COVER_MAYBE;
}

/* uintN(constant) against a constant, either way round. */
static const struct ir_expr *read_of(const struct ir_expr *x, int64_t *value)
{
    for (unsigned k = 0; k < 2; k++) {
        const struct ir_expr *read = x->kid[k], *number = x->kid[1 - k];
        if (read->op == IR_READ && number->op == IR_INT && read->kid[0]->op == IR_INT &&
            read->kid[0]->i >= 0 && !read->read.is_float) {
            *value = number->i;
            return read;
        }
    }
    return NULL;
}

/* The constant as the bytes that the read would have to see; false when it cannot be one. */
static bool to_bytes(const struct ir_read *read, int64_t value, uint8_t out[8])
{
    unsigned bits = 8U * read->bytes;
    if (read->bytes > 4 || read->bytes == 0)
        return false;
    bool fits = read->is_signed
                    ? value >= -(INT64_C(1) << (bits - 1)) && value < (INT64_C(1) << (bits - 1))
                    : value >= 0 && value < (INT64_C(1) << bits);
    for (unsigned i = 0; i < read->bytes; i++) {
        unsigned at = read->big_endian ? read->bytes - 1U - i : i;
        out[at] = (uint8_t)((uint64_t)value >> (8 * i));
    }
    return fits;
}

static bool same_text(const struct ir *ir, const struct ir_expr *x, struct span *out)
{
    if (x->op == IR_STRING)
        *out = x->s;
    else if (x->op == IR_EXTERNAL && ir->externals[x->i].kind == FACT_STRING)
        *out = ir->externals[x->i].s;
    else
        return false;
    return true;
}

/* Texts that are known now: literals and externals. */
static enum cover_answer compare_texts(const struct ir *ir, const struct ir_expr *x)
{
    struct span a, b;
    if (!same_text(ir, x->kid[0], &a) || !same_text(ir, x->kid[1], &b))
        return COVER_MAYBE;
    if (x->op != IR_EQ && x->op != IR_NE)
        return COVER_MAYBE;
    return span_equal(a, b) == (x->op == IR_EQ) ? COVER_YES : COVER_NO;
}

enum cover_answer cover_head_compare(const struct ir *ir, const struct ir_expr *x, unsigned class)
{
    int64_t value;
    uint8_t bytes[8];
    if (x->op != IR_EQ && x->op != IR_NE)
        return COVER_MAYBE;
    const struct ir_expr *read = read_of(x, &value);
    if (!read)
        return compare_texts(ir, x);
    if (read->read.bytes > 4)
        return COVER_MAYBE;
    enum cover_answer has = COVER_NO;
    if (to_bytes(&read->read, value, bytes))
        has = has_bytes(class, (uint64_t)read->kid[0]->i, span_make(bytes, read->read.bytes));
    if (x->op == IR_EQ)
        return has;
    return has == COVER_YES ? COVER_NO : COVER_MAYBE;
}

/* The bytes that every match of the string begins with. */
static size_t leading(const struct ir_string *s, uint8_t out[4])
{
    unsigned other = IR_WIDE | IR_NOCASE | IR_XOR | IR_BASE64 | IR_BASE64WIDE;
    size_t n = 0;
    if (s->flags & other)
        return 0;
    if (s->kind == IR_TEXT) {
        for (; n < 4 && n < s->text.len; n++)
            out[n] = span_byte(s->text, n);
        return n;
    }
    if (!s->re || s->re->kind != RE_CAT)
        return 0;
    for (; n < 4 && n < s->re->count; n++) {
        const struct re *kid = s->re->kids[n];
        if (kid->kind != RE_BYTE || kid->mask != 0xff || kid->negated)
            break;
        out[n] = kid->value;
    }
    return n;
}

enum cover_answer cover_head_at(const struct ir *ir, uint32_t rule, uint32_t string,
                                const struct ir_expr *at, unsigned class)
{
    uint8_t bytes[4];
    if (at->op != IR_INT || at->i < 0 || string >= ir->rules[rule].string_count)
        return COVER_MAYBE;
    size_t n = leading(&ir->rules[rule].strings[string], bytes);
    if (n == 0)
        return COVER_MAYBE;
    /* YES would mean that the whole string is there; only NO is of use */
    return has_bytes(class, (uint64_t)at->i, span_make(bytes, n)) == COVER_NO ? COVER_NO
                                                                              : COVER_MAYBE;
}

bool cover_head_always(const struct ir *ir, const struct ir_expr *x, unsigned class)
{
    switch (x->op) {
    case IR_BOOL:
        return x->i != 0;
    case IR_EQ:
    case IR_NE:
        return cover_head_compare(ir, x, class) == COVER_YES;
    default:
        return false;
    }
}

/* Modules that know nothing of an object unless it begins so; tests/jail/compile/cover_head.c asks
 * them. */
static bool is_foreign(const struct ir_expr *x, unsigned class)
{
    static const struct {
        const char *module;
        unsigned class;
    } owners[] = {{"pe", CLASS_PE}, {"elf", CLASS_ELF}, {"dotnet", CLASS_PE}};
    const struct ir_expr *root = x->kid[0];
    if ((x->op != IR_FIELD && x->op != IR_CALL) || !root || root->op != IR_MODULE)
        return false;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++)
        if (strcmp(root->module->name, owners[i].module) == 0)
            return class != owners[i].class;
    return false;
}

/* `is_...` fields and constants are defined everywhere; a struct is there, but its fields may not.
 */
bool cover_head_undefined(const struct ir_expr *x, unsigned class)
{
    if (!is_foreign(x, class))
        return false;
    const struct field *row = &x->kid[0]->module->fields[x->i];
    return row->kind != FACT_STRUCT && !row->is_const &&
           (row->kind == FACT_FUNCTION || strncmp(row->name, "is_", 3) != 0);
}

bool cover_head_zero(const struct ir_expr *x, unsigned class)
{
    return x->op == IR_FIELD && is_foreign(x, class) && x->field && !x->field->is_const &&
           strncmp(x->field->name, "is_", 3) == 0;
}
