/* A tree as text, for tests: cat as (a b), alt as (a|b), repeat as a{1,3} with ? when lazy. */
#ifndef CANDOR_TEST_RE_TEXT_H
#define CANDOR_TEST_RE_TEXT_H

#include "common/buf.h"
#include "jail/compile/re.h"

void re_text(struct buf *out, const struct re *node);

#endif
