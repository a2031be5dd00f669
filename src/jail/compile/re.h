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
    bool negated; /* BYTE: any byte but these. SET: written with ^; `set` is complemented already */
    bool greedy;
    bool any_end; /* a whole pattern: any end counts, not the one preferred from its beginning */
    bool grouped; /* ANY: in parentheses of its own: its repetition is no jump */
    bool braces;  /* REPEAT: written as {n,m} */
    bool jump;    /* REPEAT: a hex jump or a lazy .{n,m}: when it is long, pattern.c cuts here */
    uint32_t min, max;
    struct re **kids;
    uint32_t count, cap;
    uint8_t set[32];           /* bit b of byte b/8 */
    uint32_t min_len, max_len; /* bytes a match can have (RE_NO_MAX: no bound); by re_measure */
    uint32_t mark;             /* scratch of the pass at hand */
};

/* Nodes of a tree, every kid before its parent, so that a pass over a tree is a loop. */
struct re_list {
    struct re **items; /* in the arena */
    uint32_t count;
};

/* Why a pattern was refused, and where in its text. */
struct re_error {
    size_t at; /* byte offset in the text given */
    char text[160];
};

struct re *re_new(struct arena *a, enum re_kind kind);
bool re_add(struct arena *a, struct re *parent, struct re *kid);
/* False when out of memory. A node that hangs in two places is listed twice. */
bool re_postorder(struct re *root, struct arena *a, struct re_list *out);
/* Fills min_len and max_len of every node. */
void re_measure(const struct re_list *nodes);
/* Puts the flags (RE_NOCASE, RE_DOTALL) into the tree, in place: afterwards there is no RE_ANY, a
 * letter of any case is a BYTE under mask 0xdf, and no set is marked negated. Alternatives of one
 * byte each become a set. The list must be made anew after it. */
void re_fold(const struct re_list *nodes, uint32_t flags);
/* True for a node that matches every single byte. */
bool re_is_full(const struct re *node);
bool re_has(const struct re *node, uint8_t byte); /* BYTE, SET: does it match `byte`? */
void re_put(struct re *node, uint8_t byte);       /* SET: adds `byte` */
/* True when greedy and lazy repeats both occur (YARA refuses that in strings, not in conditions).
 */
bool re_is_mixed(const struct re_list *nodes);
bool re_has_greedy(const struct re_list *nodes);
/* Text between the braces of a hex string, comments allowed. NULL and *error on failure. */
struct re *hexpat_parse(struct span text, struct arena *a, struct re_error *error);
/* Text between the slashes, escapes still in it. yara_x: the stricter refusals of YARA-X (row X02).
 * Whether greedy and lazy quantifiers are mixed is for pattern_compile to say: conditions may. */
struct re *regex_parse(struct span text, bool yara_x, struct arena *a, struct re_error *error);

#endif
