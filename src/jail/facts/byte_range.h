/* A stretch of an object's bytes, for modules that compute over one. */
#ifndef CANDOR_BYTE_RANGE_H
#define CANDOR_BYTE_RANGE_H

#include "jail/facts/module.h"

/* Gives [at, at+len), cut at the object's end, to `piece` in order, one view after the other.
 *   returns  false where YARA calls it undefined: a negative number, a start past the last byte, or
 *            bytes that cannot be had; `piece` may then have been called */
bool byte_range_each(struct object *o, int64_t at, int64_t len,
                     void (*piece)(void *ctx, struct span bytes), void *ctx);

/* Results of module functions. */
struct fact value_undefined(void);
struct fact value_int(int64_t v);
struct fact value_float(double v);
/* A copy in the call's arena; undefined when out of memory. */
struct fact value_text(struct module_call *call, struct span s);

#endif
