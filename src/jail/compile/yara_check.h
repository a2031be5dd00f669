/* Types of YARA expressions: makes the nodes of the IR, or says why not. All return NULL when the
 * expression is refused or memory ran out; both are marked in `y`. */
#ifndef CANDOR_YARA_CHECK_H
#define CANDOR_YARA_CHECK_H

#include "jail/compile/yara_state.h"

/* A node at that place of the source. */
struct ir_expr *yara_check_new(struct yara *y, enum ir_op op, enum ir_type type,
                               const struct yara_token *at);
/* kid[slot] = kid; keeps the height, refuses a tree that is too tall. NULL kid: NULL. */
struct ir_expr *yara_check_kid(struct yara *y, struct ir_expr *e, unsigned slot,
                               struct ir_expr *kid);
/* Appends to the list. cap is the list's capacity, the caller's, 0 at first. */
bool yara_check_item(struct yara *y, struct ir_expr *e, struct ir_expr *kid, uint32_t *cap);
/* Any value as a condition: BOOL as it is, INT, FLOAT, STRING through TO_BOOL. */
struct ir_expr *yara_check_bool(struct yara *y, struct ir_expr *e);
/* `e` itself when it is an INT, else an error "WHAT must be an integer, not a ...". */
struct ir_expr *yara_check_int(struct yara *y, struct ir_expr *e, const char *what);
/* An operator of two sides; `at` is its token. Constants are computed. */
struct ir_expr *yara_check_binary(struct yara *y, enum ir_op op, const struct yara_token *at,
                                  struct ir_expr *left, struct ir_expr *right);
/* NEG, BIT_NOT, NOT, DEFINED. */
struct ir_expr *yara_check_unary(struct yara *y, enum ir_op op, const struct yara_token *at,
                                 struct ir_expr *e);
/* "integer", "text" ... */
const char *yara_check_type_name(enum ir_type type);
bool yara_check_is_constant(const struct ir_expr *e, int64_t *value);

/* yara_check_names.c: module values. `field` rows come from the module's tables. */
struct ir_expr *yara_check_names_field(struct yara *y, struct ir_expr *base,
                                       const struct yara_token *name);
struct ir_expr *yara_check_names_index(struct yara *y, struct ir_expr *base, struct ir_expr *index,
                                       const struct yara_token *at);
/* True when `base` is a struct that has a function of that name. */
bool yara_check_names_is_function(const struct ir_expr *base, struct span name);
/* call: op IR_CALL, kid[0] the struct, list the arguments; picks the overload. */
struct ir_expr *yara_check_names_call(struct yara *y, struct ir_expr *call,
                                      const struct yara_token *name);
/* Type of a value described by that row. */
enum ir_type yara_check_names_type(const struct field *f);

#endif
