/* Builds a small DEX file in code: one class with a static field and two methods, one with code. */
#ifndef CANDOR_MAKE_DEX_H
#define CANDOR_MAKE_DEX_H

#include "common/buf.h"

/* Appends the file. version: "035" to "039". Class Lcom/a/B; with count : I, <init> (direct) and
 * run (virtual), both of prototype V. */
void make_dex(struct buf *out, const char *version);

#endif
