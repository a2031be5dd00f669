/* The matching engine over one checked image: gate, anchors, confirm, conditions. */
#ifndef CANDOR_ENGINE_H
#define CANDOR_ENGINE_H

#include "common/err.h"
#include "jail/object/budget.h"
#include "jail/object/sink.h"

struct engine;
struct magic_peer;

struct engine_options {
    bool exhaustive; /* every rule evaluated: no gate, no anchors */
    bool matches;    /* give every match of the strings of rules that are true */
    bool costs;      /* count what each rule costs, for engine_listing */
    bool fast;       /* as yara -f: one match of a string whose matches nothing counts */
    bool unmatched;  /* with matches: those of rules that are not true, too */
    bool log;        /* console's lines, to sink.output */
    bool dump;       /* what the modules say of an object, to sink.output */
    bool plain;      /* the plain C kernels only */
    int64_t now_s;   /* what time.now answers */
    const struct magic_peer *magic; /* libmagic; NULL: it is not here */
    /* Files that the owner gave to modules, as channel.h packs them; borrowed. */
    struct span module_data;
};

/* `image` is borrowed and stays mapped, read-only; ruleset_check must have passed on it once. */
enum err engine_open(struct engine **out, struct span image, struct engine_options options,
                     struct why *why);
void engine_close(struct engine *e);
/* Evaluates every rule on one object. Findings and matches go to `sink`; a budget that runs out or
 * too many matches become gaps. Cost: about O(size); never more than the budget's steps. */
enum err engine_scan(struct engine *e, struct object *o, struct budget *budget,
                     const struct sink *sink, struct why *why);

/* Whether engine_scan would compute the MD5 of an object of this size: give it in object.md5 where
 * it is cheaper to compute many together. */
bool engine_wants_md5(const struct engine *e, uint64_t size);
/* Whether it was opened with `plain`. */
bool engine_is_plain(const struct engine *e);

/* What a report says about a rule. Spans are borrowed from the image. */
struct rule_info {
    struct span name, space, file; /* file: the source as it was named at compile time */
    struct span kind;              /* meta `class` when given, else empty */
    struct span evidence;          /* reserved */
    uint32_t line;
    bool is_private;
};
/* All zero when there is no such rule: an index may come from a damaged image. */
struct rule_info engine_rule(const struct engine *e, uint32_t rule);
/* What `candor rules list` shows of a rule. */
struct rule_listing {
    struct rule_info info;
    struct span tags[8]; /* the first of them */
    uint32_t tag_count, string_count;
    uint32_t always; /* bit per search_class in which it is evaluated for every object */
    bool is_global, has_gate;
    uint64_t evaluations, steps; /* with options.costs: so far */
};
uint32_t engine_rule_count(const struct engine *e);
/* All zero when there is no such rule. */
struct rule_listing engine_listing(const struct engine *e, uint32_t rule);
/* A password of the rules, by number; false when there is none of that number. *is_any: it is for
 * containers of every kind, else for ZIP. Borrowed from the image. */
bool engine_password(const struct engine *e, uint32_t index, struct span *text, bool *is_any);
/* "$a" of a string index. */
struct span engine_string_name(const struct engine *e, uint32_t string);

#endif
