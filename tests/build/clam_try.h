/* One ClamAV database and some bytes: what is found, or what is said. */
#ifndef CANDOR_TEST_CLAM_TRY_H
#define CANDOR_TEST_CLAM_TRY_H

#include "common/buf.h"

struct clam_case {
    const char *line;  /* of a database */
    struct span bytes; /* of an object */
    const char *out;   /* names that are found, each with a space behind it, or what is said */
};

/* Checks cases one by one, the database being called `name`. */
void clam_expect(const char *name, const struct clam_case *cases, size_t count);
/* ZIP archives are opened. Compiles `lines` under that name; what is said and what is found,
 * NUL-terminated, in `out`. */
const char *clam_try(struct buf *out, const char *name, const char *lines, struct span bytes);

#define CLAM_CASES(cases) (cases), sizeof(cases) / sizeof((cases)[0])

#endif
