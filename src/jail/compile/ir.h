/* The one intermediate representation. Front ends (YARA, ClamAV, hash lists) fill it, compile.c
 * turns it into an image. Everything lives in the compilation's arena. Spans in it are borrowed
 * from the sources or that arena; both outlive it. */
#ifndef CANDOR_IR_H
#define CANDOR_IR_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/crypto.h"
#include "common/diag.h"
#include "common/map.h"
#include "jail/compile/re.h"
#include "jail/facts/module.h"
#include "jail/match/clam_icon.h"

/* Static types of expressions. Values are undefined at run time where YARA says so. A fact, a
 * function's result or an external of kind FACT_BOOL is an INT, 0 or 1, as in YARA. */
enum ir_type { IR_T_BOOL, IR_T_INT, IR_T_FLOAT, IR_T_STRING, IR_T_REGEX, IR_T_OBJECT };

enum ir_op {
    /* leaves: i (BOOL, INT), f, s */
    IR_BOOL,
    IR_INT,
    IR_FLOAT,
    IR_STRING,
    IR_REGEX, /* re, flags in re_flags; only on the right of MATCHES or as an argument */
    IR_FILESIZE,
    IR_ENTRYPOINT,
    IR_VAR,      /* i: slot of a loop variable or `with` name, 0.. inside one rule */
    IR_EXTERNAL, /* i: index into ir->externals */
    IR_RULE,     /* i: index into ir->rules, always an earlier rule */
    IR_CLAM,     /* string: enum clam_fact, i: its argument; BOOL, INT or STRING */
    /* how often expression i of ir->backtracks matches, beginning from kid[0] to kid[1]; an INT. 0
     * without a look when kid[2] is there and not true */
    IR_BACKTRACK,
    IR_READ_TEXT, /* read: width; re_flags: COND_NUMBER_; kid[0] = offset; an INT */
    IR_READ,      /* read: width and signs; kid[0] = offset */
    /* module values */
    IR_MODULE, /* module */
    IR_FIELD,  /* kid[0] struct; i: index in its field table */
    IR_INDEX,  /* kid[0] array, kid[1] int */
    IR_LOOKUP, /* kid[0] dict, kid[1] string */
    IR_CALL, /* kid[0] = the struct that holds it, i: row of the chosen overload; list: arguments */
    IR_LEN,  /* YARA-X .len(): kid[0] array, dict or string */
    /* strings of the rule; `string`: index in the rule, or IR_CURRENT inside for..of */
    IR_FOUND,         /* $a */
    IR_FOUND_AT,      /* $a at kid[0] */
    IR_FOUND_IN,      /* $a in (kid[0]..kid[1]) */
    IR_COUNT,         /* #a */
    IR_COUNT_IN,      /* #a in (kid[0]..kid[1]) */
    IR_COUNT_VERSION, /* how often it begins where a string of a PE's version information does */
    IR_COUNT_EDGED,   /* how often, beginning from kid[0] to kid[1], with marks: re_flags COND_EDGE_
                       */
    IR_OFFSET,        /* @a[kid[0]], 1-based; kid[0] is IR_INT 1 when not written */
    IR_LENGTH,        /* !a[kid[0]] */
    /* quantified; quant and, for SOME and PERCENT, kid[0] = how many (an INT). SOME of a value that
     * is 0 at run time means NONE, as in YARA; a literal 0 is NONE already */
    IR_OF, /* list: IR_FOUND leaves, IR_RULE leaves or boolean expressions; where: kid[1], kid[2] */
    IR_FOR_OF, /* list: IR_FOUND leaves; kid[1] = body, in which IR_CURRENT is the string at hand */
    IR_FOR_IN, /* list: iterator, see iter; vars: slots; kid[1] = body */
    IR_WITH,   /* list: values; slots vars.first..; kid[0] = body */
    /* boolean */
    IR_NOT,
    IR_AND,     /* list: two or more */
    IR_OR,      /* list: two or more */
    IR_DEFINED, /* kid[0] of any type but REGEX and OBJECT */
    /* arithmetic: kid[0], kid[1]; type says INT or FLOAT; INT operands of a FLOAT op are wrapped */
    IR_TO_FLOAT,
    IR_OR_ZERO, /* kid[0], an INT; 0 when it is undefined */
    IR_NEG,
    IR_ADD,
    IR_SUB,
    IR_MUL,
    IR_DIV, /* by zero: undefined */
    IR_MOD,
    IR_BIT_NOT,
    IR_BIT_AND,
    IR_BIT_OR,
    IR_BIT_XOR,
    IR_SHL, /* negative shift: undefined; 64 or more: 0 */
    IR_SHR,
    /* comparisons: both kids of one type: INT, FLOAT or STRING; result BOOL */
    IR_EQ,
    IR_NE,
    IR_LT,
    IR_LE,
    IR_GT,
    IR_GE,
    /* strings: result BOOL */
    IR_CONTAINS,
    IR_ICONTAINS,
    IR_STARTSWITH,
    IR_ISTARTSWITH,
    IR_ENDSWITH,
    IR_IENDSWITH,
    IR_IEQUALS,
    IR_MATCHES, /* kid[1] is IR_REGEX */
    IR_TO_BOOL, /* an INT, FLOAT or STRING used as a condition: != 0, != 0.0, not empty */
    IR_OP_COUNT
};

