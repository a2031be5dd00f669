/* Escapes of a regular expression that mean nothing special. */
#ifndef CANDOR_YARA_ESCAPE_H
#define CANDOR_YARA_ESCAPE_H

#include "common/reader.h"

/* Offset of the first backslash before a letter or digit that no escape is made of, which YARA
 * reads as that letter; SIZE_MAX when there is none. O(len). */
size_t yara_escape_unknown(struct span text);

#endif
