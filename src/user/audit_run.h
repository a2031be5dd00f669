/* The audit of rules: a jail reads them and says what each wants; documents of prose and of those
 * words are made here and scanned in jails. doc/audit.md. */
#ifndef CANDOR_AUDIT_RUN_H
#define CANDOR_AUDIT_RUN_H

#include "open/build.h"
#include "open/pool.h"
#include "user/audit_docs.h"

enum { AUDIT_DOCUMENTS = 5000 };

struct audit_run {
    uint64_t wanted, seed;      /* how many documents at least, and which; set by the caller */
    struct audit_of_rule *rows; /* by number in the image; name.at NULL: a hole */
    uint32_t count, cap;
    uint64_t documents; /* scanned */
    struct build_result built;
    struct arena *arena;
    struct pool *pool;
    struct prose prose;
    uint64_t not_looked;
    uint32_t plain_done;
    bool bad;
};

/* Compiles the sources and tries every rule. Release with audit_run_done, whatever it returns; the
 * image stays in `built`. */
enum err audit_run(struct audit_run *a, struct sources *sources, struct build_options options,
                   struct why *why);
void audit_run_done(struct audit_run *a);
/* The words that make a rule hunt, decoded, with commas between; in quotes, and all of them, for
 * JSON. */
void audit_run_words(struct buf *b, const struct audit_of_rule *row, bool is_json);

#endif
