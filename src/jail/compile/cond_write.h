/* Inside of cond_emit.c and cond_loops.c. */
#ifndef CANDOR_COND_WRITE_H
#define CANDOR_COND_WRITE_H

#include "jail/compile/cond_emit.h"

struct cond_writer {
    struct image_out *image;
    const struct ir *ir;
    const uint32_t *numbers;
    bool *counted;
    struct cond_code *out;
    const struct ir_expr *strings; /* the for..of around this place, or NULL */
    uint32_t nest, loops;
};

typedef void cond_put_function(struct cond_writer *w, const struct ir_expr *x);

void cond_fail(struct cond_writer *w, const struct ir_expr *x, const char *text);
/* Appends an instruction; its index in this piece of code. */
uint32_t cond_put(struct cond_writer *w, uint8_t op, uint8_t a, uint16_t b, uint32_t c);
/* Sets operand c of an instruction. */
void cond_patch(struct cond_writer *w, uint32_t at, uint32_t to);
/* Where a rule that is referred to stands in the image; fails when it was left out. */
uint32_t cond_rule_number(struct cond_writer *w, const struct ir_expr *x);
uint32_t cond_here(const struct cond_writer *w);
/* Any expression. */
cond_put_function cond_write;
cond_put_function cond_write_string, cond_write_of, cond_write_for_of, cond_write_for_in,
    cond_write_with;

#endif
