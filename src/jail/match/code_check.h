/* Checks the code of conditions and gates before anything runs it. */
#ifndef CANDOR_CODE_CHECK_H
#define CANDOR_CODE_CHECK_H

#include "jail/match/ruleset.h"

struct code_check;

/* Scratch for code of up to `longest` instructions; NULL when out of memory. */
struct code_check *code_check_new(const struct ruleset *r, uint32_t longest);
void code_check_free(struct code_check *k);
/* NULL when [first, first+count) is sound code for rule `index`: every instruction known, every
 * operand inside its table, jumps forward to instructions of the same loop, one stack depth at each
 * place, loops nested and closed, the last instruction (and no other) a RETURN. Else what is wrong,
 * static text. */
const char *code_check_run(struct code_check *k, uint32_t index, const struct image_rule *rule,
                           uint32_t first, uint32_t count);

#endif
