/* The text-like kinds: plain text, scripts, markup, mail, armour. For sniff.c. */
#ifndef CANDOR_SNIFF_TEXT_H
#define CANDOR_SNIFF_TEXT_H

#include "common/types.h"

/* `head` is the object's beginning; `is_all` when it is the whole object. TYPE_DATA when it is no
 * text. */
enum object_type sniff_text_type(struct span head, bool is_all);

#endif
