/* What a wanted text looks like: something a person writes, something every document has, or
 * something that only code, scripts and malware have. */
#ifndef CANDOR_AUDIT_TEXT_H
#define CANDOR_AUDIT_TEXT_H

#include "common/reader.h"

/* In the order of how much a rule that wants it is about documents. */
enum audit_class {
    AUDIT_CODE,   /* a document does not have it */
    AUDIT_FREE,   /* any document may have it: marks of formats, short pieces, numbers */
    AUDIT_WEAK,   /* words, but one way among many that want code */
    AUDIT_PLAIN,  /* words of a language, or invented ones of the same shape */
    AUDIT_STRONG, /* markings, personal data, names of papers, keys */
    AUDIT_CLASSES
};

/* Looks at `text` (decoded, UTF-8) as a whole. */
enum audit_class audit_judge(struct span text);
/* The same for a sample of a regular expression: a number in groups is personal data there. */
enum audit_class audit_judge_sample(struct span text);
/* Whether a word of documents of six letters or more, or a marking, stands in `text`, whatever
 * stands around it: for what was decoded by guessing. */
bool audit_has_marking(struct span text);

/* Tables of audit_words.c, each ended by NULL; lower case. */
extern const char *const audit_words_strong[];
extern const char *const audit_words_technical[];
extern const char *const audit_words_structure[];
extern const char *const audit_words_keys[];
extern const char *const audit_words_brands[];

#endif
