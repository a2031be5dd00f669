/* What was learnt of a rule as an AUDIT record: its name in a TEXT of flags 1, then a list of
 * items. An item is a letter, a byte, u16le length and as many bytes: S  namespace     F  source N
 * u32le distances W  a wanted text; the byte: AUDIT_WORD_*; class u8, tricks u16le, u16le length of
 * what is to be matched, that, and its meaning */
#ifndef CANDOR_AUDITING_H
#define CANDOR_AUDITING_H

#include "jail/compile/audit.h"

/* ctx: the session. */
void auditing_send(void *ctx, uint32_t number, const struct ir *ir, uint32_t rule,
                   const struct audit_row *row);

#endif
