/* What `candor yara` must know of the rules beyond which of them are true. */
#ifndef CANDOR_DESCRIBE_H
#define CANDOR_DESCRIBE_H

#include "common/err.h"
#include "jail/session.h"

/* ABOUT records of the modules there are, then of every rule of the image, in order: name,
 * namespace, source, tags and, with `metas`, metadata. ERR_IMAGE when it is none. */
enum err describe_send(struct session *s, struct span image, bool metas, struct why *why);

#endif
