/* JSON of strangers, read in place: checked whole once, then looked into as often as one likes.
 * Nothing is allocated but texts with escapes. */
#ifndef CANDOR_JSON_H
#define CANDOR_JSON_H

#include "common/arena.h"
#include "common/reader.h"

/* NULL when `text` is one JSON array or object and nothing behind it, else what is wrong with it.
 * RFC 8259; as jansson reads it: UTF-8 throughout, integers of 64 bits, numbers that a double
 * holds, no NUL in a key, at most LIMIT_JSON_DEPTH levels. O(text). */
const char *json_fault(struct span text);

/* All below: of a text that has no fault. A value is the span of its text; one that is not there is
 * empty. O(value). */
struct span json_root(struct span text);
/* Member of an object, the last one of that name. Empty for anything but an object. */
struct span json_get(struct span value, struct span name);

struct json_items {
    struct span rest;
};
/* Elements of an array, in order; none of anything else. */
struct json_items json_items(struct span value);
bool json_next(struct json_items *items, struct span *value);

/* A text without its quotes; escapes are undone in the arena. False: it is none, or no memory
 * (*bad is then set). */
bool json_text(struct span value, struct arena *a, struct span *out, bool *bad);
/* A number without fraction and exponent. */
bool json_int(struct span value, int64_t *out);

#endif
