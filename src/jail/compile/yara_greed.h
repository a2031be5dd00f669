/* YARA's rule that one regular expression is greedy or lazy throughout. */
#ifndef CANDOR_YARA_GREED_H
#define CANDOR_YARA_GREED_H

#include "common/reader.h"

/* Offset of the first quantifier that is greedy where an earlier one is lazy, or the other way
 * round; SIZE_MAX when all are alike. `text` was accepted by regex_parse. O(len). */
size_t yara_greed_mixed(struct span text);

#endif
