/* Rules about members of containers: asked of what a container says of each member, whether or not
 * that can be opened. */
#ifndef CANDOR_MEMBERS_H
#define CANDOR_MEMBERS_H

#include "jail/match/engine.h"
#include "jail/object/member.h"

struct members;

/* *out: NULL when the image has no such rule. The engine is borrowed and outlives it. */
enum err members_open(struct members **out, const struct engine *e, struct why *why);
void members_close(struct members *m);
/* A file begins; NULL is fine. */
void members_begin(struct members *m);
/* Findings are the container's, each rule once for each container. Nothing happens when `m` is
 * NULL, or when the container is on an allow list. O(rules), charged to the budget. */
void members_scan(struct members *m, struct object *container, const struct member *what,
                  struct budget *budget, const struct sink *sink);

#endif
