/* rule-try: many small (rules, bytes) cases in one process, for tests/system/yara_conformance.py.
 * One case a line on standard input, fields split by tabs, all bytes in hexadecimal: the rules; the
 * data, or "@" and a path; then any number of externals "i:NAME=5", "f:NAME=1.5", "s:NAME=hex",
 * "b:NAME=1" and "n:SPACE=hex", rules of one more namespace. One line of answer: "refused TEXT", or
 * the rules that are true, as rules_scan says them. Not installed. */
#include "scan_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 16, DATA_MAX = 64 << 20 };

struct
try {
    struct source_file files[FIELDS_MAX];
    struct ir_external externals[FIELDS_MAX];
    struct compile_input in;
    uint8_t *data;
    struct span bytes;
};

/* Decodes in place. */
static struct span unhex(char *text)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *out = (uint8_t *)text;
    size_t n = 0;
    for (; text[2 * n] && text[2 * n + 1]; n++) {
        const char *high = strchr(digits, text[2 * n]), *low = strchr(digits, text[2 * n + 1]);
        if (!high || !low)
            abort();
        out[n] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    return span_make(out, n);
}

static void read_data(struct try *t, char *field)
{
    if (*field != '@') {
        t->bytes = unhex(field + 1);
        return;
    }
    FILE *f = fopen(field + 1, "rb");
    if (!f)
        abort();
    t->data = malloc(DATA_MAX);
    t->bytes = span_make(t->data, t->data ? fread(t->data, 1, DATA_MAX, f) : 0);
    (void)fclose(f); /* read only */
}

static void read_extra(struct try *t, char *field)
{
    char *name = field + 2, *value = strchr(field, '=');
    if (!value)
        abort();
    *value++ = 0;
    if (*field == 'n') {
        t->files[t->in.file_count++] = (struct source_file){.name = SPAN_OF("more.yar"),
                                                            .space = span_text(name),
                                                            .bytes = unhex(value),
                                                            .kind = SOURCE_YARA};
        return;
    }
    struct ir_external *e = &t->externals[t->in.external_count++];
    e->name = span_text(name);
    e->kind = *field == 'i'   ? FACT_INT
              : *field == 'f' ? FACT_FLOAT
              : *field == 's' ? FACT_STRING
                              : FACT_BOOL;
    if (*field == 's')
        e->s = unhex(value);
    else if (*field == 'f')
        (void)sscanf(value, "%lf", &e->f); /* the table's own numbers */
    else
        (void)sscanf(value, "%ld", &e->i);
}

static void answer(struct try *t, struct buf *out)
{
    struct compiled c;
    buf_clear(out);
    rules_compile_input(&c, &t->in);
    if (c.err != ERR_NONE) {
        buf_print(out, "refused %s ", c.why.text);
        buf_span(out, buf_get(&c.diags));
        for (size_t i = 0; i < out->len; i++)
            if (out->at[i] == '\n')
                out->at[i] = ' ';
    } else {
        rules_scan(buf_get(&c.image), t->bytes, SCAN_MATCHES, out);
    }
    rules_done(&c);
    buf_byte(out, '\n');
}

static void run(char *line, struct buf *out)
{
    static struct try t;
    t = (struct try){.in = {.files = t.files, .externals = t.externals}};
    uint32_t field = 0;
    for (char *save = NULL, *at = strtok_r(line, "\t\n", &save); at && field < FIELDS_MAX;
         at = strtok_r(NULL, "\t\n", &save), field++) {
        if (field == 0)
            t.files[t.in.file_count++] = (struct source_file){.name = SPAN_OF("test.yar"),
                                                              .space = SPAN_OF("default"),
                                                              .bytes = unhex(at),
                                                              .kind = SOURCE_YARA};
        else if (field == 1)
            read_data(&t, at);
        else
            read_extra(&t, at);
    }
    answer(&t, out);
    free(t.data);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    struct buf out;
    buf_init(&out, 0);
    while (getline(&line, &cap, stdin) > 0) {
        run(line, &out);
        (void)fwrite(out.at, 1, out.len, stdout);
        (void)fflush(stdout); /* so that the caller knows which case ended it */
    }
    buf_done(&out);
    free(line);
    return 0;
}
