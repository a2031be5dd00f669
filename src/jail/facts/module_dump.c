/* Trees of facts as text. The values were taken from hostile input: bytes that are not printable
 * ASCII are escaped. Form: that of YARA 4.5's -D, observed: a struct's fields come in reverse order
 * of declaration, and the order turns round with each array or dictionary on the way. */
#include "jail/facts/module_dump.h"

#include "common/text.h"

enum { DEPTH_MOST = 16 };

/* One struct, array or dictionary that is being printed. */
struct open_node {
    const struct field *fields; /* of a struct; the element's row otherwise */
    const struct fact *fact;
    uint32_t next, depth;
    bool reversed;
};

struct dump {
    struct buf *out;
    bool all; /* extra fields, too */
    struct open_node stack[DEPTH_MOST];
    uint32_t count;
};

static void tabs(struct buf *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        buf_byte(out, '\t');
}

static void put_string(struct buf *out, struct span s)
{
    buf_text(out, " = \"");
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = span_byte(s, i);
        if (text_is_print(c))
            buf_byte(out, c);
        else
            buf_print(out, "\\x%02x", c);
    }
    buf_byte(out, '"');
}

static void put_scalar(struct buf *out, const struct fact *f)
{
    if (f->kind == FACT_INT || f->kind == FACT_BOOL)
        buf_print(out, " = %lld", (long long)f->i);
    else if (f->kind == FACT_FLOAT)
        buf_print(out, " = %f", f->f);
    else if (f->kind == FACT_STRING)
        put_string(out, f->s);
    else
        buf_text(out, " = YR_UNDEFINED");
}

/* Prints what stands behind a name; lists and structs are left open on the stack. */
static void put_value(struct dump *d, const struct field *row, const struct fact *f,
                      const struct open_node *parent)
{
    bool is_list = row->kind == FACT_ARRAY || row->kind == FACT_DICT;
    if (row->kind != FACT_STRUCT && !is_list) {
        put_scalar(d->out, f);
        return;
    }
    /* Items count from 0 in an undefined list, and our own tables are never deeper than the stack.
     */
    if (f->kind == FACT_UNDEFINED || d->count == DEPTH_MOST)
        return;
    struct open_node n = {.fields = row->kids, .fact = f, .reversed = true};
    n.depth = parent ? parent->depth + 1 : 0;
    if (parent)
        n.reversed = is_list ? !parent->reversed : parent->reversed;
    d->stack[d->count++] = n;
}

static void step_struct(struct dump *d, struct open_node *n)
{
    uint32_t i = n->reversed ? n->fact->list.count - 1 - n->next : n->next;
    const struct field *row = &n->fields[i];
    n->next++;
    if (row->kind == FACT_FUNCTION || (row->is_extra && !d->all))
        return;
    buf_byte(d->out, '\n');
    tabs(d->out, n->depth + 1);
    buf_text(d->out, row->name);
    put_value(d, row, &n->fact->list.items[i], n);
}

static void step_array(struct dump *d, struct open_node *n)
{
    uint32_t i = n->next++;
    buf_byte(d->out, '\n');
    tabs(d->out, n->depth + 1);
    buf_print(d->out, "[%u]", i);
    put_value(d, n->fields, &n->fact->list.items[i], n);
}

static void step_dict(struct dump *d, struct open_node *n)
{
    const struct fact_entry *e = &n->fact->dict.entries[n->next++];
    buf_byte(d->out, '\n');
    tabs(d->out, n->depth + 1);
    buf_span(d->out, e->key);
    put_value(d, n->fields, &e->value, n);
}

static void step(struct dump *d)
{
    struct open_node *n = &d->stack[d->count - 1];
    uint32_t total = n->fact->kind == FACT_DICT ? n->fact->dict.count : n->fact->list.count;
    if (n->next == total)
        d->count--;
    else if (n->fact->kind == FACT_STRUCT)
        step_struct(d, n);
    else if (n->fact->kind == FACT_ARRAY)
        step_array(d, n);
    else
        step_dict(d, n);
}

void module_dump(struct buf *out, const struct module *m, const struct fact *root, bool all)
{
    struct dump d = {.out = out, .all = all};
    struct field row = {.name = m->name, .kind = FACT_STRUCT, .kids = m->fields};
    buf_text(out, m->name);
    put_value(&d, &row, root, NULL);
    while (d.count > 0 && !out->bad)
        step(&d);
    buf_byte(out, '\n');
}
