/* Whether a condition can be true where there is no code, and thanks to which words. Each part of
 * it gets a class: the least demanding thing that makes it true. The tree is a stranger's: it is
 * walked with a list, values lie on a stack. */
#include "jail/compile/audit.h"

#include "common/text.h"
#include "jail/match/clam_facts.h"

/* Where a number comes from, when a comparison has to know. */
enum origin { FROM_NONE, FROM_COUNT, FROM_READ, FROM_START, FROM_EXTERNAL, FROM_HASH, FROM_FLAG };

struct value {
    enum audit_class need; /* for it to be defined, or true */
    enum audit_class of;   /* FROM_COUNT: of the string that is counted */
    enum origin from;
};

struct visit {
    const struct ir_expr *x;
    bool is_open;
};

struct walk {
    struct ir *ir;
    struct audit_row *rows, *row;
    const enum audit_class *classes;
    uint32_t class_count;
    struct visit *todo;
    uint32_t todo_count, todo_cap;
    struct value *values;
    uint32_t value_count, value_cap;
    struct buf spelled;
    bool bad;
};

static const struct value anything = {AUDIT_FREE, AUDIT_FREE, FROM_NONE};

static struct value need(enum audit_class class)
{
    return (struct value){class, AUDIT_FREE, FROM_NONE};
}

/* Both must hold. */
static enum audit_class both(enum audit_class a, enum audit_class b)
{
    if (a == AUDIT_CODE || b == AUDIT_CODE)
        return AUDIT_CODE;
    return a > b ? a : b;
}

/* `wanted` of these must hold. */
static enum audit_class some(const struct value *v, uint32_t count, uint64_t wanted)
{
    uint32_t have[AUDIT_CLASSES] = {0};
    for (uint32_t i = 0; i < count; i++)
        have[v[i].need]++;
    uint32_t soft = count - have[AUDIT_CODE];
    if (soft < wanted || count == 0)
        return AUDIT_CODE;
    if (have[AUDIT_STRONG])
        return AUDIT_STRONG;
    if (have[AUDIT_PLAIN])
        return soft >= have[AUDIT_CODE] ? AUDIT_PLAIN : AUDIT_WEAK;
    return have[AUDIT_WEAK] ? AUDIT_WEAK : AUDIT_FREE;
}

static enum audit_class string_class(const struct walk *w, uint32_t string)
{
    return string < w->class_count ? w->classes[string] : AUDIT_FREE;
}

static const char *module_of(const struct ir_expr *x)
{
    for (unsigned i = 0; x && i < LIMIT_EXPR_HEIGHT; i++) {
        if (x->op == IR_MODULE)
            return x->module->name;
        x = x->kid[0];
    }
    return "";
}

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_equal(span_text(name), span_text(list[i])))
            return true;
    return false;
}

static bool is_code_module(const char *name)
{
    static const char *const list[] = {"pe", "elf", "macho", "dotnet", "dex", "lnk"};
    return is_one_of(name, list, sizeof list / sizeof list[0]);
}

/* hash.md5(0, filesize) is of the whole file, hash.md5("text") of no file at all. */
static bool is_range(const struct ir_expr *call)
{
    if (call->count < 2)
        return false;
    return call->list[0]->op != IR_INT || call->list[0]->i != 0 || call->list[1]->op != IR_FILESIZE;
}

static struct value call_value(struct walk *w, const struct ir_expr *x, const struct value *v,
                               uint32_t kids)
{
    const char *module = module_of(x->kid[0]);
    struct value out = anything;
    for (uint32_t i = 0; i < kids; i++)
        out.need = both(out.need, v[i].need);
    if (span_equal(span_text(module), SPAN_OF("hash"))) {
        out.from = FROM_HASH;
        out.of = is_range(x) ? AUDIT_STRONG : AUDIT_CODE;
        if (is_range(x))
            w->row->tricks |= AUDIT_RANGE_HASH;
    } else if (span_equal(span_text(module), SPAN_OF("math"))) {
        w->row->tricks |= AUDIT_STATISTICS;
    } else if (is_code_module(module)) {
        out.need = AUDIT_CODE;
    }
    return out;
}

static struct value field_value(const struct ir_expr *x)
{
    if (!is_code_module(module_of(x)))
        return anything;
    bool is_flag = x->field && x->field->kind == FACT_BOOL;
    return is_flag ? (struct value){AUDIT_FREE, AUDIT_CODE, FROM_FLAG} : need(AUDIT_CODE);
}

