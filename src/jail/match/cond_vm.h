/* The bounded machine that evaluates conditions. Its code comes from an image: ruleset_check made
 * sure that it stays inside its stack and the image; values carry their kind, so that forged code
 * can make a wrong verdict and nothing else. */
#ifndef CANDOR_COND_VM_H
#define CANDOR_COND_VM_H

#include "common/buf.h"
#include "common/err.h"
#include "jail/match/regex_vm.h"
#include "jail/match/ruleset.h"
#include "jail/object/member.h"
#include "jail/object/object.h"

struct cond;

/* What changes from object to object. */
struct cond_object {
    struct object *object;
    struct arena *arena;   /* module values live here; dies with the object */
    struct search *search; /* for strings that are compared where they are asked for; or NULL */
    const uint32_t *truth; /* bitmap: rules found true so far */
    const struct member *member; /* the object's member at hand, for rules that ask; else NULL */
    int64_t now_s;
    const struct magic_peer *magic; /* NULL: it is not here */
    /* console's lines, newline included; NULL: nobody listens */
    void (*output)(void *ctx, struct span text);
    void *output_ctx;
};

/* What changes from rule to rule. */
struct cond_rule {
    uint32_t index;
    uint32_t code_first, code_count;
    uint32_t string_first; /* of the rule's strings in the image */
    struct hits *hits;     /* of the rule's strings, in order; NULL: none was looked for */
    uint32_t hit_count;
    bool no_vars;   /* the image says of the rule that it has none: nothing is to be cleared */
    uint64_t steps; /* what it may spend */
};

enum cond_result { COND_IS_FALSE, COND_IS_TRUE, COND_IS_SPENT };

/* `rules`, `vm` and `given` are borrowed and outlive it. ERR_IMAGE when the image names a module
 * that we do not have. given    files for modules, as channel.h packs them; of several for one
 * module the last counts. ERR_USAGE, with the reason in `why`, when one is not what its module
 * reads */
enum err cond_new(struct cond **out, const struct ruleset *rules, struct vm *vm, struct span given,
                  struct why *why);
void cond_free(struct cond *c);
void cond_begin(struct cond *c, const struct cond_object *o);
/* Appends what every module of the image says of the object, as yara -D. False: no memory. */
bool cond_dump(struct cond *c, struct buf *out);
/* Runs one piece of code. *steps_used: what it spent, at most r->steps plus one instruction. */
enum cond_result cond_run(struct cond *c, const struct cond_rule *r, uint64_t *steps_used);

#endif
