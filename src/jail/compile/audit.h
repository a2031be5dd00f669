/* Asks of each rule whether it hunts documents: what it wants, decoded, and whether its condition
 * can be true where there is no code. Runs in the compile jail over what front ends read; the rules
 * are strangers'. Facts: doc/audit.md. */
#ifndef CANDOR_AUDIT_H
#define CANDOR_AUDIT_H

#include "common/buf.h"
#include "jail/compile/audit_text.h"
#include "jail/compile/ir.h"

/* How a rule hides what it wants, or hunts without words; bits. */
enum audit_trick {
    AUDIT_RANGE_HASH = 1 << 0, /* hash or checksum of a part of the file */
    AUDIT_STATISTICS = 1 << 1, /* entropy, means, counts of bytes */
    AUDIT_SPELLED = 1 << 2,    /* numbers that spell letters */
    AUDIT_XOR = 1 << 3,        /* words under `xor`, or xored by hand */
    AUDIT_BASE64 = 1 << 4,     /* words under base64 */
    AUDIT_HEX = 1 << 5,        /* words written as a hex string */
    AUDIT_REGEX = 1 << 6,      /* words written as a regular expression */
    AUDIT_STAGED = 1 << 7,     /* another rule does the hunting */
    AUDIT_EXTERNAL = 1 << 8,   /* file names, owners */
    AUDIT_TURNED = 1 << 9,     /* words backwards or letters shifted */
};

/* How a wanted text is to be put into a document. */
enum { AUDIT_WORD_WIDE = 1, AUDIT_WORD_NOCASE = 2, AUDIT_WORD_BASE64 = 4, AUDIT_WORD_RAW = 8 };

/* One text that a document may hold and the rule asks for. */
struct audit_word {
    struct span bytes;   /* what the rule matches, once */
    struct span meaning; /* decoded, UTF-8 */
    enum audit_class class;
    uint32_t flags; /* AUDIT_WORD_* */
    uint32_t tricks;
};

enum { AUDIT_WORDS_MOST = 64, AUDIT_NUMBERS_MOST = 8 };

/* What was learnt of one rule. */
struct audit_row {
    enum audit_class class; /* of the condition: can it be true without code, and by which words */
    uint32_t tricks;
    struct audit_word
        *words; /* in the arena, in the rule's order, those of rules it asks included */
    uint32_t word_count, word_cap;
    uint32_t code_strings;                /* strings that only code has */
    uint32_t numbers[AUDIT_NUMBERS_MOST]; /* small constants of the condition: distances */
    uint32_t number_count;
};

/* Rows, one a rule of `ir`, in ir->arena; NULL when out of memory. Before the rules are compiled:
 * that folds regular expressions. O(size of the rules). */
struct audit_row *audit_rules(struct ir *ir);

/* audit_strings.c: judges every string of the rule; classes[] has one a string. Adds its words,
 * `unwanted[k]` strings excepted. */
bool audit_strings(struct ir *ir, const struct ir_rule *rule, const bool *unwanted,
                   enum audit_class *classes, struct audit_row *row);
/* Adds a text, judged already. False: out of memory. More than AUDIT_WORDS_MOST are dropped. */
bool audit_add_word(struct ir *ir, struct audit_row *row, struct audit_word word);
/* audit_sample.c: one text that the tree matches, chosen by `seed`, at most 400 bytes. */
bool audit_sample(const struct re *tree, uint32_t seed, struct arena *a, struct buf *out);
/* audit_decode.c: bytes to what they mean: as they are, UTF-16, base64, xored, turned. The best
 * class of all; *word gets meaning, tricks and flags. */
enum audit_class audit_decode(struct ir *ir, struct span bytes, enum ir_string_kind kind,
                              struct audit_word *word);
/* audit_cond.c: the class of the whole condition; rows of earlier rules are known. */
bool audit_condition(struct ir *ir, uint32_t rule, const enum audit_class *classes,
                     struct audit_row *rows);
/* Which strings are only asked not to be there. */
bool audit_unwanted(struct ir *ir, const struct ir_rule *rule, bool *unwanted);
/* audit_value.c: a number of the condition, read from the file at `from_start` or elsewhere and
 * compared with `value`. Letters are added to `spelled`. */
enum audit_class audit_read_class(const struct ir_read *read, bool at_start, int64_t value,
                                  struct buf *spelled);

#endif
