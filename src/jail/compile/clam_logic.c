/* Logical expressions over subsignatures: 0&(1|2)>3,2. The text is a stranger's. Facts: ClamAV's
 * manual, "Logical signatures". *Observed*: `&` and `|` bind alike, and to the right, so that
 * 0|1&2 is 0|(1&2) and 0&1|2 is 0&(1|2); but the last operator within parentheses binds loosest,
 * so that (0&1|2) is (0&1)|2 and (0&1|2&3) is (0&(1|2))&3; a comparison belongs to the index or the
 * parentheses right before it; "0=0" alone is true of what does not have it; A>X,Y asks for more
 * than X matches of at least Y different subsignatures. */
#include "jail/compile/clam.h"

#include "common/text.h"

enum { DEPTH_MAX = 64, ITEMS_MAX = 1024, SIZE_MOST = 20000 };

struct item {
    struct clam_sub sub;
    uint64_t ids;                 /* bit per subsignature in it */
    uint32_t is_size, count_size; /* nodes: what is compared is written more than once */
    uint8_t op;                   /* before the next item of its frame; 0: the last */
};

struct clam_logic_work {
    struct clam *c;
    const struct clam_logic *from;
    struct reader text;
    struct item items[ITEMS_MAX];
    uint32_t count;
    bool counts;                /* some parentheses are compared: every count is needed */
    uint32_t frames[DEPTH_MAX]; /* where each open parenthesis begins in items */
    uint32_t depth;
};

static struct span here(const struct clam_logic_work *p)
{
    return reader_rest(&p->text);
}

static uint8_t peek(const struct clam_logic_work *p)
{
    return span_byte(here(p), 0);
}

static bool refuse(struct clam_logic_work *p, const char *text)
{
    return clam_refuse(p->c, clam_place_of(&p->text), text);
}

static bool number(struct clam_logic_work *p, uint64_t *out)
{
    struct span rest = here(p);
    size_t digits = 0;
    while (digits < rest.len && text_is_digit(span_byte(rest, digits)))
        digits++;
    if (!text_u64(span_cut(rest, 0, digits), out) || *out > INT32_MAX)
        return refuse(p, "expected a number");
    reader_skip(&p->text, digits);
    return true;
}

static bool push(struct clam_logic_work *p, struct item item)
{
    if (p->count == ITEMS_MAX)
        return refuse(p, "the expression is too long");
    p->items[p->count++] = item;
    return true;
}

/* How many of the subsignatures `ids` occur, as a condition: at least `least`. */
static struct ir_expr *distinct(struct clam_logic_work *p, uint64_t ids, uint64_t least)
{
    struct clam *c = p->c;
    struct ir_expr *of = clam_leaf(c, IR_OF), *n = clam_int(c, (int64_t)least);
    if (!of || !n)
        return NULL;
    of->quant = IR_SOME;
    of->kid[0] = n;
    of->list = arena_array(c->arena, struct ir_expr *, CLAM_SUBSIGS);
    if (!of->list)
        return clam_no_memory(c);
    of->height = 2;
    for (uint32_t i = 0; i < CLAM_SUBSIGS; i++) {
        struct clam_sub sub;
        if (!(ids >> i & 1))
            continue;
        if (!p->from->sub(p->from->ctx, i, false, &sub))
            return NULL;
        of->list[of->count++] = sub.is;
        of->height = sub.is->height + 2 > of->height ? sub.is->height + 2 : of->height;
    }
    return of;
}

static bool fits(struct clam_logic_work *p, const struct item *item)
{
    return (item->is_size <= SIZE_MOST && item->count_size <= SIZE_MOST) ||
           refuse(p, "the expression is too large");
}

/* "=X", ">X,Y" behind an operand. */
static bool compare(struct clam_logic_work *p, struct item *item)
{
    static const enum ir_op ops[256] = {['='] = IR_EQ, ['>'] = IR_GT, ['<'] = IR_LT};
    enum ir_op op = ops[peek(p)];
    uint64_t x, y = 0;
    struct ir_expr *whether = item->sub.is;
    uint32_t size = item->is_size;
    reader_skip(&p->text, op == IR_EQ && span_byte(here(p), 1) == '=' ? 2 : 1); /* so is "8==9" */
    if (!number(p, &x))
        return false;
    if (peek(p) == ',') {
        reader_skip(&p->text, 1);
        if (text_is_digit(peek(p)) && !number(p, &y)) /* "0=2,&1" is in use */
            return false;
    }
    if ((uint64_t)__builtin_popcountll(item->ids) < y)
        return refuse(p, "so many different subsignatures are not there");
    item->sub.is = clam_two(p->c, op, item->sub.count, clam_int(p->c, (int64_t)x));
    if (y)
        item->sub.is = clam_join(p->c, IR_AND, item->sub.is, distinct(p, item->ids, y));
    /* says what must be there to whoever looks for the strings that wake a rule */
    bool guarded = item->sub.is_guarded && (op == IR_GT || (op == IR_EQ && x > 0));
    if (guarded)
        item->sub.is = clam_join(p->c, IR_AND, whether, item->sub.is);
    item->sub.is_guarded = false;
    item->is_size = item->count_size + 2 + (y ? size : 0) + (guarded ? size : 0);
    return item->sub.is && fits(p, item);
}

