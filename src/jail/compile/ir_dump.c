/* The intermediate representation as text, the same for the same rules: for tests and for the owner
 * who asks how a rule was understood. Conditions are written inside out, in parentheses. What it
 * quotes is hostile and escaped. */
#include "common/limits.h"
#include "common/text.h"
#include "jail/compile/ir.h"

#include <inttypes.h>

static const char *const names[IR_OP_COUNT] = {
    [IR_BOOL] = "bool",
    [IR_INT] = "int",
    [IR_FLOAT] = "float",
    [IR_STRING] = "text",
    [IR_REGEX] = "regex",
    [IR_FILESIZE] = "filesize",
    [IR_ENTRYPOINT] = "entrypoint",
    [IR_VAR] = "var",
    [IR_EXTERNAL] = "external",
    [IR_RULE] = "rule",
    [IR_CLAM] = "clam",
    [IR_READ_TEXT] = "read-text",
    [IR_BACKTRACK] = "backtrack",
    [IR_READ] = "read",
    [IR_MODULE] = "module",
    [IR_FIELD] = "field",
    [IR_INDEX] = "index",
    [IR_LOOKUP] = "lookup",
    [IR_CALL] = "call",
    [IR_LEN] = "len",
    [IR_FOUND] = "found",
    [IR_FOUND_AT] = "found-at",
    [IR_FOUND_IN] = "found-in",
    [IR_COUNT] = "count",
    [IR_COUNT_IN] = "count-in",
    [IR_COUNT_VERSION] = "count-version",
    [IR_COUNT_EDGED] = "count-edged",
    [IR_OFFSET] = "offset",
    [IR_LENGTH] = "length",
    [IR_OF] = "of",
    [IR_FOR_OF] = "for-of",
    [IR_FOR_IN] = "for-in",
    [IR_WITH] = "with",
    [IR_NOT] = "not",
    [IR_AND] = "and",
    [IR_OR] = "or",
    [IR_DEFINED] = "defined",
    [IR_TO_FLOAT] = "float-of",
    [IR_OR_ZERO] = "or-zero",
    [IR_NEG] = "neg",
    [IR_ADD] = "+",
    [IR_SUB] = "-",
    [IR_MUL] = "*",
    [IR_DIV] = "\\",
    [IR_MOD] = "%",
    [IR_BIT_NOT] = "~",
    [IR_BIT_AND] = "&",
    [IR_BIT_OR] = "|",
    [IR_BIT_XOR] = "^",
    [IR_SHL] = "<<",
    [IR_SHR] = ">>",
    [IR_EQ] = "==",
    [IR_NE] = "!=",
    [IR_LT] = "<",
    [IR_LE] = "<=",
    [IR_GT] = ">",
    [IR_GE] = ">=",
    [IR_CONTAINS] = "contains",
    [IR_ICONTAINS] = "icontains",
    [IR_STARTSWITH] = "startswith",
    [IR_ISTARTSWITH] = "istartswith",
    [IR_ENDSWITH] = "endswith",
    [IR_IENDSWITH] = "iendswith",
    [IR_IEQUALS] = "iequals",
    [IR_MATCHES] = "matches",
    [IR_TO_BOOL] = "true-of",
};

static void put_quoted(struct buf *out, struct span s)
{
    buf_byte(out, '"');
    text_escape(out, s);
    buf_byte(out, '"');
}

/* Six places, no locale; very large and very small values keep a power of ten. */
static void put_float(struct buf *out, double f)
{
    int power = 0;
    if (f < 0) {
        buf_byte(out, '-');
        f = -f;
    }
    for (; f >= 1e12; power++)
        f /= 10;
    for (; f > 0 && f < 1e-3; power--)
        f *= 10;
    uint64_t micro = (uint64_t)(f * 1e6 + 0.5);
    buf_print(out, "%" PRIu64 ".%06" PRIu64, micro / 1000000, micro % 1000000);
    if (power)
        buf_print(out, "e%d", power);
}

static void put_string_name(const struct ir_rule *r, uint32_t string, struct buf *out)
{
    if (string == IR_CURRENT) {
        buf_text(out, "$");
        return;
    }
    text_escape(out, r->strings[string].name);
    if (r->strings[string].name.len == 1)
        buf_print(out, "<%" PRIu32 ">", string);
}

static void put_read(const struct ir_read *r, struct buf *out)
{
    buf_print(out, " %s%d%s",
              r->is_float    ? "float"
              : r->is_signed ? "int"
                             : "uint",
              r->bytes * 8, r->big_endian ? "be" : "");
}

