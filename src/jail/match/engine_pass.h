/* Inside of the engine, shared by its files. */
#ifndef CANDOR_ENGINE_PASS_H
#define CANDOR_ENGINE_PASS_H

#include "jail/match/cond_vm.h"
#include "jail/match/engine.h"
#include "jail/match/ruleset.h"

struct engine {
    struct ruleset rules;
    struct engine_options options;
    struct search *search;
    struct vm *vm;
    struct cond *cond;
    struct arena *arena; /* of the object at hand */
    uint32_t rule_count, words;
    uint32_t *alive, *truth; /* bitmaps of rules, of the object at hand */
    uint32_t *clam;          /* bitmap: ClamAV's signatures; NULL: there are none */
    uint32_t *told;          /* bitmap: findings given for this object; with clam */
    uint32_t *list;          /* the alive ones, ascending, once gates were applied */
    uint32_t list_count;
    uint32_t *wakes; /* rows of IMAGE_WAKES by class: room for all of them for each */
    uint32_t wake_counts[CLASS_COUNT], wakes_listed; /* bit a class */
    uint32_t *bad_spaces; /* bitmap of namespaces with a global rule that is not true */
    /* the strings looked for in this object, by rising index */
    uint32_t *strings;
    uint32_t string_count;
    struct hits *hits;
    struct cost {
        uint64_t evaluations, steps;
    } * costs; /* of each rule; NULL unless asked for */
};

/* One engine_scan. */
struct pass {
    struct engine *engine;
    struct object *object;
    struct budget *budget;
    const struct sink *sink;
    bool cut;         /* a gap for steps or memory was given */
    uint32_t *hashes; /* hash signatures that name the object; in the engine's arena */
    uint32_t hash_count, hash_cap;
    unsigned sees; /* CLAM_SEES_: what ClamAV's signatures see of it */
};

static inline bool bit_get(const uint32_t *map, uint32_t i)
{
    return (map[i / 32] >> (i % 32)) & 1;
}

static inline void bit_set(uint32_t *map, uint32_t i)
{
    map[i / 32] |= 1u << (i % 32);
}

/* Gives the findings of the object at hand, and with options.matches their matches. */
void engine_report(struct pass *p);

#endif
