/* What kind of thing an object is, by its bytes alone: names are an attacker's, too. */
#ifndef CANDOR_SNIFF_H
#define CANDOR_SNIFF_H

#include "common/types.h"
#include "jail/object/source.h"

/* Looks at the first 64 KiB and, for disk images, at the last 512 bytes. Never fails: what it does
 * not know is TYPE_TEXT or TYPE_DATA. */
enum object_type sniff_type(struct source *s);

#endif
