/* Byte comparisons as subsignatures: "trigger(>>offset#options#comparisons)". Hostile bytes: a
 * database's. Facts: ClamAV's manual, "Byte compare subsignatures". *Observed*: the offset counts
 * from the last match of the trigger; nothing is read at the object's first byte; options may stand
 * in any order; text without a byte order is never equal to anything. */
#include "jail/compile/clam.h"

#include "common/text.h"
#include "jail/match/image.h"

enum { HEX_MOST = 18, TEXT_MOST = 255 };

struct compare {
    struct clam *c;
    const struct clam_part *trigger;
    struct ir_expr *place, *value;
    struct ir_expr *there; /* that the last match is at its place; NULL: it may be anywhere */
};

/* What stands before the width. */
struct options {
    bool hex, decimal, automatic, binary, little, big, exact;
    uint64_t bytes;
};

/* As strtol with base 0: "12", "0x1f", "017", each perhaps behind a sign. */
static bool number(struct clam *c, struct span text, int64_t *out)
{
    bool negative = span_byte(text, 0) == '-';
    struct span digits = span_cut(text, negative || span_byte(text, 0) == '+', SIZE_MAX);
    uint64_t n = 0;
    bool ok = digits.len > 0;
    if (span_starts(digits, SPAN_OF("0x"))) {
        ok = text_hex_u64(span_cut(digits, 2, SIZE_MAX), &n);
    } else if (digits.len > 1 && span_byte(digits, 0) == '0') {
        for (size_t i = 0; ok && i < digits.len; i++) {
            uint8_t d = span_byte(digits, i);
            ok = d >= '0' && d <= '7' && n <= INT64_MAX / 8;
            n = n * 8 + (uint64_t)(d - '0');
        }
    } else {
        ok = text_u64(digits, &n);
    }
    *out = negative ? -(int64_t)n : (int64_t)n;
    return (ok && n <= INT64_MAX) || clam_refuse(c, text, "expected a number");
}

/* Where the trigger's last match begins: the last that is not behind its place. */
static struct ir_expr *last_match(struct compare *k)
{
    struct clam *c = k->c;
    const struct clam_place *p = &k->trigger->place;
    struct ir_expr *at = clam_leaf(c, IR_OFFSET);
    struct ir_expr *count = clam_leaf(c, p->anywhere ? IR_COUNT : IR_COUNT_IN);
    if (!at || !count)
        return NULL;
    at->type = IR_T_INT;
    at->string = count->string = k->trigger->first;
    if (!p->anywhere) {
        count->kid[0] = clam_int(c, 0);
        count->kid[1] = p->high;
        count->height = p->high->height + 1;
        k->there = clam_two(c, IR_GE, at, p->low);
    }
    at->kid[0] = count;
    at->height = count->height + 1;
    return at;
}

/* Where the trigger's last match begins, moved by ">>n" or "<<n"; "" and "0" do not move. */
static struct ir_expr *place(struct compare *k, struct span text)
{
    int64_t n = 0;
    struct clam *c = k->c;
    bool forward = span_starts(text, SPAN_OF(">>")), stays = text.len == 0;
    stays = stays || span_equal(text, SPAN_OF("0"));
    if (!stays && !forward && !span_starts(text, SPAN_OF("<<"))) {
        (void)clam_refuse(c, text, "expected '>>' or '<<' and a number");
        return NULL;
    }
    if (!stays && !number(c, span_cut(text, 2, SIZE_MAX), &n))
        return NULL;
    struct ir_expr *at = last_match(k);
    if (!at)
        return NULL;
    return clam_two(c, forward || stays ? IR_ADD : IR_SUB, at, clam_int(c, n));
}

