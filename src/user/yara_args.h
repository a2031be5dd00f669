/* Command lines as yara(1) and yarac(1) read them: `-d x=1`, `--define=x=1`, `-sm` for two flags,
 * never `-p4`. */
#ifndef CANDOR_YARA_ARGS_H
#define CANDOR_YARA_ARGS_H

#include "common/err.h"

enum { YARA_ARGS_MOST = 32 };

enum yara_arg_kind {
    YARA_FLAG,   /* bool *value: turned round */
    YARA_NUMBER, /* int64_t *value */
    YARA_TEXT,   /* const char **value */
    YARA_TEXTS,  /* struct yara_texts *value */
};

struct yara_texts {
    const char *items[YARA_ARGS_MOST];
    uint32_t count;
};

struct yara_arg {
    char letter;      /* 0: none */
    const char *name; /* NULL ends a table */
    enum yara_arg_kind kind;
    void *value;
    const char *what; /* "FILE": what it takes; NULL for flags */
    const char *help;
}; /* at most 64 rows; all but YARA_TEXTS may be given once */

/* Reads argv[1..]; what is no option moves to the front of argv + 1. Returns how many those are, or
 * -1: the complaint, in yara's words, was printed. */
int yara_args_read(const struct yara_arg *table, int argc, char **argv);
/* One line an option, as `yara --help`. */
void yara_args_help(const struct yara_arg *table, int column);

#endif
