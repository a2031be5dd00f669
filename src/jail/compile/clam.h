/* ClamAV databases: what their readers share. clam_lines.c reads lines of every kind, clam_ndb.c,
 * clam_ldb.c and clam_hash.c one kind each; all of them append to the IR. Facts: ClamAV's manual,
 * chapter "Creating signatures"; *observed* means asked of clamscan 1.4.6. */
#ifndef CANDOR_CLAM_H
#define CANDOR_CLAM_H

#include "jail/compile/compile.h"
#include "jail/match/clam_facts.h"

/* The functionality level we answer for: that of the version we compare with. */
enum { CLAM_LEVEL = 216, CLAM_SUBSIGS = 64, CLAM_PARTS = 16 };

/* One source while it is read. */
struct clam {
    struct frontend *fe;
    struct ir *ir;
    struct arena *arena;
    const struct source_file *file;
    uint32_t index, line;
    struct span whole;             /* the line at hand */
    struct clam_logic_work *logic; /* clam_logic.c's, made once a source */
    uint32_t logic_size;           /* nodes of the expression that it made last */
    uint32_t any_size;             /* hashes without a size */
    bool refused;                  /* the line at hand was left out, with its reason */
    bool bad;                      /* out of memory */
    struct {
        /* lines left out: for other versions, unwanted, listed, about types of our own */
        uint32_t level, pua, ignored, types;
        uint32_t icons; /* that never match: nobody has the icons they ask for */
    } skipped;
};

/* Leaves the line at hand out, once. `at` lies in it, or .at is NULL. Always false. */
bool clam_refuse(struct clam *c, struct span at, const char *text);
/* Whether the line at hand, of this name, is on a list of those to ignore. */
bool clam_is_ignored(struct clam *c, struct span name);
/* Whether a signature of this name is asked for. */
bool clam_wanted(struct clam *c, struct span name);
/* Where a reader stands, to point at: the last byte when nothing is left. */
struct span clam_place_of(const struct reader *r);
/* Sets c->bad; always NULL. */
void *clam_no_memory(struct clam *c);
/* ":min[:max]" behind the fields of a line: whether our level is in it. An odd one refuses. */
bool clam_level(struct clam *c, struct span min, struct span max);

/* Patterns: clam_body.c. False: refused, or out of memory. `text` is the pattern without offset and
 * modifiers. */
bool clam_body(struct clam *c, struct span text, struct re **out, bool is_wide);

/* Where a pattern may begin: clam_place.c. */
struct clam_place {
    bool anywhere;
    struct ir_expr *low, *high; /* inclusive; may be undefined */
    bool exact;                 /* low is high */
    bool is_version;            /* at a string of version information */
};
bool clam_place(struct clam *c, struct span text, uint32_t target, struct clam_place *out);

/* Building expressions: clam_expr.c. NULL when out of memory, and then c->bad. */
struct ir_expr *clam_int(struct clam *c, int64_t value);
struct ir_expr *clam_fact(struct clam *c, enum clam_fact fact, uint32_t arg);
struct ir_expr *clam_two(struct clam *c, enum ir_op op, struct ir_expr *a, struct ir_expr *b);
struct ir_expr *clam_leaf(struct clam *c, enum ir_op op);
/* AND, OR of a and b, either of which may be such a list already, which then grows. */
struct ir_expr *clam_join(struct clam *c, enum ir_op op, struct ir_expr *a, struct ir_expr *b);
struct ir_expr *clam_range(struct clam *c, struct ir_expr *what, uint64_t low, uint64_t high);

/* Logic: clam_logic.c. */
struct clam_sub {
    struct ir_expr *is, *count; /* whether; how often, NULL unless it was asked for */
    uint32_t size;              /* nodes of each */
    bool is_guarded;            /* `is` must be true where `count` is above 0, and says more */
};
/* Fresh nodes each time one is asked for. */
struct clam_logic {
    void *ctx;
    bool (*sub)(void *ctx, uint32_t index, bool counted, struct clam_sub *out);
};
/* The expression over subsignatures; *used: bit per index. NULL: refused. */
struct ir_expr *clam_logic(struct clam *c, struct span text, const struct clam_logic *from,
                           uint64_t *used);

