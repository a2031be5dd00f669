/* What an object's class, that is its first bytes, decides about parts of conditions. */
#ifndef CANDOR_COVER_HEAD_H
#define CANDOR_COVER_HEAD_H

#include "jail/compile/ir.h"
#include "jail/match/search.h"

enum cover_answer { COVER_MAYBE, COVER_NO, COVER_YES };

/* Whether a comparison can be true of an object of the class. NO: false or undefined for each. YES:
 * true of each. */
enum cover_answer cover_head_compare(const struct ir *ir, const struct ir_expr *x, unsigned class);
/* Whether string `string` of the rule can begin at offset `at`. */
enum cover_answer cover_head_at(const struct ir *ir, uint32_t rule, uint32_t string,
                                const struct ir_expr *at, unsigned class);
/* Whether x is true of every object of the class. */
bool cover_head_always(const struct ir *ir, const struct ir_expr *x, unsigned class);
/* x: a FIELD or CALL directly in a module. Whether every object of the class leaves it undefined
 * or, where it is an array or dictionary, empty. */
bool cover_head_undefined(const struct ir_expr *x, unsigned class);
/* Whether an integer field directly in a module, such as pe.is_pe, is 0 or undefined there. */
bool cover_head_zero(const struct ir_expr *x, unsigned class);

#endif
