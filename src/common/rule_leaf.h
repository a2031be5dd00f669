/* A leaf of the rule log: one rule and what it is for, or the end of one. doc/rulelog.md.
 * Strangers' bytes. */
#ifndef CANDOR_RULE_LEAF_H
#define CANDOR_RULE_LEAF_H

#include "common/buf.h"
#include "common/err.h"

enum { RULE_LEAF_ID_MAX = 128, RULE_LEAF_EVIDENCE_MAX = 16, RULE_LEAF_HASHES_MAX = 1000 };

enum rule_op {
    RULE_ADD,    /* one rule */
    RULE_REVOKE, /* the end of a rule or block */
    RULE_HASHES  /* a block of SHA-256 of files, which are their own evidence */
};

struct rule_leaf {
    enum rule_op op;
    struct span id;       /* the rule's name, or the block's */
    struct span evidence; /* ADD: "sha256:HEX", one to 16, a space between */
    struct span class;    /* ADD, HASHES: malware, pua, hacktool or test */
    struct span text; /* ADD: the rule; REVOKE: why, may be empty; HASHES: HEX "\n", 1 to 1000 */
};

/* Spans borrow from `entry`. ERR_PEER with the reason for anything that is not of the form. */
enum err rule_leaf_parse(struct span entry, struct rule_leaf *out, struct why *why);
bool rule_leaf_is_class(struct span word);
/* Whether `hex`, 64 digits, is among the leaf's evidence. */
bool rule_leaf_has_evidence(const struct rule_leaf *leaf, struct span hex);
/* Appends the leaf and reads it back: ERR_USAGE when it breaks the form. */
enum err rule_leaf_print(const struct rule_leaf *leaf, struct buf *out, struct why *why);

#endif
