/* A leaf of the owner's own log: a source of rules added by hand, by its content's hash, or taken
 * out again. doc/update.md. */
#ifndef CANDOR_SOURCE_LEAF_H
#define CANDOR_SOURCE_LEAF_H

#include "common/buf.h"
#include "common/err.h"

enum { SOURCE_LEAF_NAME_MAX = 1024 };

struct source_leaf {
    bool is_added; /* else removed: only the name */
    struct span name;
    struct span sha256; /* 64 hexadecimal digits, lower case */
    uint64_t bytes;
};

/* Spans borrow from `entry`. ERR_LEDGER for anything that is not of the form. */
enum err source_leaf_parse(struct span entry, struct source_leaf *out, struct why *why);
/* Appends the leaf; ERR_USAGE when its name breaks the form. */
enum err source_leaf_print(const struct source_leaf *leaf, struct buf *out, struct why *why);

#endif
