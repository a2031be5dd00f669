/* Random regular expressions and texts for them, from test_random. */
#ifndef CANDOR_TEST_RANDOM_REGEX_H
#define CANDOR_TEST_RANDOM_REGEX_H

#include "common/buf.h"

/* Valid text without slashes; `lazy`: of its quantifiers. */
void random_regex(struct buf *out, bool lazy);
/* Bytes that such an expression is about. */
void random_text(struct buf *out, uint32_t len, bool is_wide);

#endif