/* Readers of one line each; false only when out of memory. */
bool clam_ndb_line(struct clam *c), clam_db_line(struct clam *c);
bool clam_ldb_line(struct clam *c);
bool clam_hash_line(struct clam *c), clam_section_line(struct clam *c),
    clam_import_line(struct clam *c);
bool clam_ignore_line(struct clam *c);
bool clam_icon_line(struct clam *c);
/* Number of a group of icons, first or second; ICON_ANY_GROUP for "*". False: no .idb has it. */
bool clam_group_find(struct clam *c, unsigned which, struct span name, uint32_t *out);
/* The digest by the number of digits; h->digest is DIGEST_COUNT when that fits none. False: no
 * hash. */
bool clam_digest(struct span text, struct ir_hash *h);
/* A whole document, c->whole; false only when out of memory. */
bool clam_ioc_file(struct clam *c);
bool clam_cdb_line(struct clam *c);
bool clam_pwdb_line(struct clam *c);
bool clam_ftm_line(struct clam *c);
bool clam_crb_line(struct clam *c);
/* A name without the " (Clam)" of old. */
struct span clam_name(struct span name);
/* A rule of the source at hand; NULL when out of memory. */
struct ir_rule *clam_rule(struct clam *c, struct span name);
/* Adds the pattern "text[::modifiers]" to a rule as its strings [first, first+count). */
struct clam_part {
    uint32_t first, count;
    struct clam_place place;
    struct ir_expr *trigger; /* a regular expression's: it counts only when this is true; a byte
                                comparison: all of it */
    bool backtracks;         /* it is no string, but expression `machine` of ir->backtracks */
    uint32_t machine;
    uint32_t trigger_size; /* nodes */
    uint32_t edges;        /* marks around it, COND_EDGE_ */
};
/* *edges: what its marks ask for, COND_EDGE_. */
bool clam_pattern(struct clam *c, struct span text, struct ir_string *strings, uint32_t *count,
                  uint32_t *edges);
/* Whether and how often a part occurs. */
bool clam_part(struct clam *c, const struct clam_part *part, bool counted, struct clam_sub *out);

/* A POSIX extended regular expression over a name: clam_ere.c. *flags: RE_NOCASE, RE_DOTALL. NULL:
 * refused, or out of memory. */
struct re *clam_ere(struct clam *c, struct span text, uint32_t *flags);

/* Subsignatures that compare bytes: clam_compare.c. They have no string of their own: the trigger
 * alone decides. `parts`: those before this one. */
bool clam_is_compare(struct span text);
bool clam_compare(struct clam *c, struct span text, const struct clam_part *parts, uint32_t count,
                  struct clam_part *out);

/* Subsignatures that are regular expressions: clam_regex.c. */
enum {
    CLAM_RE_NOCASE = 1,
    CLAM_RE_DOTALL = 2,
    CLAM_RE_LINES = 4,
    CLAM_RE_SPACED = 8,
    CLAM_RE_START = 16,
    CLAM_RE_END = 32,
    CLAM_RE_UNGREEDY = 64, /* so far as backtrack.h has them */
    CLAM_RE_ALL = 128,
    CLAM_RE_ROLLS = 256,
    CLAM_RE_WITHIN = 512
};
struct clam_regex {
    struct clam_part *part;   /* its place is set already */
    struct ir_string *string; /* filled, unless part->backtracks says that there is none */
};
bool clam_is_regex(struct span text);
/* "trigger/regex/flags"; `from` knows the subsignatures before it. */
bool clam_regex(struct clam *c, struct span text, const struct clam_logic *from,
                struct clam_regex *out);
/* An expression that our own machine cannot run: clam_backtrack.c. */
bool clam_backtrack(struct clam *c, struct span expression, uint32_t flags, struct clam_part *part);

#endif
