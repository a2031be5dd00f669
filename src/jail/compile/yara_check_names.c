/* Types of module values: fields, elements, calls. Reads the modules' own tables and hostile names.
 * Facts: YARA's manual ("Modules") and yarac 4.2.3, which takes arguments of the exact types only.
 */
#include "common/text.h"
#include "jail/compile/yara_check.h"

enum ir_type yara_check_names_type(const struct field *f)
{
    switch (f->kind) {
    case FACT_BOOL:
    case FACT_INT:
        return IR_T_INT;
    case FACT_FLOAT:
        return IR_T_FLOAT;
    case FACT_STRING:
        return IR_T_STRING;
    case FACT_REGEX:
        return IR_T_REGEX;
    default:
        return IR_T_OBJECT;
    }
}

/* The fields of a struct, a module's root included; NULL when `e` is no struct. */
static const struct field *fields_of(const struct ir_expr *e)
{
    if (e->type != IR_T_OBJECT)
        return NULL;
    if (!e->field)
        return e->module ? e->module->fields : NULL;
    return e->field->kind == FACT_STRUCT ? e->field->kids : NULL;
}

static const struct field *find_field(const struct field *f, struct span name)
{
    for (; f && f->name; f++)
        if (span_equal(span_text(f->name), name))
            return f;
    return NULL;
}

bool yara_check_names_is_function(const struct ir_expr *base, struct span name)
{
    const struct field *f = find_field(fields_of(base), name);
    return f && f->kind == FACT_FUNCTION;
}

static struct ir_expr *constant(struct yara *y, const struct field *f, const struct yara_token *at)
{
    struct ir_expr *e = yara_check_new(y, IR_INT, IR_T_INT, at);
    if (e)
        e->i = f->value;
    return e;
}

/* Of a value, for messages. */
static const char *name_of(const struct ir_expr *e)
{
    return e->field && e->field->name ? e->field->name : "";
}

struct ir_expr *yara_check_names_field(struct yara *y, struct ir_expr *base,
                                       const struct yara_token *name)
{
    char shown[160];
    if (!base)
        return NULL;
    const struct field *fields = fields_of(base);
    const struct field *f = find_field(fields, name->text);
    text_escape_into(shown, sizeof shown, name->text);
    if (!fields) {
        yara_say_error(y, name, "\"%s\" is not a structure\t: .%s behind it", name_of(base), shown);
        return NULL;
    }
    if (!f) {
        yara_say_error(y, name, "invalid field name \"%s\"", shown);
        return NULL;
    }
    if (f->is_const)
        return constant(y, f, name);
    struct ir_expr *e = yara_check_new(y, IR_FIELD, yara_check_names_type(f), name);
    if (!e)
        return NULL;
    e->i = f - fields;
    e->field = f;
    return yara_check_kid(y, e, 0, base);
}

struct ir_expr *yara_check_names_index(struct yara *y, struct ir_expr *base, struct ir_expr *index,
                                       const struct yara_token *at)
{
    if (!base || !index)
        return NULL;
    enum fact_kind kind =
        base->type == IR_T_OBJECT && base->field ? base->field->kind : FACT_UNDEFINED;
    if (kind != FACT_ARRAY && kind != FACT_DICT) {
        yara_say_error(y, at, "\"%s\" is not an array or dictionary\t: [ behind it", name_of(base));
        return NULL;
    }
    enum ir_type want = kind == FACT_ARRAY ? IR_T_INT : IR_T_STRING;
    if (index->type != want) {
        yara_say_error_at(y, index->line, index->column, "%s, not %s",
                          kind == FACT_ARRAY ? "array indexes must be of integer type\t"
                                             : "dictionary keys must be of string type\t",
                          yara_check_type_name(index->type));
        return NULL;
    }
    const struct field *element = base->field->kids;
    struct ir_expr *e = yara_check_new(y, kind == FACT_ARRAY ? IR_INDEX : IR_LOOKUP,
                                       yara_check_names_type(element), at);
    if (!e)
        return NULL;
    e->field = element;
    return yara_check_kid(y, yara_check_kid(y, e, 0, base), 1, index);
}

static bool fits(const char *signature, const struct ir_expr *call)
{
    static const char letters[] = {[IR_T_BOOL] = 'b',   [IR_T_INT] = 'i',   [IR_T_FLOAT] = 'f',
                                   [IR_T_STRING] = 's', [IR_T_REGEX] = 'r', [IR_T_OBJECT] = '?'};
    uint32_t n = 0;
    while (signature[n] && signature[n] != '>') {
        if (n >= call->count || letters[call->list[n]->type] != signature[n])
            return false;
        n++;
    }
    return n == call->count;
}

static enum ir_type result_type(const char *signature)
{
    while (*signature && *signature != '>')
        signature++;
    switch (*signature ? signature[1] : 0) {
    case 'f':
        return IR_T_FLOAT;
    case 's':
        return IR_T_STRING;
    default:
        return IR_T_INT;
    }
}

/* All overloads, as the tables spell them. */
static void say_arguments(struct yara *y, const struct field *f, const struct yara_token *name)
{
    char shown[160];
    struct buf have;
    buf_init(&have, 200); /* longer lists are cut */
    text_escape_into(shown, sizeof shown, name->text);
    for (const struct field *row = f; row->name && span_equal(span_text(row->name), name->text);
         row++) {
        struct span all = span_text(row->signature), arguments = all;
        (void)text_field(&all, '>', &arguments); /* empty when there are none */
        buf_text(&have, row == f ? "(" : " or (");
        buf_span(&have, arguments);
        buf_byte(&have, ')');
    }
    buf_byte(&have, 0);
    yara_say_error(y, name,
                   "wrong arguments for function \"%s\"\t: it takes %s (i integer, f "
                   "fraction, s text, r regular expression, b condition)",
                   shown, have.bad ? "others" : (const char *)have.at);
    buf_done(&have);
}

struct ir_expr *yara_check_names_call(struct yara *y, struct ir_expr *call,
                                      const struct yara_token *name)
{
    const struct field *fields = fields_of(call->kid[0]);
    const struct field *f = find_field(fields, name->text);
    for (const struct field *row = f; row && row->name && row->kind == FACT_FUNCTION &&
                                      span_equal(span_text(row->name), name->text);
         row++)
        if (fits(row->signature, call)) {
            call->i = row - fields;
            call->type = result_type(row->signature);
            call->field = row;
            return call;
        }
    say_arguments(y, f, name);
    return NULL;
}
