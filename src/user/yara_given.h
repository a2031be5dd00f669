/* `candor yara -x MODULE=FILE`: files of the owner's for modules. They are read as bytes, packed
 * for the jails (common/channel.h) and looked at there. */
#ifndef CANDOR_YARA_GIVEN_H
#define CANDOR_YARA_GIVEN_H

#include "common/buf.h"
#include "user/yara_args.h"

/* Appends all of them. False: the complaint, in yara's words where it has any, was printed. */
bool yara_given_read(const struct yara_texts *files, struct buf *out);

#endif
