/* The spellings in which a text string is looked for: as it is, wide, base64 at three offsets. */
#ifndef CANDOR_TEXT_FORMS_H
#define CANDOR_TEXT_FORMS_H

#include "jail/compile/ir.h"

struct form {
    struct span bytes; /* in the arena, or the string's own */
    bool is_wide;      /* two-byte units (for fullword) */
};

enum { FORMS_MAX = 12 };

struct forms {
    struct form items[FORMS_MAX];
    uint32_t count;
};

/* Every spelling of a text string once, in the order in which YARA prefers them. An empty one is
 * left out. False when out of memory. */
bool text_forms(const struct ir_string *s, struct arena *a, struct forms *out);

#endif
