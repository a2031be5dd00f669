/* Old segments become lists of hashes: the tree and its head stay, the texts go. */
#ifndef CANDOR_LEDGER_RETAIN_H
#define CANDOR_LEDGER_RETAIN_H

#include "common/err.h"

/* Index of the first entry of a segment. */
enum err ledger_retain_first(int dir, uint32_t number, uint64_t *index, struct why *why);
/* Writes the segment's hashes aside, then removes its texts. ERR_LEDGER when it is damaged: then it
 * stays. */
enum err ledger_retain_drop(int dir, uint32_t number, struct why *why);

#endif
