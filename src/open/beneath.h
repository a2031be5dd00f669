/* openat2 with the rules under which Candor opens anything an owner named: no links, no magic
 * links, nothing above the folder, never blocking. */
#ifndef CANDOR_BENEATH_H
#define CANDOR_BENEATH_H

/* Opens `name` beneath `folder`; O_CLOEXEC is added. -1 and errno. */
int beneath_open(int folder, const char *name, int flags);
/* The same but links on the way are followed, magic links never: for what the owner names himself.
 */
int beneath_open_named(const char *path, int flags);

#endif
