/* Trees of hex strings and regular expressions: one form for both, made by hexpat.c, regex_parse.c
 * and the ClamAV front end, consumed by pattern.c. */
#ifndef CANDOR_RE_H
#define CANDOR_RE_H

#include "common/arena.h"
#include "common/diag.h"
#include "common/err.h"

enum re_kind {
    RE_EMPTY,
    RE_BYTE,   /* (byte & mask) == value; negated: != */
    RE_SET,    /* 256-bit class, already negated where written so */
    RE_ANY,    /* regex '.': any byte, or any but \n without RE_DOTALL */
    RE_CAT,    /* kids in order */
    RE_ALT,    /* kids, first preferred */
    RE_REPEAT, /* kid[0], min..max (RE_NO_MAX), greedy or not. A hex jump is a lazy REPEAT of a full
                  SET */
    RE_START,  /* ^ */
    RE_END,    /* $ */
    RE_WORD,   /* \b */
    RE_NOT_WORD, /* \B */
};

enum { RE_NO_MAX = 0xffffffff };
enum { RE_NOCASE = 1, RE_DOTALL = 2 };

struct re {
    enum re_kind kind;
    uint8_t value, mask;
    bool negated, greedy;
    uint32_t min, max;
    struct re **kids;
    uint32_t count, cap;
    uint8_t set[32]; /* bit b of byte b/8 */
};

/* Why a pattern was refused, and where in its text. */
struct re_error {
    size_t at; /* byte offset in the text given */
    char text[160];
};

struct re *re_new(struct arena *a, enum re_kind kind);
bool re_add(struct arena *a, struct re *parent, struct re *kid);
/* Text between the braces of a hex string, comments allowed. NULL and *error on failure. */
struct re *hexpat_parse(struct span text, struct arena *a, struct re_error *error);
/* Text between the slashes, escapes still in it. yara_x: the stricter refusals of YARA-X (row X02).
 * YARA's rules: greedy and lazy quantifiers may not be mixed, {a,b} bounds, classes, \w \s \d \b
 * ... */
struct re *regex_parse(struct span text, bool yara_x, struct arena *a, struct re_error *error);

#endif
