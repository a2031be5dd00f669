/* Prints doc/modules.md: every module's fields, constants and functions, from their tables. No
 * input is read. */
#include <stdio.h>

#include "jail/facts/module.h"

static const char *kind_name(const struct field *f)
{
    static const char *const names[] = {
        [FACT_BOOL] = "boolean",    [FACT_INT] = "integer",      [FACT_FLOAT] = "float",
        [FACT_STRING] = "string",   [FACT_STRUCT] = "structure", [FACT_ARRAY] = "array",
        [FACT_DICT] = "dictionary",
    };
    return names[f->kind] ? names[f->kind] : "?";
}

static const char *letter_name(char c)
{
    return c == 'i'   ? "integer"
           : c == 'f' ? "float"
           : c == 's' ? "string"
           : c == 'r' ? "regex"
                      : "boolean";
}

static void print_call(const char *prefix, const struct field *f)
{
    printf("| `%s%s(", prefix, f->name);
    const char *s = f->signature;
    for (; *s && *s != '>'; s++)
        printf("%s%s", s == f->signature ? "" : ", ", letter_name(*s));
    printf(")` | %s | %s |\n", *s ? letter_name(s[1]) : "?", f->doc ? f->doc : "");
}

/* Our own tables nest a few levels only. */
static void print_fields(const struct field *fields, const char *prefix)
{
    for (const struct field *f = fields; f->name; f++) {
        char deeper[256];
        if (f->is_const)
            continue;
        if (f->kind == FACT_FUNCTION) {
            print_call(prefix, f);
            continue;
        }
        printf("| `%s%s` | %s | %s |\n", prefix, f->name, kind_name(f), f->doc ? f->doc : "");
        const char *join = f->kind == FACT_ARRAY ? "[i]." : f->kind == FACT_DICT ? "[key]." : ".";
        (void)snprintf(deeper, sizeof deeper, "%s%s%s", prefix, f->name, join);
        bool is_list = f->kind == FACT_ARRAY || f->kind == FACT_DICT;
        const struct field *kids = is_list ? f->kids[0].kids : f->kids;
        if (kids)
            print_fields(kids, deeper);
    }
}

static void print_constants(const struct field *fields)
{
    uint32_t count = 0;
    for (const struct field *f = fields; f->name; f++)
        if (f->is_const)
            printf("%s`%s` %lld", count++ ? ", " : "\nConstants: ", f->name, (long long)f->value);
    if (count)
        printf("\n");
}

int main(void)
{
    const struct module *m;
    printf("# Modules\n\n*Made by `scripts/doc-modules`; do not edit.*\n\n"
           "What conditions may ask after `import \"name\"`. A field is undefined where the object "
           "has no such thing.\n");
    for (uint32_t i = 0; (m = module_at(i)) != NULL; i++) {
        char prefix[64];
        (void)snprintf(prefix, sizeof prefix, "%s.", m->name);
        printf("\n## %s\n\n| name | type | what |\n|---|---|---|\n", m->name);
        print_fields(m->fields, prefix);
        print_constants(m->fields);
    }
    return 0;
}
