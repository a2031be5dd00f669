/* Certificates in a PE file's Authenticode signature, as ClamAV's lists of them (.crb) ask: blocked
 * ones are findings, trusted ones make a file trusted. */
#ifndef CANDOR_SIGNERS_H
#define CANDOR_SIGNERS_H

#include "common/arena.h"
#include "jail/match/ruleset.h"
#include "jail/object/object.h"

struct signers;

/* What certificates lie in the object's signature, right or not; in the arena. NULL: none, or no
 * memory. The table must be the file's end, as ClamAV wants it. O(table). */
struct signers *signers_read(struct object *o, struct arena *a);
/* Whether row `index` of IMAGE_SIGNERS is one of them. `s` may be NULL. */
bool signers_have(const struct signers *s, const struct ruleset *r, uint32_t index);
/* Whether a row that is blocked is one of the object's. */
bool signers_blocked(struct object *o, const struct ruleset *r, struct arena *a);
/* Whether the signature holds, of the file as it is, by a certificate that is valid at now_s and
 * leads to a row that is trusted. O(file). */
bool signers_trust(struct object *o, const struct ruleset *r, struct arena *a, int64_t now_s);

#endif