enum { IR_CURRENT = 0xffffffff };

enum ir_quant { IR_ALL, IR_ANY, IR_NONE, IR_SOME, IR_PERCENT };
enum ir_where { IR_ANYWHERE, IR_AT, IR_IN };
/* FOR_IN's iterator. RANGE: list = {low, high}, inclusive. VALUES: list = expressions of one type.
 * EACH: list = {array}; one slot, the element. PAIRS: list = {dict}; two slots, key and value. */
enum ir_iter { IR_ITER_RANGE, IR_ITER_VALUES, IR_ITER_EACH, IR_ITER_PAIRS };

struct ir_read {
    uint8_t bytes; /* 1, 2, 4, 8 */
    bool is_signed, big_endian, is_float;
};

struct ir_expr {
    enum ir_op op;
    enum ir_type type;
    uint32_t line, column;
    uint32_t height; /* 1 for a leaf, else one more than the tallest kid; <= LIMIT_EXPR_HEIGHT */
    struct ir_expr *kid[3];
    struct ir_expr **list; /* in the arena */
    uint32_t count;
    int64_t i;
    double f;
    struct span s;
    struct re *re;
    uint32_t re_flags; /* RE_NOCASE, RE_DOTALL */
    uint32_t string;
    enum ir_quant quant;
    enum ir_where where;
    enum ir_iter iter;
    struct {
        uint32_t first, count;
    } vars;
    struct ir_read read;
    const struct module *module;
    /* type IR_T_OBJECT, and the field behind any module value: its row in the module's tables (for
     * an array, dict or struct element: the element row); NULL for a module's root. */
    const struct field *field;
};

enum ir_string_kind { IR_TEXT, IR_HEX, IR_REGEXP };

enum {
    IR_ASCII =
        1 << 0, /* always explicit: the front end sets it when neither ascii nor wide is written */
    IR_WIDE = 1 << 1,
    IR_NOCASE = 1 << 2,
    IR_FULLWORD = 1 << 3,
    IR_PRIVATE = 1 << 4,
    IR_XOR = 1 << 5,
    IR_BASE64 = 1 << 6,
    IR_BASE64WIDE = 1 << 7,
    IR_DOTALL = 1 << 8,
    IR_ANCHORED = 1 << 9, /* reserved */
};

struct ir_string {
    struct span name; /* "$a"; "$" when anonymous */
    enum ir_string_kind kind;
    uint32_t flags;
    struct span text; /* IR_TEXT: decoded bytes; else as written between the marks, to show it */
    struct re *re;    /* IR_HEX, IR_REGEXP */
    uint8_t xor_min, xor_max;
    struct span base64_alphabet, base64wide_alphabet; /* 64 bytes; empty for the standard one */
    uint32_t line, column;
};

enum ir_meta_kind { IR_META_INT, IR_META_STRING, IR_META_BOOL, IR_META_FLOAT };
struct ir_meta {
    struct span key, text;
    enum ir_meta_kind kind;
    int64_t i;
    double f;
};

