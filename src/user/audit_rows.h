/* What a jail said of rules: which texts each wants, and what was learnt when they met documents.
 * Everything in a row is a claim of the jail's, made from a stranger's rules. */
#ifndef CANDOR_AUDIT_ROWS_H
#define CANDOR_AUDIT_ROWS_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/channel.h"

/* As enum audit_class and the bits of src/jail/compile/audit.h: the jail's numbers. */
enum { CLASS_CODE, CLASS_FREE, CLASS_WEAK, CLASS_PLAIN, CLASS_STRONG };
enum { TRICK_RANGE_HASH = 1, TRICK_STATISTICS = 2, TRICKS = 10 };
enum { TRICKS_OPEN = 32 + 64 }; /* hex strings and regular expressions: documents can hold those */
enum { WORD_WIDE = 1, WORD_NOCASE = 2, WORD_BASE64 = 4, WORD_RAW = 8 };
enum { ROW_WORDS_MOST = 64, ROW_NUMBERS_MOST = 8 };

struct audit_want {
    struct span bytes, meaning;
    unsigned class, flags, tricks;
};

enum audit_verdict { AUDIT_MALWARE, AUDIT_UNCLEAR, AUDIT_HUNTS, AUDIT_VERDICTS };

struct audit_of_rule {
    struct span name, space, source; /* in the arena; name.at is NULL for a hole */
    uint32_t line, strings;
    unsigned class;
    uint64_t tricks, code_strings;
    bool is_private;
    struct audit_want *wants;
    uint32_t want_count, want_cap;
    uint32_t numbers[ROW_NUMBERS_MOST], number_count;
    uint32_t own_docs, own_hits;     /* documents with its own words */
    uint32_t plain_docs, plain_hits; /* documents without */
};

/* Takes an AUDIT record. False: out of memory, or not what it should be. */
bool audit_rows_take(struct audit_of_rule *row, struct arena *a, const struct record *r,
                     struct span name, struct span items);
enum audit_verdict audit_rows_verdict(const struct audit_of_rule *row);
const char *audit_verdict_name(enum audit_verdict v);
/* Appends why, in words. */
void audit_rows_why(const struct audit_of_rule *row, struct buf *out);

#endif
