/* What the parts of the YARA front end share while one file is read. */
#ifndef CANDOR_YARA_STATE_H
#define CANDOR_YARA_STATE_H

#include "common/limits.h"
#include "jail/compile/compile.h"
#include "jail/compile/yara_lex.h"

enum { YARA_FILES_MAX = 17, YARA_VARS_MAX = 32, YARA_FEW_STRINGS = 24 };

/* A name of a loop or a `with`. */
struct yara_var {
    struct span name;
    enum ir_type type;
    const struct field *field; /* of an OBJECT */
};

struct yara_file {
    struct yara_lex lex;
    struct span name;
    uint32_t index; /* in ir->files */
};

struct yara {
    struct frontend *fe;
    struct ir *ir;
    struct arena *arena;
    struct span space;
    struct yara_file files[YARA_FILES_MAX]; /* the source, and the includes open in it */
    uint32_t file_count;
    struct yara_token tok; /* the one being looked at */
    uint64_t taken;        /* tokens so far */
    bool failed;           /* the statement at hand is refused, and that was said */
    bool is_out_of_memory;

    struct ir_rule rule; /* the one at hand, appended to the IR when all of it is right */
    bool in_rule;
    bool *used; /* by string: the condition names it */
    uint32_t strings_cap, used_cap;
    struct map *string_names; /* once there are more than YARA_FEW_STRINGS */
    struct yara_var vars[YARA_VARS_MAX];
    uint32_t var_count;
    uint32_t loops, nesting;
    bool in_condition;
    uint32_t content_line; /* where the content of the string at hand ended; 0: none is at hand */
    struct span defining; /* the string at hand, while its content is read; empty: none */
    bool in_for_of;
};

/* yara_say.c: diagnostics. An error refuses the statement at hand; only its first is given. */
void yara_say_error(struct yara *y, const struct yara_token *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void yara_say_error_at(struct yara *y, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void yara_say_warning(struct yara *y, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The statement is refused because of another one's error, which was counted there. */
void yara_say_refused(struct yara *y, const struct yara_token *at, struct span rule);
/* "expected WHAT, found ..." about the token at hand. */
void yara_say_expected(struct yara *y, const char *what);
/* Marks the parse as out of memory; the statement fails without a word. Returns NULL. */
void *yara_say_no_memory(struct yara *y);

/* yara_source.c: the tokens of a file and its includes as one stream. */
bool yara_source_open(struct yara *y, const struct source_file *file);
void yara_source_next(struct yara *y);
/* The kind of the `ahead`-th token behind the one at hand, without moving or following includes. */
int yara_source_peek(struct yara *y, unsigned ahead);
/* Takes the token when it is of that kind. */
bool yara_source_accept(struct yara *y, int kind);
/* The same, but anything else is an error. */
bool yara_source_expect(struct yara *y, int kind);

/* yara_parse_strings.c. */
bool yara_parse_strings(struct yara *y);
/* Index of the first string of that name; IR_CURRENT when there is none. */
uint32_t yara_parse_strings_find(const struct yara *y, struct span name);
/* Parses a hex string or regular expression; an error is given at its place. NULL then. */
struct re *yara_parse_strings_regex(struct yara *y, const struct yara_token *t);
struct re *yara_parse_strings_hex(struct yara *y, const struct yara_token *t);
/* yara_parse_cond.c. NULL: refused, and said. */
struct ir_expr *yara_parse_cond(struct yara *y);       /* any type */
struct ir_expr *yara_parse_cond_bool(struct yara *y);  /* BOOL */
struct ir_expr *yara_parse_cond_value(struct yara *y); /* arithmetic only: no comparison */
struct ir_expr *yara_parse_cond_int(struct yara *y, const char *what);
bool yara_parse_cond_range(struct yara *y, struct ir_expr **low, struct ir_expr **high);
/* yara_parse_value.c: one operand without its prefixes. */
struct ir_expr *yara_parse_value(struct yara *y);
struct ir_expr *yara_parse_value_name(struct yara *y);
/* yara_parse_loop.c: `of`, `for`, `with`; each begins at its first word, `of` at the word itself.
 */
struct yara_quant {
    enum ir_quant quant;
    struct ir_expr *count; /* SOME, PERCENT */
    uint32_t line, column;
};
struct ir_expr *yara_parse_loop_of(struct yara *y, const struct yara_quant *q);
struct ir_expr *yara_parse_loop_for(struct yara *y);
struct ir_expr *yara_parse_loop_with(struct yara *y);
struct ir_expr *yara_parse_loop_all(struct yara *y); /* all, any, none of */
/* yara_parse_set.c: the set behind `of`, into of->list. strings_only: rules and conditions are
 * refused. *is_strings: only names of strings, so that `in` and `at` may follow. */
bool yara_parse_set(struct yara *y, struct ir_expr *of, bool strings_only, bool *is_strings);

#endif
