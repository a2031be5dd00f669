/* Inside of the condition machine, shared by its files. */
#ifndef CANDOR_COND_H
#define CANDOR_COND_H

#include "jail/facts/module.h"
#include "jail/match/backtrack.h"
#include "jail/match/clam_facts.h"
#include "jail/match/cond_vm.h"

enum cond_kind {
    COND_V_UNDEFINED,
    COND_V_INT,
    COND_V_FLOAT,
    COND_V_STRING,
    COND_V_REGEX,
    COND_V_OBJECT
};

struct cond_value {
    enum cond_kind kind;
    union {
        int64_t i; /* booleans, too */
        double f;
        struct span s;
        const struct fact *fact; /* STRUCT, ARRAY, DICT or FUNCTION */
    };
    const struct field *field; /* OBJECT: the row that describes the fact */
};

struct cond_frame {
    uint8_t op;    /* which LOOP_ */
    uint8_t quant; /* enum cond_quant */
    bool fresh;    /* no item yet */
    bool ended;    /* NEXT found no more */
    uint32_t slot;
    struct cond_value want; /* SOME, PERCENT */
    int64_t next, last;     /* RANGE */
    uint32_t base, count;   /* VALUES: place on the stack; STRINGS: place in lists; items */
    uint32_t at;
    const struct fact *fact;
    const struct field *field;
    uint64_t total, found;
    uint32_t outer_string; /* the string at hand outside */
};

struct cond_module {
    const struct module *module;
    struct field row;  /* describes its root */
    struct fact *root; /* of the object at hand; NULL: not loaded yet */
    struct span data;  /* a file that the owner gave it; empty: none */
};

/* What a function without arguments said of the object at hand: pe.imphash() is asked by hundreds
 * of rules. */
struct cond_answer {
    const struct fact *holder;
    const struct field *row;
    struct fact result;
};

enum { COND_ANSWERS = 8, COND_BACKTRACKS = 64 };

/* How often an expression matched, while one condition is run: ClamAV's ask more than once. */
struct cond_backtrack_answer {
    uint32_t index;
    int64_t count;
};

struct cond_backtracks {
    struct backtrack **machines; /* by index in the image; NULL: not needed so far; heap */
    struct cond_backtrack_answer answers[COND_BACKTRACKS];
    uint32_t answer_count;
    bool has_subject; /* subject is set: all bytes of the object at hand, or .at is NULL */
    struct span subject;
};

struct cond {
    const struct ruleset *rules;
    struct vm *vm;
    struct cond_object now;
    struct cond_rule rule;
    struct span code;
    uint32_t pc, depth, frame_count;
    uint32_t string;    /* the string at hand, or IMAGE_CURRENT */
    uint64_t left;      /* steps */
    bool spent, broken; /* out of steps or memory; the code did what checked code cannot */
    bool has_entry;
    bool exe_known; /* exe was read, or there is none */
    const struct clam_exe *exe;
    bool signers_known; /* signers were read, or there are none */
    const struct signers *signers;
    const struct clam_icons *icons;      /* the same */
    const struct clam_version *versions; /* of exe, once they were asked for */
    struct cond_value entry;             /* ENTRYPOINT, once known */
    struct cond_module *modules;
    uint32_t module_count;
    struct cond_answer answers[COND_ANSWERS];
    uint32_t answer_count;
    struct cond_backtracks backtracks;
    bool is_unsure; /* a limit of backtracking was reached: "false" means that nobody knows */
    struct cond_value *stack; /* COND_STACK */
    struct cond_value vars[COND_VARS];
    struct cond_frame frames[COND_FRAMES];
};

typedef void cond_handler(struct cond *c, const struct image_insn *i);

void cond_push(struct cond *c, struct cond_value v);
void cond_push_int(struct cond *c, int64_t i);
void cond_push_undefined(struct cond *c);
/* Undefined when the stack is empty. */
struct cond_value cond_pop(struct cond *c);
/* Pays for n bytes or items of work; false when that ends the run. */
bool cond_charge(struct cond *c, uint64_t n);
static inline bool cond_is_true(const struct cond_value *v)
{
    return v->kind == COND_V_INT && v->i != 0;
}
/* A quantifier's verdict over `total` items of which `found` were true; undefined for an undefined
 * percentage. want: the value of SOME and PERCENT. */
struct cond_value cond_decide(uint8_t quant, const struct cond_value *want, uint64_t found,
                              uint64_t total);
/* Pops the quantifier's value when it has one. */
struct cond_value cond_pop_want(struct cond *c, uint8_t quant);
/* A fact as a value: scalars by value, the others as objects. */
struct cond_value cond_of_fact(const struct fact *fact, const struct field *field);
/* Hits of string c of the rule (or of the one at hand); NULL when there are none. */
const struct hits *cond_hits(const struct cond *c, uint32_t string);

/* Leaves, jumps, logic: cond_vm.c. Numbers: cond_math.c. Texts: cond_text.c. */
cond_handler cond_math, cond_compare, cond_unary, cond_text, cond_matches;
/* cond_hits.c */
cond_handler cond_found, cond_found_at, cond_found_in, cond_count, cond_count_in, cond_place,
    cond_of_strings, cond_of_rules, cond_tally, cond_decided;
/* cond_loop.c */
cond_handler cond_loop, cond_next, cond_check, cond_end;
/* cond_facts.c */
cond_handler cond_module_root, cond_field, cond_index, cond_lookup, cond_call, cond_len;
/* clam_facts.c */
cond_handler cond_clam, cond_count_version;
/* cond_hits.c: how many matches of the string begin at `at`. */
uint32_t cond_hits_at(const struct cond *c, uint32_t string, uint64_t at);
/* cond_edges.c */
cond_handler cond_count_edged;
/* cond_number.c */
cond_handler cond_read_text;
/* cond_backtrack.c */
cond_handler cond_backtrack;
void cond_backtracks_free(struct cond *c);
/* entry.c: file offset of the entry point, or its address in a process; false: none. */
bool entry_point(struct object *o, uint64_t *out);

#endif
