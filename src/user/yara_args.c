/* Command lines as yara reads them. Facts: observed of yara 4.2.3; its options do not follow
 * getopt(3). */
#include "user/yara_args.h"

#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum complaint { FINE, UNKNOWN, TOO_MANY, WANTS_NUMBER, WANTS_TEXT };

static void complain(enum complaint c, const char *option)
{
    static const char *const texts[] = {
        [UNKNOWN] = "unknown option `%s`\n",
        [TOO_MANY] = "too many `%s` options\n",
        [WANTS_NUMBER] = "option `%s` requires an integer argument\n",
        [WANTS_TEXT] = "option `%s` requires a string argument\n",
    };
    (void)fprintf(stderr, texts[c], option);
}

static const struct yara_arg *by_letter(const struct yara_arg *table, char letter)
{
    for (; table->name; table++)
        if (table->letter && table->letter == letter)
            return table;
    return NULL;
}

/* `text` is what stands behind the two dashes. */
static const struct yara_arg *by_name(const struct yara_arg *table, const char *text)
{
    for (; table->name; table++) {
        size_t len = strlen(table->name);
        if (strncmp(text, table->name, len) == 0 && (text[len] == 0 || text[len] == '='))
            return table;
    }
    return NULL;
}

static bool read_number(const char *text, int64_t *out)
{
    struct span s = span_text(text);
    uint64_t v = 0;
    bool negative = span_byte(s, 0) == '-';
    s = negative ? span_cut(s, 1, SIZE_MAX) : s;
    bool hex = s.len > 2 && span_byte(s, 0) == '0' && text_lower(span_byte(s, 1)) == 'x';
    bool ok = hex ? text_hex_u64(span_cut(s, 2, SIZE_MAX), &v) : text_u64(s, &v);
    *out = negative ? -(int64_t)(v & INT64_MAX) : (int64_t)(v & INT64_MAX);
    return ok && v <= INT64_MAX;
}

/* A command line that is being read. */
struct reading {
    const struct yara_arg *table;
    uint64_t seen; /* bit a row: given already */
};

/* *used: the value was taken. value: NULL when none can follow. */
static enum complaint take(struct reading *r, const struct yara_arg *a, const char *value,
                           bool *used)
{
    uint64_t bit = UINT64_C(1) << (a - r->table);
    *used = false;
    if (a->kind != YARA_TEXTS && (r->seen & bit))
        return TOO_MANY;
    r->seen |= bit;
    if (a->kind == YARA_FLAG) {
        bool *flag = a->value;
        *flag = !*flag;
        return FINE;
    }
    if (!value)
        return a->kind == YARA_NUMBER ? WANTS_NUMBER : WANTS_TEXT;
    *used = true;
    if (a->kind == YARA_NUMBER)
        return read_number(value, a->value) ? FINE : WANTS_NUMBER;
    if (a->kind == YARA_TEXT) {
        *(const char **)a->value = value;
        return FINE;
    }
    struct yara_texts *list = a->value;
    if (list->count == YARA_ARGS_MOST)
        return TOO_MANY;
    list->items[list->count++] = value;
    return FINE;
}

static enum complaint read_long(struct reading *r, const char *arg)
{
    const struct yara_arg *a = by_name(r->table, arg + 2);
    const char *equals = strchr(arg, '=');
    bool used;
    return a ? take(r, a, equals ? equals + 1 : NULL, &used) : UNKNOWN;
}

/* A cluster of letters; only the last may take what follows. *used: it did. */
static enum complaint read_short(struct reading *r, const char *arg, const char *next, bool *used)
{
    *used = false;
    for (size_t i = 1; arg[i]; i++) {
        const struct yara_arg *a = by_letter(r->table, arg[i]);
        if (!a)
            return UNKNOWN;
        enum complaint c = take(r, a, arg[i + 1] ? NULL : next, used);
        if (c != FINE)
            return c;
    }
    return FINE;
}

int yara_args_read(const struct yara_arg *table, int argc, char **argv)
{
    struct reading r = {.table = table};
    int kept = 0;
    for (int i = 1; i < argc; i++) {
        char *arg = argv[i];
        enum complaint c = FINE;
        bool used = false;
        if (arg[0] == '-' && arg[1] == '-' && arg[2])
            c = read_long(&r, arg);
        else if (arg[0] == '-' && arg[1] && arg[1] != '-')
            c = read_short(&r, arg, i + 1 < argc ? argv[i + 1] : NULL, &used);
        else
            argv[1 + kept++] = arg;
        if (c != FINE) {
            complain(c, arg);
            return -1;
        }
        i += used;
    }
    return kept;
}

void yara_args_help(const struct yara_arg *table, int column)
{
    for (; table->name; table++) {
        char left[128], letter[8] = "     ";
        if (table->letter)
            (void)snprintf(letter, sizeof letter, "-%c,  ", table->letter);
        (void)snprintf(left, sizeof left, "  %s--%s%s%s", letter, table->name,
                       table->what ? "=" : "", table->what ? table->what : "");
        (void)printf("%-*s%s\n", column, left, table->help);
    }
}
