/* Byte comparisons as subsignatures: "trigger(>>offset#options#comparisons)". Hostile bytes: a
 * database's. Facts: ClamAV's manual, "Byte compare subsignatures". *Observed*: the offset counts
 * from the last match of the trigger. Numbers in binary only; those written as text are refused. */
#include "jail/compile/clam.h"

#include "common/text.h"

struct compare {
    struct clam *c;
    const struct clam_part *trigger;
    struct ir_expr *value;
};

/* "12" or "0x1f". */
static bool number(struct clam *c, struct span text, uint64_t *out)
{
    bool is_hex = span_starts(text, SPAN_OF("0x"));
    bool ok = is_hex ? text_hex_u64(span_cut(text, 2, SIZE_MAX), out) : text_u64(text, out);
    return (ok && *out <= INT64_MAX) || clam_refuse(c, text, "expected a number");
}

/* Where the trigger's last match begins, moved by ">>n" or "<<n". */
static struct ir_expr *place(struct compare *k, struct span text)
{
    uint64_t n;
    struct clam *c = k->c;
    bool forward = span_starts(text, SPAN_OF(">>"));
    if (!forward && !span_starts(text, SPAN_OF("<<"))) {
        (void)clam_refuse(c, text, "expected '>>' or '<<' and a number");
        return NULL;
    }
    if (!number(c, span_cut(text, 2, SIZE_MAX), &n))
        return NULL;
    struct ir_expr *at = clam_leaf(c, IR_OFFSET), *count = clam_leaf(c, IR_COUNT);
    if (!at || !count)
        return NULL;
    at->type = IR_T_INT;
    at->string = count->string = k->trigger->first;
    at->kid[0] = count;
    at->height = 2;
    return clam_two(c, forward ? IR_ADD : IR_SUB, at, clam_int(c, (int64_t)n));
}

/* "ib4", "il2e": byte order, width. */
static bool read_value(struct compare *k, struct span options, struct ir_expr *at)
{
    struct clam *c = k->c;
    uint8_t order = span_byte(options, 1);
    size_t digits = span_byte(options, 2) == 'e' ? 3 : 2;
    uint64_t bytes;
    if (span_byte(options, 0) != 'i')
        return clam_refuse(c, options,
                           "comparisons of numbers written as text are not supported yet");
    if (order != 'l' && order != 'b')
        return clam_refuse(c, options, "expected the byte order, l or b");
    if (!number(c, span_cut(options, digits, SIZE_MAX), &bytes))
        return false;
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
        return clam_refuse(c, options, "a binary number has 1, 2, 4 or 8 bytes");
    struct ir_expr *x = at ? clam_leaf(c, IR_READ) : NULL;
    if (!x)
        return false;
    x->type = IR_T_INT;
    x->kid[0] = at;
    x->height = at->height + 1;
    x->read = (struct ir_read){.bytes = (uint8_t)bytes, .big_endian = order == 'b'};
    k->value = x;
    return true;
}

/* "=4", ">1,<9". */
static struct ir_expr *compare(struct compare *k, struct span text)
{
    static const enum ir_op ops[256] = {['='] = IR_EQ, ['>'] = IR_GT, ['<'] = IR_LT};
    struct ir_expr *all = NULL;
    struct span one;
    uint64_t n;
    for (int count = 0; text_field(&text, ',', &one); count++) {
        enum ir_op op = ops[span_byte(one, 0)];
        if (count == 2 || !op) {
            (void)clam_refuse(k->c, one, "expected one or two of =n, >n, <n");
            return NULL;
        }
        if (!number(k->c, span_cut(one, 1, SIZE_MAX), &n))
            return NULL;
        all =
            clam_join(k->c, IR_AND, all, clam_two(k->c, op, k->value, clam_int(k->c, (int64_t)n)));
    }
    if (!all)
        (void)clam_refuse(k->c, text, "expected a comparison");
    return all;
}

bool clam_is_compare(struct span text)
{
    size_t open = span_find_byte(text, '(', 0);
    return open != SIZE_MAX && open > 0 && text_is_digit(span_byte(text, 0)) &&
           (span_byte(text, open + 1) == '>' || span_byte(text, open + 1) == '<');
}

bool clam_compare(struct clam *c, struct span text, const struct clam_part *parts, uint32_t count,
                  struct clam_part *out)
{
    size_t open = span_find_byte(text, '(', 0);
    struct span rest = span_cut(text, open + 1, SIZE_MAX), offset, options;
    struct compare k = {.c = c};
    uint64_t index;
    if (span_byte(rest, rest.len ? rest.len - 1 : 0) != ')')
        return clam_refuse(c, text, "expected ')'");
    rest = span_cut(rest, 0, rest.len - 1);
    if (!number(c, span_cut(text, 0, open), &index))
        return false;
    if (index >= count || parts[index].count != 1 || parts[index].trigger ||
        !parts[index].place.anywhere)
        return clam_refuse(c, text,
                           "expected as trigger a pattern before this one, without offset");
    k.trigger = &parts[index];
    if (!text_field(&rest, '#', &offset) || !text_field(&rest, '#', &options))
        return clam_refuse(c, text, "expected offset#options#comparisons");
    if (!read_value(&k, options, place(&k, offset)))
        return false;
    out->trigger = compare(&k, rest);
    return out->trigger != NULL;
}
