/* What the YARA front end says about a source. Quotes of hostile text are escaped. */
#include "common/text.h"
#include "jail/compile/yara_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 400 };

/* YARA names the line it has read to when it notices. */
static uint32_t line_of(const struct yara *y, uint32_t line)
{
    if (!y->fe->in->as_yara)
        return line;
    if (y->content_line)
        return y->content_line;
    return y->in_condition && y->tok.line > line ? y->tok.line : line;
}

static void give(struct yara *y, enum diag_level level, uint32_t line, uint32_t column,
                 const char *text)
{
    struct frontend *fe = y->fe;
    if (level == DIAG_ERROR)
        fe->errors++;
    if (level == DIAG_WARNING)
        fe->warnings++;
    if (!fe->in->diag.give || fe->errors + fe->warnings > LIMIT_DIAGNOSTICS)
        return;
    struct diag d = {.level = level,
                     .file = y->files[y->file_count - 1].name,
                     .rule = y->in_rule ? y->rule.name : (struct span){NULL, 0},
                     .line = line_of(y, line),
                     .column = column,
                     .text = span_text(text)};
    fe->in->diag.give(fe->in->diag.ctx, &d);
}

/* Behind a tab stands what YARA does not say. The rest of the text is escaped: it has no other. */
static void settle_remark(const struct yara *y, char *text)
{
    char *tab = strchr(text, '\t');
    if (tab && y->fe->in->as_yara)
        *tab = 0;
    else if (tab)
        memmove(tab, tab + 1, strlen(tab));
}

static void give_error(struct yara *y, uint32_t line, uint32_t column, const char *format,
                       va_list args)
{
    char text[TEXT_MAX];
    if (y->failed)
        return;
    y->failed = true;
    (void)vsnprintf(text, sizeof text, format, args); /* cut when too long */
    settle_remark(y, text);
    give(y, DIAG_ERROR, line, column, text);
}

void yara_say_error(struct yara *y, const struct yara_token *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    give_error(y, at->line, at->column, format, args);
    va_end(args);
}

void yara_say_error_at(struct yara *y, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    give_error(y, line, column, format, args);
    va_end(args);
}

void yara_say_warning(struct yara *y, uint32_t line, uint32_t column, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    if (y->failed)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args); /* cut when too long */
    va_end(args);
    give(y, DIAG_WARNING, line, column, text);
}

void yara_say_refused(struct yara *y, const struct yara_token *at, struct span rule)
{
    char text[TEXT_MAX], name[160];
    if (y->failed)
        return;
    y->failed = true;
    text_escape_into(name, sizeof name, rule);
    (void)snprintf(text, sizeof text,
                   "left out, because it refers to rule \"%s\", which was refused", name);
    give(y, DIAG_NOTE, at->line, at->column, text);
}

void yara_say_expected(struct yara *y, const char *what)
{
    const struct yara_token *t = &y->tok;
    char found[80];
    if (t->kind == YT_END) {
        yara_say_error(y, t, "expected %s, found the end of the file", what);
        return;
    }
    text_escape_into(found, sizeof found, span_cut(t->source, 0, 60));
    yara_say_error(y, t, "expected %s, found \"%s\"", what, found);
}

void *yara_say_no_memory(struct yara *y)
{
    y->is_out_of_memory = true;
    y->failed = true;
    return NULL;
}
