/* For tests of modules: load one over bytes, walk its tree by a path, call its functions. */
#ifndef CANDOR_TEST_FACTS_H
#define CANDOR_TEST_FACTS_H

#include "jail/facts/modules.h"

struct loaded {
    struct arena *arena;
    struct object object;
    const struct module *module;
    struct fact *root;
};

/* Bytes are borrowed. Fails the test when the module does not load. */
struct loaded facts_load(const char *module, struct span bytes);
/* The same with a file that was given to the module. */
struct loaded facts_load_given(const char *module, struct span bytes, struct span given);
void facts_done(struct loaded *l);
/* "sections[0].name", "version_info{Key}"; fails the test when the path leads nowhere. */
const struct fact *facts_at(const struct loaded *l, const char *path);
/* Checks one value; NULL or nothing: undefined. */
void facts_int(const struct loaded *l, const char *path, int64_t want);
void facts_text(const struct loaded *l, const char *path, const char *want);
void facts_undefined(const struct loaded *l, const char *path);
/* Calls a function: the path of its struct ("" for the root), its name and signature. A regex
 * argument is matched as a plain substring. */
struct fact facts_call(struct loaded *l, const char *holder, const char *name,
                       const char *signature, struct fact *args);
/* Calls every function of the module on every struct, with arguments made up; for fuzzing. */
void facts_call_all(struct loaded *l);

#endif