static bool is_comparison(uint8_t c)
{
    return c == '=' || c == '>' || c == '<';
}

/* What follows an operand: comparisons, then an operator, ')' or the end. */
static bool after(struct clam_logic_work *p)
{
    struct item *item = &p->items[p->count - 1];
    if (is_comparison(peek(p)) && !compare(p, item))
        return false;
    uint8_t next = peek(p);
    if (next == '&' || next == '|') {
        item->op = next;
        reader_skip(&p->text, 1);
        return reader_left(&p->text) > 0 || refuse(p, "expected an operand");
    }
    return reader_left(&p->text) == 0 || next == ')' || refuse(p, "expected '&', '|' or ')'");
}

static bool operand(struct clam_logic_work *p)
{
    uint64_t index;
    struct item item = {0};
    if (!number(p, &index))
        return false;
    if (index >= CLAM_SUBSIGS)
        return refuse(p, "a signature has at most 64 subsignatures");
    item.ids = UINT64_C(1) << index;
    bool counted = p->counts || is_comparison(peek(p));
    if (!p->from->sub(p->from->ctx, (uint32_t)index, counted, &item.sub))
        return false;
    item.is_size = item.count_size = item.sub.size;
    return push(p, item) && after(p);
}

/* How often a whole matches that is true only sometimes. */
static struct ir_expr *count_if(struct clam *c, struct ir_expr *is, struct ir_expr *count)
{
    return clam_two(c, IR_MUL, is, count);
}

/* Items from `first` on become one, from the right. */
static bool fold(struct clam_logic_work *p, uint32_t first)
{
    if (p->count == first)
        return refuse(p, "expected an operand");
    struct item sum = p->items[p->count - 1];
    while (p->count-- > first + 1) {
        const struct item *left = &p->items[p->count - 1];
        bool is_and = left->op == '&';
        if (p->counts)
            sum.sub.count = clam_two(p->c, IR_ADD, left->sub.count, sum.sub.count);
        sum.sub.is = clam_join(p->c, is_and ? IR_AND : IR_OR, left->sub.is, sum.sub.is);
        if (is_and && p->counts)
            sum.sub.count = count_if(p->c, sum.sub.is, sum.sub.count);
        sum.ids |= left->ids;
        sum.is_size += left->is_size;
        sum.count_size += left->count_size + (is_and ? sum.is_size : 1);
        sum.sub.is_guarded = false;
        if (!fits(p, &sum) || p->c->bad)
            return false;
    }
    sum.op = 0;
    p->count = first;
    return push(p, sum);
}

/* The items of parentheses become one: the last operator is applied last. */
static bool fold_group(struct clam_logic_work *p, uint32_t first)
{
    if (p->count < first + 3)
        return fold(p, first);
    struct item last = p->items[--p->count];
    uint8_t op = p->items[p->count - 1].op;
    if (!fold(p, first))
        return false;
    p->items[first].op = op;
    return push(p, last) && fold(p, first);
}

static bool open_frame(struct clam_logic_work *p)
{
    if (p->depth == DEPTH_MAX)
        return refuse(p, "parentheses are nested too deep");
    p->frames[p->depth++] = p->count;
    reader_skip(&p->text, 1);
    return true;
}

static bool close_frame(struct clam_logic_work *p)
{
    if (p->depth == 0)
        return refuse(p, "')' without '('");
    if (!fold_group(p, p->frames[--p->depth]))
        return false;
    reader_skip(&p->text, 1);
    return after(p);
}

struct ir_expr *clam_logic(struct clam *c, struct span text, const struct clam_logic *from,
                           uint64_t *used)
{
    if (!c->logic && !(c->logic = arena_new_of(c->arena, struct clam_logic_work)))
        return clam_no_memory(c);
    struct clam_logic_work *p = c->logic;
    p->c = c;
    p->from = from;
    p->text = reader_of(text);
    p->count = p->depth = 0;
    p->counts = false;
    for (size_t i = 1; i < text.len && !p->counts; i++)
        p->counts = span_byte(text, i - 1) == ')' && is_comparison(span_byte(text, i));
    while (reader_left(&p->text)) {
        bool ok = peek(p) == '(' ? open_frame(p) : peek(p) == ')' ? close_frame(p) : operand(p);
        if (!ok)
            return NULL;
    }
    if (p->depth) {
        (void)refuse(p, "')' expected");
        return NULL;
    }
    if (!fold(p, 0))
        return NULL;
    *used = p->items[0].ids;
    c->logic_size = p->items[0].is_size;
    return p->items[0].sub.is;
}
