/* Whose signatures a tree head needs: C2SP tlog-policy. A policy is the owner's or the package's
 * own file, read as carefully as a stranger's. */
#ifndef CANDOR_QUORUM_H
#define CANDOR_QUORUM_H

#include "common/note.h"

enum { QUORUM_LOGS_MAX = 32, QUORUM_WITNESSES_MAX = 32, QUORUM_GROUPS_MAX = 32 };

struct quorum_group {
    struct span name;
    uint32_t need;      /* how many members */
    uint32_t witnesses; /* bit a witness */
    uint32_t groups;    /* bit an earlier group */
};

/* Spans borrow from the text. */
struct quorum {
    struct note_key logs[QUORUM_LOGS_MAX];
    struct {
        struct span name;
        struct note_key key;
    } witnesses[QUORUM_WITNESSES_MAX];
    struct quorum_group groups[QUORUM_GROUPS_MAX];
    uint32_t log_count, witness_count, group_count;
    bool has_rule, is_none; /* a quorum line was there; it says "none" */
    bool is_group;          /* the quorum is a group, else a witness */
    uint32_t index;         /* of that group or witness */
};

/* ERR_USAGE names the line. A key of an unknown type (ML-DSA-44 ...) on a log or witness line is
 * passed over, so that a policy may name more than this version knows; a group or quorum that then
 * names it is refused. */
enum err quorum_parse(struct span text, struct quorum *out, struct why *why);
/* `good`: bit a witness whose cosignature was checked. */
bool quorum_is_met(const struct quorum *q, uint32_t good);

/* What a note is worth under a policy. */
struct quorum_verdict {
    bool log_signed;             /* by a log of the policy */
    uint32_t good;               /* witnesses */
    uint64_t newest_s, oldest_s; /* times among the good cosignatures; 0 without any */
};
/* ERR_PEER when a known key's line is false: then nothing of the note is to be believed. */
enum err quorum_weigh(const struct quorum *q, const struct note *n, struct quorum_verdict *out,
                      struct why *why);

#endif
