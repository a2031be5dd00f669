/* Fetches whole files from mirrors into the inbox. Its requests hold nothing of this machine: no
 * id, no user agent, no conditional header, no language, no cookie; the same bytes everywhere. */
#ifndef CANDOR_MIRROR_H
#define CANDOR_MIRROR_H

#include "edge/courier_options.h"
#include "edge/inbox.h"

struct mirror;

/* Opens libcurl and reads the certificates that it trusts; all that wants to open files, before the
 * courier confines itself. */
enum err mirror_open(struct mirror **out, const struct courier_options *options, struct why *why);
void mirror_close(struct mirror *c);
/* One file, from the first mirror that gives it whole. What a broken connection left in the inbox
 * goes on where it stood. ERR_PEER: no mirror gave it; why names the last one's reason. */
enum err mirror_fetch(struct mirror *c, const struct inbox *inbox, const char *name,
                      struct why *why);
/* Where a mirror is a folder of this machine: its path, else NULL. */
const char *mirror_folder(const char *mirror);

#endif