static void put_regex(const struct ir_expr *e, struct buf *out)
{
    buf_text(out, " /");
    text_escape(out, e->s);
    buf_print(out, "/%s%s", e->re_flags & RE_NOCASE ? "i" : "", e->re_flags & RE_DOTALL ? "s" : "");
}

/* Constants of a condition stand for themselves, without a word or parentheses. */
static bool put_constant(const struct ir_expr *e, struct buf *out)
{
    switch (e->op) {
    case IR_BOOL:
        buf_text(out, e->i ? "true" : "false");
        return true;
    case IR_INT:
        buf_print(out, "%" PRId64, e->i);
        return true;
    case IR_FLOAT:
        put_float(out, e->f);
        return true;
    case IR_STRING:
        put_quoted(out, e->s);
        return true;
    case IR_FILESIZE:
    case IR_ENTRYPOINT:
        buf_text(out, names[e->op]);
        return true;
    default:
        return false;
    }
}

static void put_quant(const struct ir_expr *e, struct buf *out)
{
    static const char *const quants[] = {"all", "any", "none", "some", "percent"};
    static const char *const wheres[] = {"", " at", " in"};
    static const char *const iters[] = {" range", " values", " each", " pairs"};
    buf_print(out, " %s", quants[e->quant]);
    if (e->op == IR_OF)
        buf_text(out, wheres[e->where]);
    if (e->op == IR_FOR_IN)
        buf_print(out, "%s %" PRIu32 "+%" PRIu32, iters[e->iter], e->vars.first, e->vars.count);
}

/* What a node says besides its kids. */
static void put_details(const struct ir *ir, const struct ir_rule *r, const struct ir_expr *e,
                        struct buf *out)
{
    switch (e->op) {
    case IR_REGEX:
        put_regex(e, out);
        break;
    case IR_VAR:
        buf_print(out, " %" PRId64, e->i);
        break;
    case IR_EXTERNAL:
        buf_byte(out, ' ');
        text_escape(out, ir->externals[e->i].name);
        break;
    case IR_RULE:
        buf_byte(out, ' ');
        text_escape(out, ir->rules[e->i].name);
        break;
    case IR_CLAM:
        buf_print(out, " %" PRIu32 " %" PRId64, e->string, e->i);
        break;
    case IR_BACKTRACK:
        buf_text(out, " /");
        text_escape(out, ir->backtracks[e->i].text);
        buf_print(out, "/ %" PRIx32, ir->backtracks[e->i].flags);
        break;
    case IR_READ_TEXT:
        buf_print(out, " %u %" PRIx32, e->read.bytes, e->re_flags);
        break;
    case IR_READ:
        put_read(&e->read, out);
        break;
    case IR_MODULE:
        buf_print(out, " %s", e->module->name);
        break;
    case IR_FIELD:
        buf_print(out, " %s", e->field->name);
        break;
    case IR_CALL:
        buf_print(out, " %s(%s)", e->field->name, e->field->signature);
        break;
    case IR_FOUND:
    case IR_FOUND_AT:
    case IR_FOUND_IN:
    case IR_COUNT:
    case IR_COUNT_IN:
    case IR_COUNT_VERSION:
    case IR_COUNT_EDGED:
    case IR_OFFSET:
    case IR_LENGTH:
        buf_byte(out, ' ');
        put_string_name(r, e->string, out);
        break;
    case IR_OF:
    case IR_FOR_OF:
    case IR_FOR_IN:
        put_quant(e, out);
        break;
    case IR_WITH:
        buf_print(out, " %" PRIu32 "+%" PRIu32, e->vars.first, e->vars.count);
        break;
    default:
        break;
    }
}

struct frame {
    const struct ir_expr *e;
    uint32_t next; /* 0..2 kids, then the list */
};

/* The next kid or item of the frame, NULL at its end; marks the list with brackets. */
static const struct ir_expr *next_kid(struct frame *f, struct buf *out)
{
    while (f->next < 3) {
        const struct ir_expr *kid = f->e->kid[f->next++];
        if (kid)
            return kid;
    }
    if (f->next == 3 && f->e->count)
        buf_text(out, " [");
    if (f->next - 3 < f->e->count)
        return f->e->list[f->next++ - 3];
    if (f->e->count)
        buf_byte(out, ']');
    return NULL;
}

/* LIMIT_EXPR_HEIGHT, which the front end keeps. */
enum { STACK = 1000 };

