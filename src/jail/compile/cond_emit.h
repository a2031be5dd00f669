/* From a rule's condition to the machine's code. */
#ifndef CANDOR_COND_EMIT_H
#define CANDOR_COND_EMIT_H

#include "jail/compile/image_emit.h"

/* Conditions nested deeper than this are refused: the walks over them are recursive. */
enum { COND_NEST_MAX = 400 };
/* In `numbers`: that rule is not in the image. */
enum { COND_LEFT_OUT = 0xffffffff };

struct cond_code {
    uint32_t first, count; /* in IMAGE_CODE */
    uint32_t loops;        /* instructions that lie inside loops */
    bool failed;           /* text, line and column say why */
    char text[160];
    uint32_t line, column;
};

/* numbers[i]: index in the image of ir rule i, or COND_LEFT_OUT. counted[i]: set for string i of
 * the rule when the condition asks more of it than whether it occurs. */
void cond_emit(struct image_out *o, const struct ir *ir, const struct ir_rule *rule,
               const struct ir_expr *x, const uint32_t *numbers, bool *counted,
               struct cond_code *out);
/* Whether a condition that needs no strings is so cheap that gates hold it. */
bool gate_is_cheap(const struct ir_expr *x);
/* The part of a condition that needs neither modules nor other rules, and of strings only those
 * that are compared where they are asked for (placed[i]), as a condition of its own that is true
 * wherever the whole is; NULL when nothing of it remains. */
const struct ir_expr *gate_of(struct ir *ir, const struct ir_expr *x, const bool *placed);

#endif