struct ir_rule {
    struct span name, space; /* space: namespace */
    uint32_t file;           /* index into ir->files */
    uint32_t line;
    bool is_private, is_global;
    uint32_t retype; /* as of struct image_rule */
    bool is_clam;    /* a ClamAV signature: sees normalised text, too; the name may not be unique */
    bool is_member;  /* asks what a container says of a member: true of no object */
    struct span *tags;
    uint32_t tag_count;
    struct ir_meta *metas;
    uint32_t meta_count;
    struct ir_string *strings;
    uint32_t string_count;
    struct ir_expr *condition; /* type BOOL (IR_TO_BOOL is explicit) */
    uint32_t var_count;        /* slots its loops need */
};

struct ir_external {
    struct span name;
    enum fact_kind kind; /* BOOL, INT, FLOAT, STRING */
    int64_t i;
    double f;
    struct span s;
};

/* One line of a hash list. */
struct ir_hash {
    enum digest digest;
    uint8_t bytes[DIGEST_MAX_BYTES];
    uint64_t size; /* UINT64_MAX: any; from IMAGE_SECTION on: of a section of a PE file, from
                      IMAGE_IMPORTS on: of its imports */
    struct span name;
    uint32_t file, line;
    bool is_allow; /* what has this hash is never found */
};

/* An expression that only a backtracking machine can run. */
struct ir_backtrack {
    struct span text;
    uint32_t flags; /* those of struct image_backtrack */
};

/* A password to try; is_zip: on ZIP archives only. */
struct ir_password {
    struct span text;
    bool is_zip;
};

/* Bytes at a place that say a file's target. */
struct ir_magic {
    uint32_t at, target; /* target: enum clam_target */
    struct span bytes;
};

/* A certificate of a list of them; flags as of struct image_signer. */
struct ir_signer {
    uint8_t subject[20], serial[20];
    struct span modulus;
    uint32_t flags;
};

struct ir {
    struct arena *arena;
    struct ir_rule *rules;
    uint32_t rule_count, rule_cap;
    struct ir_hash *hashes;
    uint32_t hash_count, hash_cap;
    struct ir_backtrack *backtracks;
    uint32_t backtrack_count, backtrack_cap;
    struct ir_signer *signers;
    uint32_t signer_count, signer_cap;
    struct ir_magic *magics;
    uint32_t magic_count, magic_cap;
    struct clam_icon *icons; /* of ClamAV's .idb */
    uint32_t icon_count, icon_cap;
    struct ir_password *passwords;
    uint32_t password_count, password_cap;
    struct ir_external *externals;
    uint32_t external_count;
    struct span *files; /* sources and includes, by the name to show */
    uint32_t file_count, file_cap;
    const struct module **imports; /* each once, in the order in which sources import them */
    uint32_t import_count, import_cap;
    struct map *rule_names; /* "space:name" -> index */
};

/* Appends; each returns NULL or false when out of memory. */
struct ir *ir_new(struct arena *a);
struct ir_rule *ir_add_rule(struct ir *ir);
struct ir_hash *ir_add_hash(struct ir *ir);
bool ir_add_icon(struct ir *ir, const struct clam_icon *icon);
bool ir_add_backtrack(struct ir *ir, struct ir_backtrack row, uint32_t *index);
bool ir_add_password(struct ir *ir, const struct ir_password *p);
bool ir_add_signer(struct ir *ir, const struct ir_signer *s, uint32_t *index);
bool ir_add_magic(struct ir *ir, const struct ir_magic *m);
bool ir_add_file(struct ir *ir, struct span name, uint32_t *index);
bool ir_add_import(struct ir *ir, const struct module *m); /* fine when it is there already */
struct ir_expr *ir_expr_new(struct ir *ir, enum ir_op op, enum ir_type type);
/* Key of rule_names: "space:name", composed in the arena. .at is NULL when out of memory. */
struct span ir_rule_key(struct ir *ir, struct span space, struct span name);
/* Text of everything in `ir`, the condition of a rule in one line of nested parentheses; for tests
 * and for `candor rules show`. */
void ir_dump(const struct ir *ir, struct buf *out);
void ir_dump_rule(const struct ir *ir, uint32_t rule, struct buf *out);

#endif
