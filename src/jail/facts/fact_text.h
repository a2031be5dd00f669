/* Texts of foreign encodings as UTF-8, which is what YARA-X's modules give. What is none becomes
 * U+FFFD, as Rust's lossy conversions do it. */
#ifndef CANDOR_FACT_TEXT_H
#define CANDOR_FACT_TEXT_H

#include "jail/facts/module.h"

/* All of `bytes`, which should be UTF-8. Left undefined when out of memory. O(bytes). */
void fact_set_utf8(struct fact *f, struct arena *a, struct span bytes);
/* Little-endian UTF-16 up to a zero unit or the end; an odd byte at the end is left. */
void fact_set_utf16(struct fact *f, struct arena *a, struct span bytes);
/* A GUID's 16 bytes as Windows stores them, in lower case with hyphens. */
void fact_set_guid(struct fact *f, struct arena *a, struct span bytes);
/* What stands before the first zero byte. */
struct span fact_c_text(struct span bytes);

#endif