static bool read_options(struct clam *c, struct span text, struct options *o)
{
    size_t at = 0;
    int64_t bytes;
    bool ok = true;
    for (; ok && at < text.len && !text_is_digit(span_byte(text, at)); at++) {
        uint8_t letter = span_byte(text, at);
        o->hex |= letter == 'h';
        o->decimal |= letter == 'd';
        o->automatic |= letter == 'a';
        o->binary |= letter == 'i';
        o->little |= letter == 'l';
        o->big |= letter == 'b';
        o->exact |= letter == 'e';
        ok = span_find_byte(SPAN_OF("hdailbe"), letter, 0) != SIZE_MAX;
    }
    if (!ok || o->hex + o->decimal + o->automatic + o->binary > 1 || (o->little && o->big) ||
        (o->decimal && o->little))
        return clam_refuse(c, text, "expected one of h, d, a, i, then l or b, perhaps e");
    if (!number(c, span_cut(text, at, SIZE_MAX), &bytes))
        return false;
    o->bytes = (uint64_t)bytes;
    if (o->binary && bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
        return clam_refuse(c, text, "a binary number has 1, 2, 4 or 8 bytes");
    if (bytes == 0 || o->bytes > (o->hex ? HEX_MOST : TEXT_MOST))
        return clam_refuse(c, text, "a number of so many bytes is not read");
    o->big = o->big || o->decimal;
    return true;
}

static struct ir_expr *read_value(struct compare *k, const struct options *o)
{
    struct ir_expr *x = clam_leaf(k->c, o->binary ? IR_READ : IR_READ_TEXT);
    if (!x)
        return NULL;
    x->type = IR_T_INT;
    x->kid[0] = k->place;
    x->height = k->place->height + 1;
    x->read = (struct ir_read){.bytes = (uint8_t)o->bytes, .big_endian = o->big};
    x->re_flags = (o->hex ? COND_NUMBER_HEX : 0) | (o->automatic ? COND_NUMBER_AUTO : 0) |
                  (o->little ? COND_NUMBER_LITTLE : 0) | (o->exact ? COND_NUMBER_EXACT : 0);
    return x;
}

/* "=4", ">1,<9". */
static struct ir_expr *compare(struct compare *k, struct span text)
{
    static const enum ir_op ops[256] = {['='] = IR_EQ, ['>'] = IR_GT, ['<'] = IR_LT};
    struct ir_expr *all = NULL;
    struct span one;
    int64_t n;
    for (int count = 0; text_field(&text, ',', &one); count++) {
        enum ir_op op = ops[span_byte(one, 0)];
        if (count == 2 || !op) {
            (void)clam_refuse(k->c, one, "expected one or two of =n, >n, <n");
            return NULL;
        }
        if (!number(k->c, span_cut(one, 1, SIZE_MAX), &n))
            return NULL;
        all = clam_join(k->c, IR_AND, all, clam_two(k->c, op, k->value, clam_int(k->c, n)));
    }
    if (!all)
        (void)clam_refuse(k->c, text, "expected a comparison");
    return all;
}

bool clam_is_compare(struct span text)
{
    size_t open = span_find_byte(text, '(', 0);
    return open != SIZE_MAX && open > 0 && text_is_digit(span_byte(text, 0)) &&
           span_find_byte(text, '#', open) != SIZE_MAX;
}

bool clam_compare(struct clam *c, struct span text, const struct clam_part *parts, uint32_t count,
                  struct clam_part *out)
{
    size_t open = span_find_byte(text, '(', 0);
    struct span rest = span_cut(text, open + 1, SIZE_MAX), offset, options;
    struct compare k = {.c = c};
    struct options o = {0};
    uint64_t index;
    if (span_byte(rest, rest.len ? rest.len - 1 : 0) != ')')
        return clam_refuse(c, text, "expected ')'");
    rest = span_cut(rest, 0, rest.len - 1);
    if (!text_u64(span_cut(text, 0, open), &index))
        return clam_refuse(c, text, "expected the number of a subsignature");
    if (index >= count || parts[index].count != 1 || parts[index].trigger || parts[index].edges ||
        parts[index].place.is_version)
        return clam_refuse(c, text, "expected as trigger a plain pattern before this one");
    k.trigger = &parts[index];
    if (!text_field(&rest, '#', &offset) || !text_field(&rest, '#', &options))
        return clam_refuse(c, text, "expected offset#options#comparisons");
    k.place = place(&k, offset);
    if (!k.place || !read_options(c, options, &o) || !(k.value = read_value(&k, &o)))
        return false;
    struct ir_expr *all = compare(&k, rest);
    if (!all)
        return false;
    /* without a kind or a byte order nothing is ever read */
    bool is_read = (o.binary || o.hex || o.decimal || o.automatic) && (o.little || o.big);
    struct ir_expr *there =
        is_read ? clam_two(c, IR_GT, k.place, clam_int(c, 0)) : clam_leaf(c, IR_BOOL);
    out->trigger = clam_join(c, IR_AND, clam_join(c, IR_AND, k.there, there), all);
    out->trigger_size = 16;
    return out->trigger != NULL;
}