static void put_expr(const struct ir *ir, const struct ir_rule *r, const struct ir_expr *e,
                     struct buf *out)
{
    struct frame stack[STACK];
    uint32_t depth = 0;
    while (e) {
        if (!put_constant(e, out)) {
            buf_print(out, "(%s", names[e->op]);
            put_details(ir, r, e, out);
            must(depth < STACK);
            stack[depth++] = (struct frame){e, 0};
        }
        e = NULL;
        while (depth && !e) {
            struct frame *f = &stack[depth - 1];
            e = next_kid(f, out);
            if (e && (f->next != 4 || !f->e->count))
                buf_byte(out, ' ');
            if (!e) {
                buf_byte(out, ')');
                depth--;
            }
        }
    }
}

static void put_meta(const struct ir_meta *m, struct buf *out)
{
    buf_text(out, "  meta ");
    text_escape(out, m->key);
    buf_text(out, " = ");
    switch (m->kind) {
    case IR_META_INT:
        buf_print(out, "%" PRId64, m->i);
        break;
    case IR_META_BOOL:
        buf_text(out, m->i ? "true" : "false");
        break;
    case IR_META_FLOAT:
        put_float(out, m->f);
        break;
    case IR_META_STRING:
        put_quoted(out, m->text);
        break;
    }
    buf_byte(out, '\n');
}

static void put_flags(const struct ir_string *s, struct buf *out)
{
    static const char *const flags[] = {"ascii", "wide",   "nocase",     "fullword", "private",
                                        "xor",   "base64", "base64wide", "dotall"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        uint32_t flag = 1u << i;
        if (!(s->flags & flag))
            continue;
        buf_print(out, " %s", flags[i]);
        if (flag == IR_XOR)
            buf_print(out, "(%d-%d)", s->xor_min, s->xor_max);
        struct span alphabet = flag == IR_BASE64       ? s->base64_alphabet
                               : flag == IR_BASE64WIDE ? s->base64wide_alphabet
                                                       : (struct span){NULL, 0};
        if (alphabet.len) {
            buf_byte(out, '(');
            put_quoted(out, alphabet);
            buf_byte(out, ')');
        }
    }
}

static void put_string(const struct ir_rule *r, uint32_t index, struct buf *out)
{
    static const char *const kinds[] = {"text", "hex", "regex"};
    const struct ir_string *s = &r->strings[index];
    buf_text(out, "  string ");
    put_string_name(r, index, out);
    buf_print(out, " %s ", kinds[s->kind]);
    put_quoted(out, s->text);
    put_flags(s, out);
    buf_byte(out, '\n');
}

void ir_dump_rule(const struct ir *ir, uint32_t rule, struct buf *out)
{
    const struct ir_rule *r = &ir->rules[rule];
    buf_print(out, "%s%srule ", r->is_private ? "private " : "", r->is_global ? "global " : "");
    text_escape(out, r->space);
    buf_byte(out, ':');
    text_escape(out, r->name);
    for (uint32_t i = 0; i < r->tag_count; i++) {
        buf_text(out, i ? " " : " : ");
        text_escape(out, r->tags[i]);
    }
    buf_byte(out, '\n');
    for (uint32_t i = 0; i < r->meta_count; i++)
        put_meta(&r->metas[i], out);
    for (uint32_t i = 0; i < r->string_count; i++)
        put_string(r, i, out);
    buf_text(out, "  condition ");
    put_expr(ir, r, r->condition, out);
    buf_byte(out, '\n');
}

static void put_hash(const struct ir *ir, const struct ir_hash *h, struct buf *out)
{
    static const char *const digests[] = {"md5", "sha1", "sha256"};
    buf_print(out, "hash %s ", digests[h->digest]);
    text_hex(out, span_make(h->bytes, crypto_digest_bytes(h->digest)));
    if (h->size != UINT64_MAX)
        buf_print(out, " %" PRIu64, h->size);
    buf_byte(out, ' ');
    put_quoted(out, h->name);
    buf_text(out, " ");
    text_escape(out, ir->files[h->file]);
    buf_print(out, ":%" PRIu32 "\n", h->line);
}

void ir_dump(const struct ir *ir, struct buf *out)
{
    for (uint32_t i = 0; i < ir->rule_count; i++)
        ir_dump_rule(ir, i, out);
    for (uint32_t i = 0; i < ir->hash_count; i++)
        put_hash(ir, &ir->hashes[i], out);
}
