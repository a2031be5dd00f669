/* What YARA's numbers and texts mean. */
#ifndef CANDOR_YARA_TEXT_H
#define CANDOR_YARA_TEXT_H

#include "common/arena.h"

struct yara_number {
    size_t len; /* bytes it takes */
    bool is_float;
    int64_t i;
    double f;
    const char *error; /* static storage; NULL when it is a number */
};

/* `s` begins with a digit: decimal with KB or MB, 0x, 0o, a fraction; '_' between digits. */
struct yara_number yara_text_number(struct span s);
/* Escapes \" \\ \t \n \r \xNN replaced, in the arena. Otherwise *error, static. .at is NULL when
 * out of memory. */
struct span yara_text_unescape(struct span s, struct arena *a, const char **error);
/* A copy whose first byte is '$'. */
struct span yara_text_dollar(struct span s, struct arena *a);

#endif
