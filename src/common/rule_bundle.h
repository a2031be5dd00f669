/* A release of a rule log, and whether its owner's policy lets it in. doc/rulelog.md. Strangers'
 * bytes, whoever carried them. */
#ifndef CANDOR_RULE_BUNDLE_H
#define CANDOR_RULE_BUNDLE_H

#include "common/quorum.h"
#include "common/rule_leaf.h"

enum { RULE_BUNDLE_MOST = 1 << 30, RULE_BUNDLE_FRESH_S = 72 * 3600, RULE_BUNDLE_AHEAD_S = 3600 };

/* What was taken in before: the tree so far. Zeroed: nothing. */
struct rule_bundle_past {
    struct merkle_range range;
};

struct rule_bundle {
    uint64_t from, to;
    struct span note, entries; /* borrowed */
};

struct rule_bundle_verdict {
    bool is_stale;     /* fewer than the policy's quorum cosigned in the last 72 hours: shown as
                          STALE, the rules taken in before stay */
    uint64_t newest_s; /* the newest cosignature; 0 under a policy without witnesses */
    uint64_t fresh_until_s; /* when it becomes stale; UINT64_MAX under a policy without witnesses */
    bool is_signed;         /* a log of the policy signed it: true of a fork, too */
    struct checkpoint head; /* once is_signed; borrows from the bytes */
    uint64_t added, revoked;      /* among the new leaves */
    struct rule_bundle_past next; /* the tree with them */
};

/* The form only: ERR_PEER. */
enum err rule_bundle_parse(struct span bytes, struct rule_bundle *out, struct why *why);
/* The whole question: form, origin, the log's signature, quorum, no smaller tree, every leaf's
 * form, and that the new leaves behind the old ones have the signed root, which is the consistency
 * check. ERR_LEDGER names what was wrong. O(bytes). */
enum err rule_bundle_judge(struct span bytes, const struct quorum *policy,
                           const struct rule_bundle_past *past, uint64_t now_s,
                           struct rule_bundle_verdict *out, struct why *why);

#endif
