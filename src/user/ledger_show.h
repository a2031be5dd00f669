/* Entries of a ledger as a person or a program reads them. */
#ifndef CANDOR_LEDGER_SHOW_H
#define CANDOR_LEDGER_SHOW_H

#include "open/ledger_read.h"

/* One line, newline included. Texts are escaped. */
void ledger_show_plain(uint64_t index, const struct ledger_leaf *leaf, struct buf *out);
/* One object, newline included: `index`, `kind`, then the fields; a text that is not UTF-8 has its
 * bad bytes as U+FFFD and its bytes in NAME_b64. */
void ledger_show_json(uint64_t index, const struct ledger_leaf *leaf, struct buf *out);
/* "2026-11-24 14:40:00Z" */
void ledger_show_time(uint64_t time_s, char out[32]);

#endif