/* A name's text: a word of a document, an ending of documents, or technical. */
static enum audit_class external_class(struct walk *w, const struct ir_expr *text)
{
    static const char *const endings[] = {"doc",  "docx", "pdf", "xls", "xlsx", "ppt",
                                          "pptx", "odt",  "ods", "rtf", "eml",  "msg",
                                          "txt",  "csv",  "pst", "key"};
    struct buf sample;
    struct span s = text->s;
    if (text->op == IR_REGEX) {
        buf_init(&sample, 4096);
        w->bad = w->bad || !audit_sample(text->re, 0, w->ir->arena, &sample);
        s = arena_copy(w->ir->arena, buf_get(&sample));
        buf_done(&sample);
    } else if (text->op != IR_STRING) {
        return AUDIT_FREE;
    }
    w->row->tricks |= AUDIT_EXTERNAL;
    struct audit_word word = {.bytes = s, .meaning = s, .tricks = AUDIT_EXTERNAL};
    size_t dot = span_find_last(s, SPAN_OF("."));
    struct span end = dot == SIZE_MAX ? s : span_cut(s, dot + 1, SIZE_MAX);
    word.class = audit_judge(s);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (span_equal_nocase(end, span_text(endings[i])))
            word.class = AUDIT_STRONG;
    if (word.class == AUDIT_STRONG || word.class == AUDIT_PLAIN)
        w->bad = w->bad || !audit_add_word(w->ir, w->row, word);
    return word.class;
}

static bool is_positive(enum ir_op op, int64_t i)
{
    return (op == IR_GT && i >= 0) || (op == IR_GE && i > 0) || (op == IR_EQ && i > 0) ||
           (op == IR_NE && i == 0);
}

/* A comparison of two values; x->kid[0] and [1] are what was compared. */
static struct value compare(struct walk *w, const struct ir_expr *x, struct value a, struct value b)
{
    const struct ir_expr *other = x->kid[1];
    struct value out = need(both(a.need, b.need));
    if (a.from == FROM_NONE && b.from != FROM_NONE) {
        a = b;
        other = x->kid[0];
    }
    bool is_same = x->op == IR_EQ || x->op >= IR_CONTAINS;
    if (a.from == FROM_COUNT && other->op == IR_INT && is_positive(x->op, other->i))
        out.need = both(out.need, a.of);
    else if (a.from == FROM_HASH && is_same)
        out.need = both(out.need, a.of);
    else if (a.from == FROM_FLAG && other->op == IR_INT && is_positive(x->op, other->i))
        out.need = AUDIT_CODE;
    else if (a.from == FROM_EXTERNAL && is_same)
        out.need = both(out.need, external_class(w, other));
    else if ((a.from == FROM_READ || a.from == FROM_START) && is_same && other->op == IR_INT)
        out.need = both(out.need,
                        audit_read_class(&(x->kid[0]->op == IR_READ ? x->kid[0] : x->kid[1])->read,
                                         a.from == FROM_START, other->i, &w->spelled));
    return out;
}

static enum audit_class quantified(const struct ir_expr *x, const struct value *list,
                                   uint32_t count)
{
    uint64_t wanted = 1;
    if (x->quant == IR_NONE)
        return AUDIT_FREE;
    if (x->quant == IR_ALL)
        wanted = count;
    else if (x->quant == IR_SOME && x->kid[0] && x->kid[0]->op == IR_INT && x->kid[0]->i > 0)
        wanted = (uint64_t)x->kid[0]->i;
    else if (x->quant == IR_PERCENT && x->kid[0] && x->kid[0]->op == IR_INT && x->kid[0]->i > 0)
        wanted = ((uint64_t)x->kid[0]->i * count + 99) / 100;
    return some(list, count, wanted);
}

static enum audit_class clam_class(const struct ir_expr *x)
{
    bool is_code = x->string != CLAM_IS_TARGET || x->i == CLAM_PE || x->i == CLAM_ELF ||
                   x->i == CLAM_MACHO || x->i == CLAM_JAVA || x->i == CLAM_FLASH;
    return is_code && x->string != CLAM_IN ? AUDIT_CODE : AUDIT_FREE;
}

static void note_number(struct audit_row *row, int64_t i)
{
    if (i > 0 && i <= 512 && row->number_count < AUDIT_NUMBERS_MOST)
        row->numbers[row->number_count++] = (uint32_t)i;
}

static struct value leaf(struct walk *w, const struct ir_expr *x)
{
    switch (x->op) {
    case IR_BOOL:
        return need(x->i ? AUDIT_FREE : AUDIT_CODE);
    case IR_INT:
        note_number(w->row, x->i);
        return anything;
    case IR_EXTERNAL:
        return (struct value){AUDIT_FREE, AUDIT_FREE, FROM_EXTERNAL};
    case IR_RULE:
        w->row->tricks |= AUDIT_STAGED | w->rows[x->i].tricks;
        return need(w->rows[x->i].class);
    case IR_CLAM:
        return need(clam_class(x));
    case IR_MODULE:
    case IR_FIELD:
    case IR_INDEX:
    case IR_LOOKUP:
    case IR_LEN:
        return field_value(x);
    case IR_READ:
        return (struct value){AUDIT_FREE, AUDIT_FREE,
                              x->kid[0]->op == IR_INT ? FROM_START : FROM_READ};
    case IR_COUNT:
    case IR_COUNT_IN:
    case IR_COUNT_VERSION:
    case IR_COUNT_EDGED:
        return (struct value){AUDIT_FREE, string_class(w, x->string), FROM_COUNT};
    case IR_FOUND:
    case IR_FOUND_AT:
    case IR_FOUND_IN:
    case IR_OFFSET:
    case IR_LENGTH:
        return need(string_class(w, x->string));
    default:
        return anything;
    }
}

/* What is true of `x`, given what is true of its kids: kid[0..2] that are there, then the list. */
static struct value combine(struct walk *w, const struct ir_expr *x, const struct value *v,
                            uint32_t kids)
{
    const struct value *list = v + kids;
    struct value out = leaf(w, x);
    if (x->op == IR_NOT || x->op == IR_NE)
        return x->op == IR_NE && v[0].from == FROM_COUNT ? compare(w, x, v[0], v[1]) : anything;
    if (x->op == IR_OR)
        return need(some(list, x->count, 1));
    if (x->op == IR_CALL)
        return call_value(w, x, list, x->count);
    if (x->op == IR_OF || x->op == IR_FOR_OF) {
        out.need = quantified(x, list, x->count);
        for (uint32_t i = x->kid[0] ? 1 : 0; i < kids; i++)
            out.need = x->quant == IR_NONE ? out.need : both(out.need, v[i].need);
        return out;
    }
    if (x->op == IR_FOR_IN && x->quant == IR_NONE)
        return anything;
    if (x->op == IR_TO_BOOL) {
        bool is_set = v[0].from == FROM_COUNT || v[0].from == FROM_FLAG;
        return need(is_set ? v[0].of : v[0].need);
    }
    if (x->op >= IR_EQ && x->op <= IR_MATCHES && kids == 2)
        return compare(w, x, v[0], v[1]);
    for (uint32_t i = 0; i < kids + x->count; i++) {
        out.need = both(out.need, v[i].need);
        if (out.from == FROM_NONE && x->type != IR_T_BOOL && v[i].from != FROM_NONE) {
            out.from = v[i].from;
            out.of = v[i].of;
        }
    }
    return out;
}

static void push(struct walk *w, const struct ir_expr *x)
{
    if (!x || w->bad)
        return;
    if (!arena_grow(w->ir->arena, (void **)&w->todo, &w->todo_cap, w->todo_count + 1,
                    sizeof *w->todo))
        w->bad = true;
    else
        w->todo[w->todo_count++] = (struct visit){x, false};
}

static void finish(struct walk *w, const struct ir_expr *x)
{
    uint32_t kids = 0;
    for (unsigned k = 0; k < 3; k++)
        kids += x->kid[k] != NULL;
    uint32_t all = kids + x->count;
    w->value_count -= all;
    struct value out = combine(w, x, w->values ? w->values + w->value_count : &anything, kids);
    if (!arena_grow(w->ir->arena, (void **)&w->values, &w->value_cap, w->value_count + 1,
                    sizeof out))
        w->bad = true;
    else
        w->values[w->value_count++] = out;
}

static void run(struct walk *w, const struct ir_expr *root)
{
    push(w, root);
    while (w->todo_count > 0 && !w->bad) {
        struct visit *top = &w->todo[w->todo_count - 1];
        const struct ir_expr *x = top->x;
        if (top->is_open) {
            w->todo_count--;
            finish(w, x);
            continue;
        }
        top->is_open = true;
        for (uint32_t k = x->count; k-- > 0;)
            push(w, x->list[k]);
        for (unsigned k = 3; k-- > 0;)
            push(w, x->kid[k]);
    }
}

/* Words that were run together have capitals inside. */
static struct span lower(struct walk *w, struct span text)
{
    uint8_t *out = arena_alloc(w->ir->arena, text.len, 1);
    for (size_t i = 0; out && i < text.len; i++)
        out[i] = text_lower(span_byte(text, i));
    return out ? span_make(out, text.len) : text;
}

/* Letters that numbers spell, as one word. */
static bool judge_spelled(struct walk *w)
{
    struct span text = buf_get(&w->spelled);
    if (text.len < 4)
        return true;
    struct audit_word word = {.tricks = AUDIT_SPELLED, .flags = AUDIT_WORD_RAW};
    word.bytes = word.meaning = arena_copy(w->ir->arena, text);
    word.class = audit_judge(lower(w, text));
    if (word.class < AUDIT_PLAIN)
        return true;
    w->row->tricks |= AUDIT_SPELLED;
    if (w->row->class == AUDIT_FREE)
        w->row->class = word.class;
    return audit_add_word(w->ir, w->row, word);
}

bool audit_condition(struct ir *ir, uint32_t rule, const enum audit_class *classes,
                     struct audit_row *rows)
{
    struct walk w = {.ir = ir,
                     .rows = rows,
                     .row = &rows[rule],
                     .classes = classes,
                     .class_count = ir->rules[rule].string_count};
    buf_init(&w.spelled, 400);
    run(&w, ir->rules[rule].condition);
    bool ok = !w.bad && w.value_count == 1;
    if (ok)
        w.row->class = w.values[0].need;
    ok = ok && judge_spelled(&w);
    buf_done(&w.spelled);
    return ok;
}
